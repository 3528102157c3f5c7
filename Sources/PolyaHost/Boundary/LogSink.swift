internal import CPolya

/// Receives the log lines of plugins. Safe to call from any thread.
package final class LogSink: Sendable {
  /// The level below which lines are dropped.
  private let threshold: Int32
  private let write: @Sendable (_ source: String, _ message: String) -> Void

  /// Creates a sink.
  ///
  /// - Parameter write: Receives whole lines; must be callable from any thread.
  package init(verbose: Bool, write: @escaping @Sendable (_ source: String, _ message: String) -> Void) {
    threshold = verbose ? Int32(POLYA_LOG_TRACE) : Int32(POLYA_LOG_WARN)
    self.write = write
  }

  func write(_ level: Int32, _ source: String, _ message: PolyaText) {
    guard level >= threshold else { return }
    write(source, message.bytes.map { String(decoding: $0, as: UTF8.self) } ?? "(an unreadable log line)")
  }

  func write(_ level: Int32, _ source: String, _ message: String) {
    guard level >= threshold else { return }
    write(source, message)
  }
}
