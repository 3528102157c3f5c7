internal import Glibc
internal import PolyaCore
internal import PolyaHost
internal import PolyaPipeline
internal import PolyaReport

/// Shows the progress of a run on the console and keeps its report up to date.
final class RunObserver: PipelineObserver {
  private let session: RunSession
  private let reporter: RunReporter
  private let count: Int
  private var number = 0

  init(_ session: RunSession, reporter: RunReporter, stages: Int) {
    self.session = session
    self.reporter = reporter
    count = stages
  }

  func stageStarted(_ name: String, kind: String, folder: String) throws -> any StageRecorder {
    number += 1
    reporter.note(name, .running, seconds: nil)
    try reporter.write(.running)
    try session.pipeline.folder.writeMetrics()
    return StageProgress(
      title: "[\(number)/\(count)] \(name) (\(kind))",
      metrics: try MetricsFile(
        folder: folder, stage: name, run: session.pipeline.folder.file("metrics.jsonl")),
      stop: session.stop, reporter: reporter)
  }

  func stageFinished(_ stage: FinishedStage, seconds: Double) throws {
    Console.status("")
    Console.message("[\(number)/\(count)] \(stage.name): \(stage.figures) in \(Duration.text(seconds))")
    reporter.note(stage.name, .finished, seconds: seconds)
    try session.pipeline.folder.writeMetrics()
    try reporter.write(.running)
  }

  func stageReused(_ stage: FinishedStage) throws {
    number += 1
    reporter.note(stage.name, .reused, seconds: nil)
    Console.message("[\(number)/\(count)] \(stage.name): up to date")
  }

  func setAside(_ stage: String, reason: String, place: String) {
    let message = "stage '\(stage)': \(reason); it was renamed to \(place)"
    Console.message("warning: \(message)")
    reporter.warn(message)
  }
}

/// Shows the progress and warnings of a running stage and stores its metrics.
private final class StageProgress: StageRecorder {
  private var line: ProgressLine
  private let stop: StopFlag
  private let reporter: RunReporter
  private var metrics: MetricsFile
  private var reported = Clock.seconds()
  private var failure: (any Error)?

  /// Seconds between two updates of the report.
  private let reportInterval = 5.0
  /// Seconds between two tables.
  private let tableInterval = 30.0
  private var tabled = Clock.seconds()

  init(title: String, metrics: MetricsFile, stop: StopFlag, reporter: RunReporter) {
    line = ProgressLine(title: title)
    self.metrics = metrics
    self.stop = stop
    self.reporter = reporter
  }

  func metric(_ name: MetricName, _ value: Double, step: Int) { metrics.append(name, value, step: step) }

  func progress(_ done: Int, of total: Int, _ note: String) {
    let now = Clock.seconds()
    line.show(done, of: total, note)
    guard now - reported > reportInterval, failure == nil else { return }
    reported = now
    do {
      try metrics.flush()
      try reporter.write(.running)
    } catch {
      // A stage must not lose its work because of a report; the error is thrown when the stage is flushed.
      failure = error
    }
  }

  func table(_ rows: () -> [[String]]) {
    let now = Clock.seconds()
    guard now - tabled > tableInterval else { return }
    tabled = now
    Console.status("")
    Table.lines(rows()).forEach { Console.message("  \($0)") }
  }

  func warn(_ message: String) {
    line.warn(message)
    reporter.warn(message)
  }

  func checkStop() throws { try stop.check() }

  func flush() throws {
    if let failure { throw failure }
    try metrics.flush()
  }
}

/// Shows the progress of work whose metrics are not kept.
final class ConsoleObserver: StageObserver {
  private var line: ProgressLine
  private let stop: StopFlag

  init(title: String, stop: StopFlag) {
    line = ProgressLine(title: title)
    self.stop = stop
  }

  func metric(_ name: MetricName, _ value: Double, step: Int) {}
  func progress(_ done: Int, of total: Int, _ note: String) { line.show(done, of: total, note) }
  func table(_ rows: () -> [[String]]) {}
  func warn(_ message: String) { line.warn(message) }
  func checkStop() throws { try stop.check() }
}

/// One line that says how far a stage is.
private struct ProgressLine {
  let title: String
  private let start = Clock.seconds()
  private var shown = 0.0

  /// Seconds between two lines: short on a terminal, long in a log.
  private let interval = Console.isTerminal ? 0.2 : 10.0

  init(title: String) { self.title = title }

  mutating func show(_ done: Int, of total: Int, _ note: String) {
    let now = Clock.seconds()
    guard now - shown > interval else { return }
    shown = now
    let rate = Double(done) / max(now - start, 1e-3)
    let left = Duration.text(Double(total - done) / max(rate, 1e-9))
    let line =
      "\(title): \(done) of \(total), \(rate.formatted(1))/s, \(left) left\(note.isEmpty ? "" : ", \(note)")"
    if Console.isTerminal { Console.status(line) } else { Console.message(line) }
  }

  func warn(_ message: String) { Console.message("\(title): warning: \(message)") }
}

enum Duration {
  /// Formats a duration as "3.2 s", "4 min 12 s", or "2 h 5 min".
  static func text(_ seconds: Double) -> String {
    let whole = Int(min(max(seconds, 0), 1e9))
    if seconds < 60 { return "\(seconds.formatted(1)) s" }
    return whole < 3600 ? "\(whole / 60) min \(whole % 60) s" : "\(whole / 3600) h \(whole % 3600 / 60) min"
  }
}

enum Clock {
  /// Returns the seconds of a monotonic clock.
  static func seconds() -> Double { MonotonicClock.seconds() }

  /// Returns the seconds since 1970.
  static func sinceEpoch() -> Double {
    var now = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    return Double(now.tv_sec) + Double(now.tv_nsec) / 1e9
  }

  /// Returns the current date and time in UTC.
  static func utc() -> String { utc(Double(time(nil))) }

  /// Returns the date and time in UTC of some seconds since 1970.
  static func utc(_ seconds: Double) -> String {
    var now = time_t(seconds)
    var parts = tm()
    gmtime_r(&now, &parts)
    var buffer = [CChar](repeating: 0, count: 64)
    let count = strftime(&buffer, buffer.count, "%Y-%m-%d %H:%M UTC", &parts)
    return String(decoding: buffer.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
