internal import PolyaKit

/// A session at the server, which lives as long as this object: without a sign of life, servers forget it, and the
/// models in it.
final class TinkerSession {
  let service: TinkerService
  let id: String
  private let heartbeat: Heartbeat
  private var models = 0

  init(_ options: TinkerOptions, _ shouldStop: () -> Bool) throws {
    // A server that is not there is named soon; later, one may be gone for a while.
    let answer = try options.service(attempts: 2).answer(
      to: "create_session",
      [
        ("tags", .array([])), ("user_metadata", .object([])), ("sdk_version", .string("0.25.0")),
        ("type", .string("create_session")),
      ], shouldStop)
    guard let id = answer["session_id"]?.string else {
      throw Failure(
        .badOption,
        "\(options.url) opened no session, so it is not a server of the Tinker protocol; correct url (it answered \(answer.compact.prefix(200)))"
      )
    }
    service = try options.service()
    self.id = id
    heartbeat = Heartbeat(options: options, session: id)
  }

  /// Numbers the models of the session, which some servers tell apart by it.
  func nextModel() -> Int {
    defer { models += 1 }
    return models
  }

  deinit { heartbeat.end() }
}
