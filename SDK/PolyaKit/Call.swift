internal import CPolya

/// Everything about one call from the host: seed, thread budget, stop flag, log.
///
/// Lifetime: dies when the called function returns; do not keep it. All members may be used from any thread
/// that works for this call.
///
/// Safety: the contract lets every thread that works for the call use all functions of a `PolyaCall`.
public struct Call: @unchecked Sendable {
  let raw: UnsafePointer<PolyaCall>

  /// The only permitted source of randomness, with an item's id.
  public var seed: UInt64 { raw.pointee.seed }

  /// Threads this call may keep busy, the calling one included; at least 1.
  public var maxThreads: Int { Int(raw.pointee.max_threads) }

  /// Whether the host wants the call to end: it asked, or the deadline passed.
  public var shouldStop: Bool { raw.pointee.stop(raw) != PolyaStatus(POLYA_OK) }

  /// Poll between items and at least every 50 ms.
  ///
  /// - Throws: ``Failure`` with code `cancelled` or `timedOut`.
  public func checkStop() throws {
    let status = raw.pointee.stop(raw)
    guard status != PolyaStatus(POLYA_OK) else { return }
    throw status == PolyaStatus(POLYA_TIMED_OUT)
      ? Failure(.timedOut, "the deadline passed") : Failure(.cancelled, "the host asked to stop")
  }

  /// Output row `row` is complete: it is kept even when a later row brings the plugin down.
  func finished(_ row: Int) { raw.pointee.finished(raw, UInt64(row)) }

  /// Writes a line to the host's log.
  public func log(_ level: LogLevel, _ message: String) {
    message.withPolyaText { raw.pointee.log(raw, level.rawValue, $0) }
  }
}

/// How much a log line matters.
public enum LogLevel: Int32, Sendable {
  case trace = 0
  case debug, info, warning, error
}
