/// The servers of a service: who gets the next request.
///
/// The one with the fewest requests in flight does. One that cannot be reached is set aside, each time longer, and then
/// gets single requests until it answers.
struct ServerPool {
  private struct Server {
    let base: String
    var inFlight = 0
    /// How often in a row it could not be reached.
    var strikes = 0
    /// When it may be asked again.
    var resumes = 0.0

    var isFree: Bool { strikes == 0 || inFlight == 0 }
  }

  enum Choice: Equatable {
    case server(Int)
    /// All are set aside; so many seconds until one may be asked.
    case wait(Double)
    /// Those that may be asked have yet to answer.
    case busy
  }

  private var servers: [Server]

  init(_ bases: [String]) { servers = bases.map { Server(base: $0) } }

  func base(_ index: Int) -> String { servers[index].base }

  func choose(_ now: Double) -> Choice {
    let ready = servers.indices.filter { servers[$0].resumes <= now && servers[$0].isFree }
    if let best = ready.min(by: { servers[$0].inFlight < servers[$1].inFlight }) { return .server(best) }
    let next = servers.filter(\.isFree).map { $0.resumes - now }.min()
    return next.map { .wait($0) } ?? .busy
  }

  mutating func begin(_ index: Int) { servers[index].inFlight += 1 }

  mutating func answered(_ index: Int) {
    servers[index].inFlight -= 1
    servers[index].strikes = 0
  }

  /// Of what was sent together, only the first failure counts.
  mutating func unreachable(_ index: Int, _ now: Double, _ patience: Patience) {
    servers[index].inFlight -= 1
    guard servers[index].resumes <= now else { return }
    servers[index].strikes += 1
    servers[index].resumes = now + patience.wait(after: servers[index].strikes, of: index)
  }

  mutating func failed(_ index: Int) { servers[index].inFlight -= 1 }

  /// A server asks for a pause.
  mutating func pause(_ index: Int, until time: Double) {
    servers[index].resumes = max(servers[index].resumes, time)
  }

  /// Whether every server could not be reached as often as is allowed.
  func isHopeless(_ patience: Patience) -> Bool { servers.allSatisfy { $0.strikes >= patience.attempts } }
}
