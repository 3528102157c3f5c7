internal import PolyaCore

/// Every kind of record that a run writes, with the version of its form.
///
/// A record says both in its first field: `"record":"candidate/2"`. A record without that field is of version 1. The
/// fields of each kind are in `SDK/docs/records.md`.
public enum RecordKind: String, Sendable, CaseIterable {
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
  public var version: Int {
    switch self {
    case .candidate, .rollout, .evaluation, .disagreement, .results: 2
    case .training, .run: 1
    }
  }

  /// The oldest version that is still read.
  var oldest: Int {
    switch self {
    case .candidate, .training, .run: 1
    case .rollout, .evaluation, .disagreement, .results: 2
    }
  }

  static let field = "record"

  /// What a record of this kind says of itself.
  public var tag: String { Self.tags[self] ?? "" }

  private static let tags = Dictionary(
    uniqueKeysWithValues: allCases.map { ($0, "\($0.rawValue)/\($0.version)") })

  /// A record's form: its tag before its fields.
  func form(_ members: JSON.Members) -> JSON {
    .object(JSON.Members([(Self.field, .string(tag))] + members.pairs))
  }

  /// The version of a stored record.
  ///
  /// - Throws: `corrupt` for another kind, or a version that is not read.
  func version(of json: JSON) throws -> Int {
    guard let tag = json[Self.field] else { return try readable(1) }
    if tag.string == self.tag { return version }
    let parts = (tag.string ?? "").split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2, parts[0] == rawValue, let version = Int(parts[1]) else {
      throw PolyaError(.corrupt, "holds a record of the kind \(tag.shown), where '\(self.tag)' is expected")
    }
    return try readable(version)
  }

  private func readable(_ found: Int) throws -> Int {
    guard found <= version else {
      throw PolyaError(
        .corrupt, "holds a record of the form '\(rawValue)/\(found)', which a newer polya wrote",
        cure: "read it with that one")
    }
    guard found >= oldest else {
      throw PolyaError(
        .corrupt, "holds a record of the form '\(rawValue)/\(found)', which an older polya wrote",
        cure: "delete the folder of its stage and run the manifest again")
    }
    return found
  }
}
