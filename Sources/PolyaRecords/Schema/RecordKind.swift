internal import PolyaCore

/// The kinds of records that a run writes, each with the version of its form.
///
/// The first field of a record states both: `"record":"candidate/4"`. A record without that field has version
/// 1. `SDK/docs/records.md` lists the fields of each kind.
package enum RecordKind: String, Sendable, CaseIterable {
  /// One attempt at a task by a heuristic: ``CandidateRecord``.
  case candidate
  /// A prompt and its target: ``TrainingRecord``.
  case training
  /// A sample drawn for reinforcement learning: ``RolloutRecord``.
  case rollout
  /// The result of one model on one question: ``EvaluationRecord``.
  case evaluation
  /// A candidate about which two verifiers disagree: ``DisagreementRecord``.
  case disagreement
  /// The scores, comparisons, and measures of a stage: ``ResultsRecord``.
  case results
  /// The stages and plugins of a run: ``RunRecord``.
  case run

  /// The version that is written. It is incremented when a field is renamed, removed, or changes its meaning.
  package var version: Int {
    switch self {
    case .candidate, .rollout, .evaluation: 4
    case .disagreement, .results: 3
    case .training, .run: 1
    }
  }

  static let field = "record"

  /// The tag of a record of this kind, such as "candidate/4".
  package var tag: String { Self.tags[self] ?? "" }

  private static let tags = Dictionary(
    uniqueKeysWithValues: allCases.map { ($0, "\($0.rawValue)/\($0.version)") })

  /// Returns the record: the tag followed by the fields.
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
      throw PolyaError(.corrupt, "contains a record of the kind \(tag.shown) instead of '\(self.tag)'")
    }
    try check(version: version)
  }

  private func check(version found: Int) throws {
    guard found <= version else {
      throw PolyaError(
        .corrupt, "contains a record of the form '\(rawValue)/\(found)', which a newer polya wrote",
        hint: "read it with that version")
    }
    guard found == version else {
      throw PolyaError(
        .corrupt, "contains a record of the form '\(rawValue)/\(found)', which an older polya wrote",
        hint: "delete the folder of its stage and run the manifest again")
    }
  }
}
