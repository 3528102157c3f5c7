package import PolyaCore
internal import PolyaRecords

/// `metrics.jsonl` of a stage: one line per number, without times, so that it repeats byte for byte.
package struct MetricsFile {
  private let paths: [String]
  private let stage: String
  private var pending: [UInt8] = []

  /// A file that starts empty: a stage that starts again records again.
  ///
  /// - Parameter run: the run's own file, which gets the same lines, for those who watch.
  package init(folder: String, stage: String, run: String) throws {
    paths = [folder + "/metrics.jsonl", run]
    self.stage = stage
    try FileBytes.create(paths[0], with: [])
  }

  /// Adds a number.
  package mutating func append(_ name: MetricName, _ value: Double, step: Int) {
    pending += MetricRecord(stage: stage, step: step, name: name, value: value).line
  }

  /// Writes what is pending.
  package mutating func flush() throws {
    guard !pending.isEmpty else { return }
    for path in paths { try FileBytes.append(path, pending) }
    pending.removeAll()
  }
}
