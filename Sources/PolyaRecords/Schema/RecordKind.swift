internal import PolyaCore

/// Every kind of record that a run writes, with the version of its form.
///
/// A record says both in its first field: `"record":"candidate/2"`. A record without that field is of version 1. The
/// fields of each kind are in `SDK/docs/records.md`.
package enum RecordKind: String, Sendable, CaseIterable {
  /// One attempt at a task by a heuristic: ``CandidateRecord``.
  case candidate
  /// A prompt and its target: ``TrainingRecord``.
  case training
  /// A sample drawn for reinforcement learning: ``RolloutRecord``.
  case rollout
  /// How one model did on one question: ``EvaluationRecord``.
  case evaluation
  /// A candidate on which two verifiers differ: ``DisagreementRecord``.
  case disagreement
  /// Scores, comparisons and measures of a stage: ``ResultsRecord``.
  case results
  /// The stages and plugins of a run: ``RunRecord``.
  case run

  /// The version that is written. It grows when a field is renamed, removed or changes its meaning.
  package var version: Int {
    switch self {
    case .candidate, .rollout, .evaluation, .disagreement: 3
    case .results: 2
    case .training, .run: 1
    }
  }

  static let field = "record"

  /// The tag of a record of this kind.
  package var tag: String { Self.tags[self] ?? "" }

  private static let tags = Dictionary(
    uniqueKeysWithValues: allCases.map { ($0, "\($0.rawValue)/\($0.version)") })

  /// A record's form: its tag before its fields.
  func form(_ members: JSON.Members) -> JSON {
    .object(JSON.Members([(Self.field, .string(tag))] + members.pairs))
  }

  /// Checks the tag of a stored record.
  ///
  /// - Throws: `corrupt` for another kind or version.
  func check(_ json: JSON) throws {
    guard let tag = json[Self.field] else { return try check(version: 1) }
    if tag.string == self.tag { return }
    let parts = (tag.string ?? "").split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2, parts[0] == rawValue, let version = Int(parts[1]) else {
      throw PolyaError(.corrupt, "holds a record of the kind \(tag.shown), where '\(self.tag)' is expected")
    }
    try check(version: version)
  }

  private func check(version found: Int) throws {
    guard found <= version else {
      throw PolyaError(
        .corrupt, "holds a record of the form '\(rawValue)/\(found)', which a newer polya wrote",
        hint: "read it with that one")
    }
    guard found == version else {
      throw PolyaError(
        .corrupt, "holds a record of the form '\(rawValue)/\(found)', which an older polya wrote",
        hint: "delete the folder of its stage and run the manifest again")
    }
  }
}
