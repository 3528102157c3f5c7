internal import NetworkHTTP
internal import NetworkService
internal import PolyaKit

/// The requests of the Tinker protocol. Most name a future, whose result is then asked for until it is there.
final class TinkerService {
  /// A request, with its name in the protocol.
  struct Operation {
    var path: String
    /// nil for a GET.
    var body: JSON?
    /// Whether doing it twice does no harm, as sampling; not so steps of a training.
    var isRepeatable = true
    /// Whether the result may not be there yet.
    var isPoll = false
  }

  private let client: ServiceClient
  private let timeout: Double

  /// - Parameters:
  ///   - url: Without `/api/v1`.
  ///   - timeout: Seconds that one request may take.
  ///   - attempts: Of a request that fails.
  init(
    _ url: String, headers: [(name: String, value: String)], secrets: [String], concurrency: Int,
    timeout: Double, attempts: Int
  ) throws {
    self.timeout = timeout
    var patience = Patience()
    patience.attempts = attempts
    do {
      client = try ServiceClient(
        [url], headers: headers, secrets: secrets, patience: patience,
        limits: HTTPClient.Limits(concurrency: concurrency))
    } catch let failure as HTTPFailure { throw Failure(.io, failure.message) }
  }

  /// The answers to all operations, in order, as they are: of most, only the name of a future.
  func answers(to operations: [Operation], _ shouldStop: () -> Bool) throws -> [JSON] {
    var answers = [JSON?](repeating: nil, count: operations.count)
    var sent = 0
    do {
      let isDone = try client.run(
        next: {
          guard sent < operations.count else { return nil }
          defer { sent += 1 }
          return (sent, request(operations[sent]))
        }, accept: { answers[$0] = try Self.json($1.body) }, shouldStop: shouldStop)
      guard isDone else { throw Failure(.cancelled, "the host asked to stop") }
    } catch let failure as ServiceFailure { throw Self.failure(failure) }
    return answers.compactMap(\.self)
  }

  /// Starts all operations and gets their results, in order.
  func results(of operations: [Operation], _ shouldStop: () -> Bool) throws -> [JSON] {
    let futures = try answers(to: operations, shouldStop).map { answer in
      guard let id = answer["request_id"]?.string else {
        throw Failure(.unavailable, "the server's answer names no request_id: \(answer.compact.prefix(300))")
      }
      return Operation(path: "retrieve_future", body: .object([("request_id", .string(id))]), isPoll: true)
    }
    let results = try answers(to: futures, shouldStop)
    for (result, operation) in zip(results, operations) {
      guard let error = result["error"] else { continue }
      throw Failure(
        .unavailable,
        "\(operation.path) failed at the server: \((error.string ?? error.compact).prefix(500))")
    }
    return results
  }

  private func request(_ operation: Operation) -> ServiceRequest {
    ServiceRequest(
      "/api/v1/" + operation.path, body: operation.body.map { Array($0.compact.utf8) }, timeout: timeout,
      isRepeatable: operation.isRepeatable, isPoll: operation.isPoll)
  }

  private static func json(_ body: [UInt8]) throws -> JSON {
    let json: JSON
    do { json = try JSON(parsing: body) } catch { throw ServiceFault("the answer \(error)") }
    // Beside status 408, some servers say by a success that there is no result yet.
    guard json["type"]?.string != "try_again" else { throw ServicePending() }
    return json
  }

  private static func failure(_ failure: ServiceFailure) -> Failure {
    let name = failure.path.split(separator: "/").last ?? ""
    switch failure.kind {
    case .unreachable: return Failure(.unavailable, "\(failure); start the server, or correct url")
    case .refused(401), .refused(403):
      return Failure(.denied, "\(failure); give the key by key-env or key-file")
    case .refused where ["create_session", "get_server_capabilities"].contains(name):
      return Failure(
        .badOption,
        "\(failure.server) is not a server of the Tinker protocol, or url has more than its address, such as /api/v1 (\(failure.path) answered: \(failure.seen.prefix(200)))"
      )
    case .unsendable: return Failure(.badOption, "\(failure); correct url")
    case .refused(404) where name == "load_weights":
      return Failure(
        .notFound,
        "\(failure); the server no longer has this checkpoint, so delete the folder of its stage, and run again"
      )
    case .refused(404):
      return Failure(
        .wrongState,
        "\(failure); the server has forgotten this training, so run the same command again: it goes on from the last checkpoint"
      )
    default: return Failure(.io, "\(failure)")
    }
  }
}

extension TinkerService {
  /// The answer to one operation.
  func answer(to path: String, _ members: [(key: String, value: JSON)]?, _ shouldStop: () -> Bool) throws
    -> JSON
  {
    try answers(to: [Operation(path: path, body: members.map { .object($0) })], shouldStop)[0]
  }

  /// The result of one operation.
  func result(
    of path: String, _ members: [(key: String, value: JSON)], isRepeatable: Bool, _ shouldStop: () -> Bool
  ) throws -> JSON {
    try results(
      of: [Operation(path: path, body: .object(members), isRepeatable: isRepeatable)], shouldStop)[0]
  }
}
