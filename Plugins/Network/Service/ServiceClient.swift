internal import Glibc
package import NetworkHTTP

/// Asks a service of one or several servers, many requests at once, until each has exactly one usable answer.
///
/// What may have been served is sent again only if it is repeatable. Waits, limits, and the choice of server are
/// ``Patience`` and the order of requests; nothing is random.
package final class ServiceClient {
  private let pool: [String]
  private let headers: [(name: String, value: String)]
  private let secrets: [String]
  private let patience: Patience
  private let limits: HTTPClient.Limits
  private let client: HTTPClient

  /// - Parameters:
  ///   - servers: Base URLs, at least one, without a slash at the end.
  ///   - secrets: What must not be shown, even if a server repeats it.
  /// - Throws: ``HTTPFailure`` if libcurl cannot start.
  package init(
    _ servers: [String], headers: [(name: String, value: String)] = [], secrets: [String] = [],
    patience: Patience = Patience(), limits: HTTPClient.Limits
  ) throws {
    pool = servers
    self.headers = headers
    self.secrets = secrets.filter { !$0.isEmpty }
    self.patience = patience
    self.limits = limits
    client = try HTTPClient(limits)
  }

  /// Sends what `next` gives until it gives nothing and nothing is on its way.
  ///
  /// - Parameters:
  ///   - next: The next request with its number; nil when there is none until another answer comes.
  ///   - accept: Gets each number once with an answer of status 2xx. Throw ``ServiceFault`` to have the request sent
  ///     again, or ``ServicePending`` if only time is missing; any other error ends all.
  ///   - log: Gets a line for what goes wrong and is tried again.
  ///   - shouldStop: Whether to abandon all; asked at least every 50 ms.
  ///
  /// - Returns: Whether all went to the end, so false after a stop.
  /// - Throws: ``ServiceFailure``, and what the closures throw.
  package func run(
    next: () throws -> (Int, ServiceRequest)?, accept: (Int, HTTPAnswer) throws -> Void,
    log: (String) -> Void = { _ in }, shouldStop: () -> Bool
  ) throws -> Bool {
    let traffic = ServiceTraffic(pool, headers, secrets, patience, concurrency: limits.concurrency)
    return try client.run(
      next: { try traffic.next(Self.now(CLOCK_MONOTONIC), next) },
      ended: { attempt, result in
        let times = (steady: Self.now(CLOCK_MONOTONIC), wall: Self.now(CLOCK_REALTIME))
        if let line = try traffic.ended(attempt, result, times, accept) { log(line) }
      }, shouldStop: shouldStop)
  }

  /// Sends one request; nil after a stop.
  package func send(_ request: ServiceRequest, shouldStop: () -> Bool = { false }) throws -> HTTPAnswer? {
    var first: ServiceRequest? = request
    var answer: HTTPAnswer?
    _ = try run(
      next: {
        defer { first = nil }
        return first.map { (0, $0) }
      }, accept: { answer = $1 }, shouldStop: shouldStop)
    return answer
  }

  private static func now(_ clock: clockid_t) -> Double {
    var time = timespec()
    clock_gettime(clock, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }
}
