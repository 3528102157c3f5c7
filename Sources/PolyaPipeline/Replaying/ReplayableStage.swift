package import PolyaCore

/// A stage that trains in steps, each of which can be repeated.
package protocol ReplayableStage: Stage {
  /// The name of the shards in which it records its steps.
  static var records: String { get }
  /// Repeats the work up to a step and returns the records of that step. The metrics of all steps go to the observer.
  ///
  /// - Throws: `configuration` if there is no such step.
  func replay(_ step: Int, _ context: StageContext) throws -> [JSON]
}

/// A step that was done again, beside what the stage recorded when it ran.
package struct ReplayedStep {
  /// The records of the step.
  package let records: [JSON]
  /// The metrics of the step.
  package let metrics: [MetricName: Double]
  /// The folder with the records.
  package let folder: String
  /// Whether the stage has recorded the step; if not, there is nothing to compare with.
  package let wasRecorded: Bool
  /// Each difference from what the stage recorded, in words.
  package let differences: [String]
}
