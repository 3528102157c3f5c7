internal import PolyaBootstrap
internal import PolyaCore
internal import PolyaPipeline
internal import PolyaRecords

/// `select`: n variants per question out of stored candidates.
struct SelectStage: Stage {
  private let from: [String]
  private let selection: Selection

  init(_ reader: ObjectReader) throws {
    from = try reader.required("from", reader.strings("from"))
    selection = Selection(
      variants: try reader.required("variants", reader.integer("variants", in: 1...100_000)),
      take: try reader.choice("take", Selection.Take.self) ?? .verified,
      whenShort: try reader.choice("when-short", Selection.WhenShort.self) ?? .keep,
      questions: try reader.integer("questions", in: 1...Int(Int32.max)),
      heuristics: try reader.strings("heuristics"))
  }

  var needs: StageNeeds { StageNeeds(stages: from) }

  func run(_ context: StageContext) throws -> StageResult {
    let candidates = try from.flatMap { name in
      try Shards.read(folder: try context.stage(name).folder, name: "candidates").map {
        try CandidateRecord($0)
      }
    }
    let chosen = selection.choose(from: candidates, random: context.random)
    guard !chosen.isEmpty else {
      throw PolyaError(
        .run, "none of \(candidates.count) candidates can be selected", at: "stages.\(context.name)",
        cure: "look at the yield per heuristic in the report")
    }
    var writer = ShardWriter(folder: context.folder, name: "training")
    for (number, candidate) in chosen.enumerated() {
      try writer.append(TrainingRecord(candidate, id: context.recordID(number), frame: context.frame).json)
    }
    try writer.flush()
    let questions = Set(chosen.map(\.task.key)).count
    var summary: JSON.Members = [
      "variants": JSON(chosen.count), "questions": JSON(questions),
      "mean_variants": JSON(Double(chosen.count) / Double(questions)),
    ]
    var kept: [String: Int] = [:]
    for candidate in chosen { kept[candidate.heuristic, default: 0] += 1 }
    summary["by_heuristic"] = .object(JSON.Members(kept.keys.sorted().map { ($0, JSON(kept[$0] ?? 0)) }))
    return StageResult(summary: summary)
  }
}
