internal import NetworkHTTP

/// The requests of one run: which are on their way, which wait to be sent again, and why.
final class ServiceTraffic {
  private struct Job {
    let number: Int
    let request: ServiceRequest
    /// What went wrong, in order.
    var seen: [String] = []
    var faults = 0
    var refusals = 0
    var polls = 0
    /// When it may be sent again.
    var due = 0.0
  }

  private var pool: ServerPool
  private let headers: [(name: String, value: String)]
  private let secrets: [String]
  private let patience: Patience
  private let concurrency: Int
  private var attempts = 0
  private var flights: [Int: (job: Job, server: Int)] = [:]
  private var waiting: [Job] = []

  init(
    _ servers: [String], _ headers: [(name: String, value: String)], _ secrets: [String],
    _ patience: Patience, concurrency: Int
  ) {
    pool = ServerPool(servers)
    self.headers = headers
    self.secrets = secrets
    self.patience = patience
    self.concurrency = concurrency
  }

  func next(_ now: Double, _ fresh: () throws -> (Int, ServiceRequest)?) throws -> HTTPClient.Next {
    switch pool.choose(now) {
    case .wait(let seconds):
      // Without work, there is nothing to wait for.
      if waiting.isEmpty {
        guard let (number, request) = try fresh() else { return .nothing }
        waiting.append(Job(number: number, request: request))
      }
      return .wait(seconds)
    case .busy: return .nothing
    case .server(let server):
      guard let job = try nextJob(now, fresh) else {
        return waiting.map(\.due).min().map { .wait($0 - now) } ?? .nothing
      }
      return .request(start(job, server), httpRequest(job.request, server))
    }
  }

  /// One that was tried before comes first. While many wait, nothing new begins.
  private func nextJob(_ now: Double, _ fresh: () throws -> (Int, ServiceRequest)?) throws -> Job? {
    if let index = waiting.firstIndex(where: { $0.due <= now }) { return waiting.remove(at: index) }
    guard waiting.count < concurrency else { return nil }
    return try fresh().map { Job(number: $0, request: $1) }
  }

  private func start(_ job: Job, _ server: Int) -> Int {
    attempts += 1
    pool.begin(server)
    flights[attempts] = (job, server)
    return attempts
  }

  private func httpRequest(_ request: ServiceRequest, _ server: Int) -> HTTPRequest {
    let type = request.body == nil ? [] : [(name: "Content-Type", value: "application/json")]
    return HTTPRequest(
      request.body == nil ? .get : .post, pool.base(server) + request.path, headers: headers + type,
      body: request.body ?? [], timeout: request.timeout, isRepeatable: request.isRepeatable)
  }

  /// Takes the end of an attempt; a line for the log if it will be tried again.
  func ended(
    _ attempt: Int, _ result: Result<HTTPAnswer, HTTPFailure>, _ now: (steady: Double, wall: Double),
    _ accept: (Int, HTTPAnswer) throws -> Void
  ) throws -> String? {
    guard let (job, server) = flights.removeValue(forKey: attempt) else { return nil }
    switch result {
    case .failure(let failure): return try failed(failure, job, server, now.steady)
    case .success(let answer):
      pool.answered(server)
      guard (200..<300).contains(answer.status) else {
        return try refused(answer, job, server, now)
      }
      do {
        try accept(job.number, answer)
        return nil
      } catch is ServicePending {
        return later(job, now.steady)
      } catch let fault as ServiceFault {
        guard job.request.isRepeatable else { throw end(.exhausted, job, server, fault.description) }
        return try again(job, server, fault.description, now.steady)
      }
    }
  }

  private func failed(_ failure: HTTPFailure, _ job: Job, _ server: Int, _ now: Double) throws -> String? {
    switch failure.kind {
    case .unreachable:
      pool.unreachable(server, now, patience)
      var job = job
      job.seen.append(failure.message)
      guard !pool.isHopeless(patience) else { throw end(.unreachable, job, server) }
      waiting.append(job)
      return "\(pool.base(server)) cannot be reached: \(failure.message); it is tried again"
    case .timedOut, .cut:
      pool.failed(server)
      let seen = failure.kind == .timedOut ? "no answer within \(job.request.timeout) s" : failure.message
      guard job.request.isRepeatable else { throw end(.exhausted, job, server, seen) }
      return try again(job, server, seen, now)
    case .certificate, .tooLong, .badRequest: throw end(.unsendable, job, server, failure.message)
    }
  }

  private func refused(
    _ answer: HTTPAnswer, _ job: Job, _ server: Int, _ now: (steady: Double, wall: Double)
  ) throws -> String? {
    let seen = "status \(answer.status)"
    switch answer.status {
    case 429, 503:
      var job = job
      job.refusals += 1
      job.seen.append(seen)
      guard job.refusals < patience.refusals else { throw end(.exhausted, job, server) }
      let asked = answer.headers["retry-after"].flatMap { Patience.retryAfter($0, now: now.wall) }
      if let asked {
        guard asked <= patience.longestRetryAfter else {
          throw end(.exhausted, job, server, "\(seen), asking for a pause of \(Int(min(asked, 1e9))) s")
        }
        pool.pause(server, until: now.steady + asked)
      }
      job.due = now.steady + max(asked ?? 0, patience.wait(after: job.refusals, of: job.number))
      waiting.append(job)
      return "\(pool.base(server)) answered with \(seen) and is given time"
    case 408 where job.request.isPoll: return later(job, now.steady)
    case 500, 502, 504, 408:
      guard job.request.isRepeatable else { fallthrough }
      return try again(job, server, seen, now.steady)
    default: throw end(.refused(status: answer.status), job, server, excerpt(answer))
    }
  }

  /// Asks again for what is not there yet; no line for the log, since nothing is wrong.
  private func later(_ job: Job, _ now: Double) -> String? {
    var job = job
    job.polls += 1
    job.due = now + min(0.1 * Double(job.polls), 2)
    waiting.append(job)
    return nil
  }

  private func again(_ job: Job, _ server: Int, _ what: String, _ now: Double) throws -> String? {
    var job = job
    job.faults += 1
    job.seen.append(what)
    guard job.faults < patience.attempts else { throw end(.exhausted, job, server) }
    job.due = now + patience.wait(after: job.faults, of: job.number)
    waiting.append(job)
    return "\(pool.base(server)): \(what); the request is sent again"
  }

  /// - Parameter last: What was seen last, if it is not yet among what the job has seen.
  private func end(_ kind: ServiceFailure.Kind, _ job: Job, _ server: Int, _ last: String? = nil)
    -> ServiceFailure
  {
    // A refusal is about the request, whatever happened before.
    if case .refused = kind { return failure(kind, job, server, last ?? "nothing") }
    var counts: [(what: String, count: Int)] = []
    for what in job.seen + (last.map { [$0] } ?? []) {
      if let at = counts.firstIndex(where: { $0.what == what }) {
        counts[at].count += 1
      } else {
        counts.append((what, 1))
      }
    }
    let seen = counts.map { $0.count == 1 ? $0.what : "\($0.what) (\($0.count) times)" }
    return failure(kind, job, server, seen.joined(separator: ", "))
  }

  private func failure(_ kind: ServiceFailure.Kind, _ job: Job, _ server: Int, _ seen: String)
    -> ServiceFailure
  {
    ServiceFailure(kind, server: pool.base(server), path: job.request.path, seen: concealing(seen))
  }

  /// The beginning of what a server said. One that refuses a key may repeat it, so that stays unsaid.
  private func excerpt(_ answer: HTTPAnswer) -> String {
    guard ![401, 403].contains(answer.status) else { return "the key is refused" }
    return String(concealing(String(decoding: answer.body.prefix(1 << 16), as: UTF8.self)).prefix(2000))
  }

  private func concealing(_ text: String) -> String {
    secrets.reduce(text) { $0.replacing($1, with: "(key)") }
  }
}
