internal import NetworkHTTP
internal import NetworkService
internal import PolyaKit

/// The way to the servers, with errors in the host's words.
final class Connection {
  let options: ServerOptions
  private let client: ServiceClient

  init(_ options: ServerOptions) throws {
    self.options = options
    client = try Self.client(
      options, options.addresses, Patience(), HTTPClient.Limits(concurrency: options.concurrency))
  }

  /// A client for one server, which soon gives up.
  func alone(_ address: ServerAddress) throws -> ServiceClient {
    var patience = Patience()
    patience.attempts = 2
    patience.refusals = 4
    return try Self.client(options, [address], patience, HTTPClient.Limits(concurrency: 1))
  }

  private static func client(
    _ options: ServerOptions, _ addresses: [ServerAddress], _ patience: Patience, _ limits: HTTPClient.Limits
  ) throws -> ServiceClient {
    do {
      return try ServiceClient(
        addresses.map(\.root),
        headers: options.key.map { [(name: "Authorization", value: "Bearer " + $0)] } ?? [],
        secrets: options.key.map { [$0] } ?? [], patience: patience, limits: limits)
    } catch let failure as HTTPFailure { throw Failure(.internal, "\(failure)") }
  }

  /// Sends all requests that `next` gives, until each has an answer; see ``ServiceClient/run(next:accept:log:shouldStop:)``.
  func run(
    _ work: Work, next: () throws -> (Int, ServiceRequest)?, accept: (Int, JSON, [UInt8]) throws -> Void,
    retried: () -> Void
  ) throws {
    let finished = try Self.translating(options) {
      try client.run(
        next: next,
        accept: { number, answer in try accept(number, try Self.json(answer), answer.body) },
        log: {
          retried()
          work.log(.info, $0)
        }, shouldStop: { work.shouldStop() })
    }
    guard !finished else { return }
    try work.checkStop()
    throw Failure(.cancelled, "the host asked to stop")
  }

  /// Sends requests to every server, one after the other.
  func sendToEach(_ requests: [ServiceRequest], _ work: Work, check: ([UInt8]) throws -> Void) throws {
    for address in options.addresses {
      let client = try alone(address)
      for request in requests {
        let answer = try Self.translating(options) { try client.send(request) { work.shouldStop() } }
        guard let answer else {
          try work.checkStop()
          throw Failure(.cancelled, "the host asked to stop")
        }
        try check(answer.body)
      }
    }
  }

  /// The value of an answer.
  ///
  /// - Throws: ``ServiceFault``
  static func json(_ answer: HTTPAnswer) throws -> JSON {
    guard String(validating: answer.body, as: UTF8.self) != nil else {
      throw ServiceFault("the answer is not valid UTF-8")
    }
    do { return try JSON(parsing: answer.body) } catch { throw ServiceFault("the answer \(error)") }
  }

  /// Failures of a service as sentences that name the option to change.
  static func translating<Result>(_ options: ServerOptions, _ body: () throws -> Result) throws -> Result {
    do { return try body() } catch let failure as ServiceFailure {
      throw Self.sentence(failure, options)
    }
  }

  private static func sentence(_ failure: ServiceFailure, _ options: ServerOptions) -> Failure {
    let place = failure.server + failure.path
    switch failure.kind {
    case .unreachable:
      return Failure(
        .unavailable,
        "\(failure.server) cannot be reached (\(failure.seen)); start the server, or correct url")
    case .refused(let status) where status == 401 || status == 403:
      let cure =
        options.key == nil
        ? "give the key's variable in key-env, or its file in key-file"
        : "correct the key that key-env or key-file names"
      return Failure(.denied, "\(place) refuses the key (status \(status)); \(cure)")
    case .refused(404) where failure.path == "/collective_rpc":
      return Failure(
        .unsupported,
        "\(place) does not exist (status 404); start vLLM with VLLM_SERVER_DEV_MODE=1, so that it can load weights"
      )
    case .refused(404):
      return Failure(
        .notFound,
        "\(place) does not exist (status 404\(said(failure.seen))); correct url, which must be the server's base URL, or model"
      )
    case .refused(let status) where failure.seen.contains("chat template"):
      return Failure(
        .badArgument,
        "\(place) has no chat template for conversations (status \(status)\(said(failure.seen))); give folder, with chat-template if it has none, or start the server with a template"
      )
    case .refused(let status):
      return Failure(.badArgument, "\(place) refuses a request (status \(status)\(said(failure.seen)))")
    case .exhausted:
      return Failure(
        .io, "\(place) gives no usable answer: \(failure.seen); look at the server's log, and run again")
    case .unsendable: return Failure(.badOption, "\(place) cannot be asked: \(failure.seen); correct url")
    }
  }

  /// What the server says is wrong, if it says so in one of the usual forms.
  private static func said(_ body: String) -> String {
    var json = JSON.null
    do { json = try JSON(parsing: body) } catch { return shown(body) }
    let error = json["error"]
    return shown(
      error?["message"]?.string ?? error?.string ?? json["message"]?.string ?? json["detail"]?.string ?? body)
  }

  private static func shown(_ text: String) -> String {
    let line = text.split(whereSeparator: \.isNewline).joined(separator: " ").prefix(300)
    return line.isEmpty ? "" : ": \(line)"
  }
}
