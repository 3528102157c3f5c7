public import Foundation

#if canImport(FoundationNetworking)
  internal import FoundationNetworking
#endif

/// A running `polya serve`, which is stopped with the value.
public final class ServedModel {
  /// The answer to a request.
  public struct Answer {
    /// The status of HTTP.
    public var status: Int
    /// The body as text.
    public var text: String

    /// The body as JSON; empty if it is no object.
    public var json: [String: Any] {
      get throws { try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any] ?? [:] }
    }

    /// The choices of a completion.
    public var choices: [[String: Any]] { get throws { try json["choices"] as? [[String: Any]] ?? [] } }

    /// The error, in OpenAI's form.
    public var error: [String: Any] { get throws { try json["error"] as? [String: Any] ?? [:] } }

    /// The events of a stream, without the end.
    public var events: [[String: Any]] {
      get throws {
        try text.components(separatedBy: "\n\n").filter { !$0.isEmpty && $0 != "data: [DONE]" }.map {
          try JSONSerialization.jsonObject(with: Data($0.dropFirst(6).utf8)) as? [String: Any] ?? [:]
        }
      }
    }
  }

  /// The command.
  public let command: RunningCommand
  /// Sends requests to it.
  public let client: Client
  /// The port.
  public var port: Int { Int(client.base.split(separator: ":").last ?? "") ?? 0 }

  /// Starts the server at a free port and waits until it is ready.
  public init(_ arguments: [String], environment: [String: String] = [:]) throws {
    command = try Command.start(
      Repository.products.appending(path: "polya").path, ["serve", "--port", "0"] + arguments,
      environment: environment)
    let deadline = Date().addingTimeInterval(120)
    var line = ""
    while !line.hasSuffix("\n"), command.isRunning, Date() < deadline {
      usleep(20_000)
      line = try command.outputSoFar()
    }
    guard let address = line.split(separator: " ").last, line.hasSuffix("/v1\n") else {
      throw NotServing(errors: try command.errorsSoFar())
    }
    client = Client(base: String(address.dropLast(4)))
  }

  deinit {
    guard command.isRunning else { return }
    command.signal(SIGKILL)
  }

  /// Whether there is what serves HTTP, which is optional when polya is built and when it runs.
  public static let isPossible: Bool = {
    do {
      _ = try ServedModel(["--use", "polya.transformer", "--option", "shape=tiny"])
      return true
    } catch { return !"\(error)".contains("libmicrohttpd") }
  }()

  /// What the server said instead of being ready.
  public struct NotServing: Error {
    /// Its messages.
    public var errors: String
  }

  /// Sends a request; with a body, as POST.
  public func ask(
    _ path: String, _ body: [String: Any]? = nil, token: String? = nil, method: String? = nil,
    type: String = "application/json"
  ) async throws -> Answer {
    let data = try body.map { try JSONSerialization.data(withJSONObject: $0) }
    return try await client.send(path, data, token: token, method: method, type: type)
  }

  /// Stops the server, by SIGTERM or another signal, and waits for its end.
  public func stop(by signal: Int32 = 15) throws -> CommandResult {
    command.signal(signal)
    return try command.finish()
  }
}

extension ServedModel {
  /// Sends requests, from any thread.
  public struct Client: Sendable {
    /// The address without a path.
    public let base: String

    /// Sends a request with any bytes.
    public func send(
      _ path: String, _ body: Data?, token: String? = nil, method: String? = nil,
      type: String = "application/json"
    ) async throws -> Answer {
      guard let url = URL(string: base + path) else { throw URLError(.badURL) }
      var request = URLRequest(url: url, timeoutInterval: 120)
      request.httpMethod = method ?? (body == nil ? "GET" : "POST")
      request.httpBody = body
      request.setValue(type, forHTTPHeaderField: "Content-Type")
      if let token { request.setValue("Bearer \(token)", forHTTPHeaderField: "Authorization") }
      let (data, response) = try await URLSession.shared.data(for: request)
      return Answer(
        status: (response as? HTTPURLResponse)?.statusCode ?? 0, text: String(decoding: data, as: UTF8.self))
    }
  }
}
