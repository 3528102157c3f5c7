package import PolyaCore

/// A number that a stage recorded: a line of `metrics.jsonl`.
///
/// Holds no time, so that a run repeats the file byte for byte, and no tag of its form: the lines are read by programs
/// that watch a run, and their form stays.
package struct MetricRecord: Sendable, Equatable {
  /// The stage's name in the manifest; empty in what a training keeps for its own resumption.
  package var stage: String
  /// Counts inside the stage, from 0.
  package var step: Int
  /// The metric's name, `area/name`.
  package var name: MetricName
  /// In the metric's unit; not a number where there was none, which is `null` on disk.
  package var value: Double

  /// A number.
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
  /// - Throws: `corrupt` for a line that is no metric.
  package init(line: some Collection<UInt8>, of file: String) throws {
    let json = try JSONParser.parse(Array(line), at: file)
    guard let name = json["name"]?.string, let step = json["step"]?.integer else {
      throw PolyaError(.corrupt, "has a line that is no metric", at: file)
    }
    self.init(
      stage: json["stage"]?.string ?? "", step: Int(step), name: MetricName(rawValue: name),
      value: json["value"]?.real ?? .nan)
  }
}
