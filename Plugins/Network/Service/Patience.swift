/// How long and how often a service is asked again. All waits are functions of the request and the attempt.
package struct Patience: Sendable {
  /// Attempts of a request that end in faults of a server or the network.
  package var attempts = 6
  /// Attempts that a server refuses as too many at once (429, 503).
  package var refusals = 40
  /// Seconds before the second attempt; each further wait is twice as long.
  package var firstWait = 0.5
  /// The longest wait of our own choice, in seconds.
  package var longestWait = 30.0
  /// The longest wait that a server may ask for, in seconds.
  package var longestRetryAfter = 600.0

  /// The defaults.
  package init() {}

  /// Seconds before the next attempt, when so many have failed; spread from half of it to all of it by the request's
  /// number, so that those that failed together do not come back together.
  package func wait(after failures: Int, of number: Int) -> Double {
    let full = min(longestWait, firstWait * Double(1 << UInt64(min(max(failures, 1) - 1, 30))))
    var hash = (UInt64(bitPattern: Int64(number)) &+ UInt64(failures)) &* 0x9e37_79b9_7f4a_7c15
    hash = (hash ^ (hash >> 32)) &* 0xd6e8_feb8_6659_fd93
    return full * (0.5 + Double(hash >> 40) / Double(1 << 25))
  }

  /// The seconds that a `Retry-After` header asks for, which gives seconds or a date; nil for anything else.
  ///
  /// - Parameter now: Seconds since 1970.
  package static func retryAfter(_ value: String, now: Double) -> Double? {
    if let seconds = Double(value), seconds.isFinite, seconds >= 0 { return seconds }
    return HTTPDate.seconds(value).map { max(0, Double($0) - now) }
  }
}
