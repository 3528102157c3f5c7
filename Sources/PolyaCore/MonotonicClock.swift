internal import Glibc

/// A monotonic clock for durations and deadlines. No result may depend on it.
package enum MonotonicClock {
  /// Nanoseconds since an arbitrary moment in the past.
  package static func nanoseconds() -> Int64 {
    var now = timespec()
    clock_gettime(CLOCK_MONOTONIC, &now)
    return Int64(now.tv_sec) * 1_000_000_000 + Int64(now.tv_nsec)
  }

  /// Seconds since the same moment as ``nanoseconds()``.
  package static func seconds() -> Double { Double(nanoseconds()) / 1e9 }
}
