package import PolyaRecords

/// Everything that the report of a run shows, as plain values; rendering it reads no file and no clock.
///
/// Every string may come from a model, a plugin or a data set and is treated as hostile. Bytes that are not UTF-8
/// become strings by `String(decoding:as:)`, which puts U+FFFD in place of what is broken.
package struct Report: Sendable {
  /// Name of the run, as in its manifest.
  package var name: String
  /// When the run began, ready to print; the caller chooses the calendar and the zone.
  package var created: String
  /// The seed of the run.
  package var seed: UInt64
  /// Whether the run is still running; decides if the page reloads itself.
  package var status: Status
  /// The resolved manifest, shown as it is.
  package var manifest: String
  /// What a reader must know before believing the rest, most important first.
  package var warnings: [String] = []
  /// The plugins that took part.
  package var plugins: [RunRecord.Plugin] = []
  /// The stages in the order of the manifest.
  package var stages: [Stage] = []
  /// What is known of the task sets that the scores name; sets not listed here are shown without a note.
  package var taskSets: [TaskSetRecord] = []
  /// Scores of models on task sets; the order of first appearance is the order of arms and panels.
  package var scores: [ScoreRecord] = []
  /// Paired differences between models.
  package var comparisons: [ComparisonRecord] = []
  /// Values recorded while training.
  package var series: [Series] = []
  /// What each heuristic yielded in bootstrapping.
  package var yields: [Yield] = []
  /// Which questions each bootstrap stage covers.
  package var coverages: [Coverage] = []
  /// What the sections of ``RecordSections`` show of finished stages.
  var parts: [any RecordSection] = []
  /// A few candidates to read.
  package var samples: [CandidateRecord] = []

  /// A report without rows; fill in what the run has so far.
  package init(name: String, created: String, seed: UInt64, status: Status, manifest: String) {
    self.name = name
    self.created = created
    self.seed = seed
    self.status = status
    self.manifest = manifest
  }

  /// Where a run stands.
  package enum Status: String, Sendable, CaseIterable {
    /// Stages are still to come.
    case running
    /// Every stage is done.
    case finished
    /// The run stopped before its end.
    case failed
  }
}
