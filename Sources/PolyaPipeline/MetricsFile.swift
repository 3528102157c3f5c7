package import PolyaCore
internal import PolyaRecords

/// The file `metrics.jsonl` of a stage. It has one line per value and no times, so it repeats byte for byte.
package struct MetricsFile {
  private let paths: [String]
  private let stage: String
  private var pending: [UInt8] = []

  /// Creates an empty file; a stage that starts again records its metrics again.
  ///
  /// - Parameter run: The path of the run's own metrics file, which gets the same lines for live monitoring.
  package init(folder: String, stage: String, run: String) throws {
    paths = [folder + "/metrics.jsonl", run]
    self.stage = stage
    try FileBytes.create(paths[0], with: [])
  }

  /// Adds a value. It is written by the next ``flush()``.
  package mutating func append(_ name: MetricName, _ value: Double, step: Int) {
    pending += MetricRecord(stage: stage, step: step, name: name, value: value).line
  }

  /// Writes the pending lines.
  package mutating func flush() throws {
    guard !pending.isEmpty else { return }
    for path in paths { try FileBytes.append(path, pending) }
    pending.removeAll()
  }
}
