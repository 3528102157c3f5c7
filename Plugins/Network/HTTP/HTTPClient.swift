internal import CCurl

/// Sends requests, many at once, on the caller's thread. Connections are kept for later requests.
///
/// Certificates are verified, and redirects are not followed, since a key must not go to another host.
package final class HTTPClient {
  /// Limits of a client.
  package struct Limits: Sendable {
    /// Requests in flight, at least 1.
    package var concurrency: Int
    /// Seconds until a connection must stand.
    package var connectTimeout: Double
    /// Bytes of an answer's content.
    package var longestAnswer: Int

    /// By default, a connection must stand within 10 s, and an answer has at most 256 MiB.
    package init(concurrency: Int, connectTimeout: Double = 10, longestAnswer: Int = 256 << 20) {
      self.concurrency = max(1, concurrency)
      self.connectTimeout = connectTimeout
      self.longestAnswer = longestAnswer
    }
  }

  /// What a source of requests gives.
  package enum Next: Sendable {
    /// Send this one; its number comes back with the answer.
    case request(Int, HTTPRequest)
    /// There is none for so many seconds, unless an answer comes before.
    case wait(Double)
    /// There is none until an answer comes; the end when nothing is in flight.
    case nothing
  }

  private let limits: Limits
  private let multi: MultiHandle

  /// - Throws: ``HTTPFailure`` if libcurl cannot start.
  package init(_ limits: Limits) throws {
    self.limits = limits
    multi = try MultiHandle(connections: limits.concurrency)
  }

  /// Sends what `next` gives until it gives nothing more and nothing is in flight.
  ///
  /// Between two questions to `shouldStop` are at most 50 ms.
  ///
  /// - Parameters:
  ///   - ended: Gets each request's number with its answer or failure, once, in the order of arrival.
  ///   - shouldStop: Whether to abandon all; what was in flight then gets no answer.
  ///
  /// - Returns: Whether all went to the end, so false after a stop.
  ///
  /// - Throws: What the closures throw; all requests in flight are abandoned.
  package func run(
    next: () throws -> Next, ended: (Int, Result<HTTPAnswer, HTTPFailure>) throws -> Void,
    shouldStop: () -> Bool
  ) throws -> Bool {
    defer { multi.abandonAll() }
    while true {
      if shouldStop() { return false }
      let pause = try fill(next, ended)
      guard multi.inFlight > 0 || pause != nil else { return true }
      multi.perform(upTo: min(0.05, pause ?? 0.05))
      for (number, result) in multi.takeEnded() { try ended(number, result) }
    }
  }

  /// Starts requests; the seconds until the next one, if the source gave such.
  private func fill(
    _ next: () throws -> Next, _ ended: (Int, Result<HTTPAnswer, HTTPFailure>) throws -> Void
  ) throws -> Double? {
    while multi.inFlight < limits.concurrency {
      switch try next() {
      case .request(let number, let request):
        do { try multi.start(number, request, limits) } catch let failure as HTTPFailure {
          try ended(number, .failure(failure))
        }
      case .wait(let seconds): return max(seconds, 0)
      case .nothing: return nil
      }
    }
    return nil
  }

  /// Sends one request and waits for its answer; nil after a stop.
  package func send(_ request: HTTPRequest, shouldStop: () -> Bool = { false }) throws -> HTTPAnswer? {
    var first: HTTPRequest? = request
    var answer: Result<HTTPAnswer, HTTPFailure>?
    _ = try run(
      next: {
        defer { first = nil }
        return first.map { .request(0, $0) } ?? .nothing
      }, ended: { answer = $1 }, shouldStop: shouldStop)
    return try answer?.get()
  }
}
