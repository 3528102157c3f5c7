internal import Glibc
internal import PolyaCore
internal import Synchronization

/// Receives requests on the server's threads: refuses what is wrong, answers what is known, and lets the rest
/// wait for the model.
final class FrontDesk: HTTPHandler {
  let waiting = WaitingJobs()
  private let settings: ServeSettings
  private let name: String
  private let info: ModelInfo
  private let tokenizer: JSON
  private let started = Int(time(nil))
  private let isEnding: @Sendable () -> Bool
  private let log: RequestLog
  /// The number of requests that wait for the model or send their bodies.
  private let admitted = Mutex(0)
  private let parsing = Mutex(())

  init(
    _ settings: ServeSettings, name: String, _ info: ModelInfo, tokenizer: JSON, log: RequestLog,
    isEnding: @escaping @Sendable () -> Bool
  ) {
    (self.settings, self.name, self.info, self.tokenizer) = (settings, name, info, tokenizer)
    (self.log, self.isEnding) = (log, isEnding)
  }

  func begins(_ head: HTTPHead) -> Bool {
    do {
      guard try admit(head).asksModel else { return false }
    } catch { return false }
    return admitted.withLock { count in
      guard count < settings.connections else { return false }
      count += 1
      return true
    }
  }

  func ends(wasWanted: Bool) {
    if wasWanted { admitted.withLock { $0 -= 1 } }
  }

  func arrives(_ request: HTTPRequest, _ body: HTTPRequest.Body) {
    let arrival = MonotonicClock.seconds()
    do {
      let route = try admit(request.head)
      guard route.asksModel else {
        return log.answer(request, HTTPAnswer(json: try known(route)), since: arrival)
      }
      let job = Job(request, try task(route, bytes(of: body)), arrival: arrival, created: Int(time(nil)))
      guard waiting.add(job) else { throw APIError.stopping }
    } catch { log.answer(request, APIError(error).answer, since: arrival) }
  }

  /// Returns the route of a request, or refuses it by what comes before its body.
  private func admit(_ head: HTTPHead) throws -> Route {
    let route = Route(head.path)
    guard route == .health || isAuthorized(head) else {
      throw APIError(
        401, "this server needs its token: send the header 'Authorization: Bearer TOKEN'",
        code: "invalid_api_key", header: ["WWW-Authenticate", "Bearer"])
    }
    guard let route else {
      throw APIError(
        404, "there is no '\(head.path.prefix(100))'; there are \(Route.list)", code: "not_found")
    }
    guard head.method == route.method else {
      throw APIError(
        405, "\(head.path.prefix(100)) takes \(route.method), not \(head.method.prefix(20))",
        code: "method_not_allowed", header: ["Allow", route.method])
    }
    guard route.asksModel else { return route }
    // A web page of any origin may send a local server other types without asking the browser first.
    let type = head.contentType?.prefix { $0 != ";" }.lowercased() ?? ""
    guard type.trimmed == "application/json" else {
      throw APIError(415, "the body must be JSON: send the header 'Content-Type: application/json'")
    }
    guard head.bodySize <= UInt64(settings.bodyLimit) else { throw tooLarge }
    guard !isEnding() else { throw APIError.stopping }
    return route
  }

  private var tooLarge: APIError {
    APIError(413, "the body is larger than \(settings.bodyLimit) bytes (--max-body)", code: "body_too_large")
  }

  /// Takes the same time whichever byte is wrong.
  private func isAuthorized(_ head: HTTPHead) -> Bool {
    guard let token = settings.token else { return true }
    let given = Array((head.authorization ?? "").utf8)
    let wanted = Array("Bearer \(token)".utf8)
    guard given.count == wanted.count else { return false }
    return zip(given, wanted).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
  }

  private func bytes(of body: HTTPRequest.Body) throws -> [UInt8] {
    switch body {
    case .kept(let bytes): return bytes
    case .tooLarge: throw tooLarge
    case .unwanted:
      throw APIError(
        503,
        "as many requests as --max-connections allows (\(settings.connections)) are being served or waiting",
        code: "server_busy", header: ["Retry-After", "1"])
    }
  }

  /// Parses one body at a time, since its values take many times the memory of its bytes.
  private func task(_ route: Route, _ body: [UInt8]) throws -> Job.Task {
    try parsing.withLock { _ in try parse(route, body) }
  }

  private func parse(_ route: Route, _ body: [UInt8]) throws -> Job.Task {
    let fields = try RequestFields(body)
    if let asked = try fields.string("model"), asked != name { throw unknownModel(asked) }
    switch route {
    case .completions: return .generate(try GenerationTask(completion: fields, info))
    case .chat: return .generate(try GenerationTask(chat: fields, info))
    case .tokenize: return .tokenizer(try TokenizerTask(tokenize: fields))
    case .detokenize: return .tokenizer(try TokenizerTask(detokenize: fields, info))
    case .health, .models, .model, .tokenizerInfo: preconditionFailure("answered without the model")
    }
  }

  private func unknownModel(_ asked: String) -> APIError {
    APIError(
      404, "there is no model '\(asked.prefix(100))'; this server has '\(name)'", field: "model",
      code: "model_not_found")
  }

  /// The answer of a route that does not ask the model.
  private func known(_ route: Route) throws -> JSON {
    let model: JSON = [
      "id": .string(name), "object": "model", "created": JSON(started), "owned_by": "polya",
      "max_model_len": info.contextLength.map { JSON($0) } ?? .null,
    ]
    switch route {
    case .models: return ["object": "list", "data": [model]]
    case .model(let asked):
      guard asked == name else { throw unknownModel(asked) }
      return model
    case .tokenizerInfo: return tokenizer
    default:
      guard !isEnding() else { throw APIError.stopping }
      return ["status": "ok"]
    }
  }
}

/// Writes one line for each request, without what it says.
struct RequestLog: Sendable {
  let write: @Sendable (String) -> Void

  /// Answers a request and writes its line.
  func answer(_ request: HTTPRequest, _ answer: HTTPAnswer, since arrival: Double, usage: Usage? = nil) {
    request.answer(answer)
    line(request, "\(answer.status)", since: arrival, usage: usage)
  }

  /// Writes the line of a request whose client is gone.
  func drop(_ request: HTTPRequest, since arrival: Double) {
    request.answer(APIError(503, "the client is gone").answer)
    line(request, "dropped: the client is gone", since: arrival, usage: nil)
  }

  private func line(_ request: HTTPRequest, _ status: String, since arrival: Double, usage: Usage?) {
    let tokens = usage.map { ", tokens \($0.prompt) + \($0.completion)" } ?? ""
    let seconds = ((MonotonicClock.seconds() - arrival) * 1000).rounded() / 1000
    write(
      "\(request.head.method.prefix(20)) \(request.head.path.prefix(100)) \(status)\(tokens), \(seconds) s")
  }
}

extension StringProtocol {
  /// The text without spaces at its ends.
  var trimmed: String {
    var text = self[...]
    while text.first == " " { text = text.dropFirst() }
    while text.last == " " { text = text.dropLast() }
    return String(text)
  }
}
