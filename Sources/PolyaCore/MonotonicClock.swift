internal import Glibc

/// A clock that never goes back, for durations and deadlines. No result may depend on it.
package enum MonotonicClock {
  /// Seconds since some moment in the past.
  package static func seconds() -> Double {
    var now = timespec()
    clock_gettime(CLOCK_MONOTONIC, &now)
    return Double(now.tv_sec) + Double(now.tv_nsec) / 1e9
  }
}
