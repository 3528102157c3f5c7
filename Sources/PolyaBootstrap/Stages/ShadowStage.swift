package import PolyaCore
package import PolyaPipeline
internal import PolyaRecords

/// The stage `shadow`: compares two verifiers on the candidates of a bootstrap and keeps those on which they
/// disagree.
package struct ShadowStage: Stage {
  private let from: [String]
  private let first: String
  private let second: String

  /// The name of the kind in the manifest.
  package static let kind = "shadow"
  /// A sentence that describes the kind.
  package static let summary =
    "Compares two verifiers on stored candidates and keeps those on which they disagree."
  /// The keys of its settings.
  package static let settings: [any DeclaredSetting] = [Key.from, Key.first, Key.second]

  private enum Key {
    static let from = Setting.strings("from", "The bootstrap stages whose candidates are verified again.")
    static let first = Setting.string("first", "A reward plugin.")
    static let second = Setting.string("second", "The reward plugin that it is compared with.")
  }

  /// Reads the settings of the stage.
  package init(_ reader: ObjectReader) throws {
    from = try reader.read(Key.from)
    first = try reader.read(Key.first)
    second = try reader.read(Key.second)
  }

  /// The names that the settings refer to.
  package var needs: StageNeeds { StageNeeds(rewards: [first, second], stages: from) }

  /// Writes the disagreements and reports the counts.
  package func run(_ context: StageContext) throws -> StageResult {
    var shadow = Shadow(
      try context.reward(first), try context.reward(second), seed: context.random.key)
    var writer = ShardWriter(folder: context.folder, name: "disagreements")
    let files = try from.flatMap { try Shards.files(in: context.stage($0).folder, name: "candidates") }
    var compared = 0
    for (number, file) in files.enumerated() {
      try context.observer.checkStop()
      let candidates = try Shards.read(file: file).map { try CandidateRecord($0) }
      compared += candidates.count { !$0.answer.isEmpty }
      for disagreement in try shadow.compare(candidates) {
        let record = DisagreementRecord(
          id: context.recordID(writer.count), candidate: disagreement.candidate, first: disagreement.first,
          second: disagreement.second)
        try writer.append(record.json)
      }
      context.observer.progress(number + 1, of: files.count, "\(writer.count) disagreements")
      let table = shadow.table
      context.observer.table { table }
    }
    try writer.flush()
    var summary: JSON.Members = ["compared": JSON(compared), "disagreements": JSON(writer.count)]
    for (outcome, row) in zip(Outcome.allCases, shadow.counts) {
      for other in Outcome.allCases where other != outcome {
        if let count = row[other] { summary["\(outcome.rawValue)_then_\(other.rawValue)"] = JSON(count) }
      }
    }
    return StageResult(summary: summary)
  }
}
