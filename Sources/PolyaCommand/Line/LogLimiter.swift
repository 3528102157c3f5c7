internal import Synchronization

/// Limits the log lines that plugins can write: repeated lines are counted, and the excess of a source is
/// dropped and reported.
///
/// Safe to call from any thread.
final class LogLimiter: Sendable {
  private struct Source {
    var second = -1
    /// The number of lines shown in the current second.
    var shown = 0
    /// The number of lines not shown, and the number of times that the last shown line was repeated.
    var dropped = 0
    var repeats = 0
    var last = ""
  }

  /// The number of lines per source that are shown in one second.
  private let limit: Int
  private let now: @Sendable () -> Double
  private let write: @Sendable (String) -> Void
  private let sources = Mutex<[String: Source]>([:])

  /// Plugins choose the names of their sources, so all beyond this number share one allowance.
  private static let mostSources = 64

  init(
    limit: Int, now: @escaping @Sendable () -> Double = Clock.seconds,
    write: @escaping @Sendable (String) -> Void
  ) {
    self.limit = limit
    self.now = now
    self.write = write
  }

  /// Logs a message; each of its lines counts as a line of the source.
  func log(_ source: String, _ message: String) {
    let source = String(source.unicodeScalars.prefix(100))
    for line in message.split(whereSeparator: \.isNewline) { log(source, line: String(line)) }
  }

  private func log(_ name: String, line: String) {
    let second = Int(now())
    let text = Shown.cut("\(name): \(line)")
    sources.withLock { sources in
      let key = sources[name] != nil || sources.count < Self.mostSources ? name : ""
      var source = sources[key, default: Source()]
      defer { sources[key] = source }
      if source.second != second {
        settle(&source, key)
        (source.second, source.shown) = (second, 0)
      }
      if text == source.last { return source.repeats += 1 }
      guard source.shown < limit else { return source.dropped += 1 }
      settle(&source, key)
      source.shown += 1
      source.last = text
      write(text)
    }
  }

  /// Reports what was left out so far. Call this when the work ends.
  func finish() {
    sources.withLock { sources in
      for (name, var source) in sources.sorted(by: { $0.key < $1.key }) {
        settle(&source, name)
        sources[name] = source
      }
    }
  }

  private func settle(_ source: inout Source, _ name: String) {
    let name = name.isEmpty ? "other sources" : name
    if source.repeats > 0 {
      write(
        "\(name): … the last line was repeated \(source.repeats.grouped) time\(source.repeats == 1 ? "" : "s")"
      )
    }
    if source.dropped > 0 {
      write("\(name): … \(source.dropped.grouped) line\(source.dropped == 1 ? "" : "s") not shown")
    }
    (source.repeats, source.dropped) = (0, 0)
  }
}
