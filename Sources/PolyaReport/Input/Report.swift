package import PolyaRecords

/// Everything that the report of a run shows, as plain values. Rendering it reads no files and no clock.
///
/// Every string may come from a model, a plugin, or a data set and is treated as hostile. Invalid UTF-8 is
/// replaced with U+FFFD by `String(decoding:as:)`.
package struct Report: Sendable {
  /// The name of the run in its manifest.
  package var name: String
  /// The start of the run as printable text, in the caller's calendar and time zone.
  package var created: String
  /// The seed of the run.
  package var seed: UInt64
  /// The state of the run. The page reloads itself while it is running.
  package var status: Status
  /// The resolved manifest, shown unchanged.
  package var manifest: String
  /// Warnings about the rest of the report, most important first.
  package var warnings: [String] = []
  /// The plugins of the run.
  package var plugins: [RunRecord.Plugin] = []
  /// The stages in the order of the manifest.
  package var stages: [Stage] = []
  /// Descriptions of the task sets with scores. A task set without a description is shown without a note.
  package var taskSets: [TaskSetRecord] = []
  /// The scores of models on task sets. Arms and panels are ordered by first appearance.
  package var scores: [ScoreRecord] = []
  /// The paired differences between models.
  package var comparisons: [ComparisonRecord] = []
  /// Which questions models lost and gained.
  package var coverage: [CoverageRecord] = []
  /// Which evaluation questions resemble training questions.
  package var contamination: [ContaminationRecord] = []
  /// The values recorded during training.
  package var series: [Series] = []
  /// The yield of each heuristic in bootstrapping.
  package var yields: [Yield] = []
  /// The coverage of each bootstrap stage.
  package var coverages: [Coverage] = []
  /// The parts of ``RecordSections`` from finished stages.
  var parts: [any RecordSection] = []
  /// A few candidates to read.
  package var samples: [CandidateRecord] = []

  /// Creates an empty report.
  package init(name: String, created: String, seed: UInt64, status: Status, manifest: String) {
    self.name = name
    self.created = created
    self.seed = seed
    self.status = status
    self.manifest = manifest
  }

  /// The state of a run.
  package enum Status: String, Sendable, CaseIterable {
    /// Some stages are not finished.
    case running
    /// All stages are finished.
    case finished
    /// The run stopped with an error.
    case failed
  }
}
