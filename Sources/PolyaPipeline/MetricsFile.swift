public import PolyaCore

/// `metrics.jsonl` of a stage: one line per number, without times, so that it repeats byte for byte.
public struct MetricsFile {
  private let path: String
  private let stage: String
  private var pending: [UInt8] = []

  /// A file that starts empty: a stage that starts again records again.
  public init(folder: String, stage: String) throws {
    path = folder + "/metrics.jsonl"
    self.stage = stage
    try FileBytes.create(path, with: [])
  }

  /// Adds a number.
  public mutating func append(_ name: MetricName, _ value: Double, step: Int) {
    let line: JSON = [
      "stage": .string(stage), "step": JSON(step), "name": .string(name.rawValue), "value": JSON(value),
    ]
    pending += Array((line.compact + "\n").utf8)
  }

  /// Writes what is pending.
  public mutating func flush() throws {
    guard !pending.isEmpty else { return }
    try FileBytes.append(path, pending)
    pending.removeAll()
  }
}
