internal import PolyaBootstrap
internal import PolyaCore
internal import PolyaPipeline
internal import PolyaRecords

/// `shadow`: two verifiers over the candidates of a bootstrap; keeps those on which they differ.
struct ShadowStage: Stage {
  private let from: [String]
  private let first: String
  private let second: String

  init(_ reader: ObjectReader) throws {
    from = try reader.required("from", reader.strings("from"))
    first = try reader.required("first", reader.string("first"))
    second = try reader.required("second", reader.string("second"))
  }

  var needs: StageNeeds { StageNeeds(plugins: [first, second], stages: from) }

  func run(_ context: StageContext) throws -> StageResult {
    var shadow = Shadow(
      try context.roles.reward(first), try context.roles.reward(second), seed: context.random.key)
    var writer = ShardWriter(folder: context.folder, name: "disagreements")
    let files = try from.flatMap { try Shards.files(in: context.stage($0).folder, name: "candidates") }
    var compared = 0
    for (number, file) in files.enumerated() {
      try context.observer.checkStop()
      let candidates = try Shards.read(file: file).map { try CandidateRecord($0) }
      compared += candidates.count { !$0.answer.isEmpty }
      for disagreement in try shadow.compare(candidates) {
        try writer.append(json(disagreement, id: context.recordID(writer.count)))
      }
      context.observer.progress(number + 1, of: files.count, "\(writer.count) disagreements")
      let table = shadow.table
      context.observer.table { table }
    }
    try writer.flush()
    var summary: JSON.Members = ["compared": JSON(compared), "disagreements": JSON(writer.count)]
    for (outcome, row) in zip(CandidateRecord.Outcome.allCases, shadow.counts) {
      for other in CandidateRecord.Outcome.allCases where other != outcome {
        if let count = row[other] { summary["\(outcome.rawValue)_then_\(other.rawValue)"] = JSON(count) }
      }
    }
    return StageResult(summary: summary)
  }

  private func json(_ disagreement: Shadow.Disagreement, id: String) -> JSON {
    let candidate = disagreement.candidate
    return [
      "id": .string(id), "parents": [.string(candidate.id)], "question": .string(candidate.task.question),
      "reference": .string(candidate.task.reference), "answer": .string(candidate.answer),
      "first": .string(disagreement.first.rawValue), "first_reason": .string(disagreement.firstReason),
      "second": .string(disagreement.second.rawValue), "second_reason": .string(disagreement.secondReason),
    ]
  }
}
