internal import CPolya

/// The context of one call from the host: seed, thread budget, stop request, and log.
///
/// Lifetime: Valid until the called function returns; do not keep it. All threads that work for this call may
/// use all members.
///
/// Safety: The contract allows every thread that works for the call to use all functions of a `PolyaCall`.
public struct Call: @unchecked Sendable {
  let raw: UnsafePointer<PolyaCall>

  /// The seed. Together with an item's id, it is the only permitted source of randomness.
  public var seed: UInt64 { raw.pointee.seed }

  /// The number of threads that this call may keep busy, including the calling one; at least 1.
  public var maxThreads: Int { Int(raw.pointee.max_threads) }

  /// Whether the call should end because the host asked for it or the deadline passed.
  public var shouldStop: Bool { raw.pointee.stop(raw) != PolyaStatus(POLYA_OK) }

  /// Throws if the call should end. Call this between items and at least every 50 ms.
  ///
  /// - Throws: ``Failure`` with code `cancelled` or `timedOut`.
  public func checkStop() throws {
    let status = raw.pointee.stop(raw)
    guard status != PolyaStatus(POLYA_OK) else { return }
    throw status == PolyaStatus(POLYA_TIMED_OUT)
      ? Failure(.timedOut, "the deadline passed") : Failure(.cancelled, "the host asked to stop")
  }

  /// Marks output row `row` as complete. The host keeps it even if a later row crashes the plugin.
  func finished(_ row: Int) { raw.pointee.finished(raw, UInt64(row)) }

  /// Writes a line to the host's log.
  public func log(_ level: LogLevel, _ message: String) {
    message.withPolyaText { raw.pointee.log(raw, level.rawValue, $0) }
  }
}

/// The severity of a log line.
public enum LogLevel: Int32, Sendable {
  case trace = 0
  case debug, info, warning, error
}
