internal import PolyaCore
internal import PolyaPipeline
internal import PolyaRecords

/// The lines that `polya watch` shows.
struct WatchScreen {
  /// The values of a metric of the running stage, oldest first.
  struct Metric {
    var name: String
    var values: [Double]
  }

  let progress: RunProgress
  let metrics: [Metric]
  /// Steps of the running stage so far, and of how many if the manifest says it.
  let steps: (done: Int, all: Int?)
  /// Seconds since 1970.
  let now: Double

  /// Returns the screen for a terminal.
  ///
  /// - Parameters:
  ///   - width: Columns, to which lines are cut.
  ///   - height: Lines; metrics that do not fit are left out.
  func lines(width: Int, height: Int) -> [String] {
    var lines = [title, ""] + Table.lines(progress.stages.map(row))
    if case .stopped(let reason) = progress.status { lines += ["", "stopped: \(reason)"] }
    let room = max(height - lines.count - 1, 0)
    if !metrics.isEmpty, room > 0 {
      let name = metrics.map { Columns.count($0.name) }.max() ?? 0
      let plot = max(min(width - name - 16, 60), 8)
      lines += [""] + metrics.prefix(room).map { line($0, name: name, plot: plot) }
    }
    return lines.prefix(height).map { Columns.fit(Shown.line($0), width) }
  }

  private var title: String {
    let run = progress.record
    let state =
      switch progress.status {
      case .running:
        "running for \(Duration.text(now - progress.started)), last change \(Duration.text(now - progress.changed)) ago"
      case .finished: "finished"
      case .stopped: "stopped"
      }
    return "\(run.name) (seed \(run.seed)): \(state)"
  }

  private func row(_ stage: RunProgress.Stage) -> [String] {
    let (sign, note) =
      switch stage.state {
      case .waiting: (" ", "")
      case .running(let since): ("▸", ([work(stage)] + [Duration.text(now - since)]).joined(separator: ", "))
      case .finished(let seconds): ("✓", seconds.map(Duration.text) ?? "")
      }
    return [sign, stage.name, stage.kind, note]
  }

  private func work(_ stage: RunProgress.Stage) -> String {
    guard steps.done > 0 else { return "\(stage.shards) \(stage.shards == 1 ? "file" : "files") of records" }
    guard let all = steps.all else { return "step \(steps.done)" }
    return "step \(steps.done) of \(all)"
  }

  private func line(_ metric: Metric, name: Int, plot: Int) -> String {
    let padding = String(repeating: " ", count: name - Columns.count(metric.name))
    let value = metric.values.last(where: \.isFinite).map { $0.formatted(4) } ?? "–"
    return "\(metric.name)\(padding)  \(String(repeating: " ", count: max(10 - value.count, 0)))\(value)  "
      + Self.spark(metric.values, width: plot)
  }

  /// Draws values between their least and their largest, each column the mean of its share.
  static func spark(_ values: [Double], width: Int) -> String {
    let finite = values.filter(\.isFinite)
    guard let low = finite.min(), let high = finite.max() else { return "" }
    let columns = min(width, values.count)
    let bars = Array("▁▂▃▄▅▆▇█")
    return String(
      (0..<columns).map { column -> Character in
        let part = values[column * values.count / columns..<(column + 1) * values.count / columns]
          .filter(\.isFinite)
        guard !part.isEmpty else { return " " }
        let mean = part.reduce(0) { $0 + $1 / Double(part.count) }
        let share = high > low ? (mean - low) / (high - low) : 0
        return bars[min(max(Int(share * Double(bars.count)), 0), bars.count - 1)]
      })
  }
}
