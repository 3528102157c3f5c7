package import PolyaCore

/// A value that a stage recorded, stored as a line of `metrics.jsonl`.
///
/// It has no time, so that a run repeats the file byte for byte. It also has no record tag: other programs
/// read these lines to watch a run, so their form must not change.
package struct MetricRecord: Sendable, Equatable {
  /// The name of the stage in the manifest; empty in the metrics that a training saves for its own
  /// resumption.
  package var stage: String
  /// The step within the stage, starting at 0.
  package var step: Int
  /// The name of the metric, `area/name`.
  package var name: MetricName
  /// The value in the metric's unit. NaN means that there was none and is stored as `null`.
  package var value: Double

  /// Creates a metric.
  package init(stage: String, step: Int, name: MetricName, value: Double) {
    self.stage = stage
    self.step = step
    self.name = name
    self.value = value
  }

  /// The stored form.
  package var json: JSON {
    ["stage": .string(stage), "step": JSON(step), "name": .string(name.rawValue), "value": JSON(value)]
  }

  /// The stored form as a line of a file.
  package var line: [UInt8] { Array((json.compact + "\n").utf8) }

  /// Reads a line.
  ///
  /// - Throws: `corrupt` if the line is not a metric.
  package init(line: some Collection<UInt8>, of file: String) throws {
    let json = try JSONParser.parse(Array(line), at: file)
    guard let name = json["name"]?.string, let step = json["step"]?.integer else {
      throw PolyaError(.corrupt, "has a line that is not a metric", at: file)
    }
    self.init(
      stage: json["stage"]?.string ?? "", step: Int(step), name: MetricName(rawValue: name),
      value: json["value"]?.real ?? .nan)
  }
}
