public import PolyaCore
public import PolyaPipeline
internal import PolyaRecords

/// `select`: n variants per question out of stored candidates.
public struct SelectStage: Stage {
  private let from: [String]
  private let selection: Selection

  /// Reads the settings of the stage.
  public init(_ reader: ObjectReader) throws {
    from = try reader.required("from", reader.strings("from"))
    let variants = try reader.required("variants", reader.integer("variants", in: 1...100_000))
    let questions = try reader.integer("questions", in: 1...Int(Int32.max))
    // A fixed number of examples is spent on many questions or on many variants of each.
    let budget = try reader.integer("budget", in: 1...Int(Int32.max))
    guard questions == nil || budget == nil else {
      throw PolyaError(
        .configuration, "stands beside 'questions'", at: reader.place("budget"),
        cure: "give one: a budget is questions times variants")
    }
    guard budget.map({ $0 >= variants }) ?? true else {
      throw PolyaError(
        .configuration, "is less than the variants of one question", at: reader.place("budget"),
        cure: "give at least \(variants)")
    }
    selection = Selection(
      variants: variants, take: try reader.choice("take", Selection.Take.self) ?? .verified,
      whenShort: try reader.choice("when-short", Selection.WhenShort.self) ?? .keep,
      questions: questions ?? budget.map { $0 / variants }, heuristics: try reader.strings("heuristics"),
      strategies: try reader.strings("strategies"), duplicates: try Self.duplicates(reader),
      prefer: try reader.choice("prefer", Selection.Preference.self) ?? .adherence)
  }

  private enum DuplicateWord: String, CaseIterable { case exact, near, keep }

  private static func duplicates(_ reader: ObjectReader) throws -> Selection.Duplicates {
    let word = try reader.choice("duplicates", DuplicateWord.self) ?? .exact
    let similarity = try reader.real("similarity", in: 0.1...1)
    guard word == .near || similarity == nil else {
      throw PolyaError(
        .configuration, "counts for near-duplicates only", at: reader.place("similarity"),
        cure: "write duplicates: \"near\"")
    }
    switch word {
    case .exact: return .exact
    case .near: return .near(similarity ?? 0.8)
    case .keep: return .keep
    }
  }

  /// What the settings name.
  public var needs: StageNeeds { StageNeeds(stages: from) }

  /// Does the work of the stage.
  public func run(_ context: StageContext) throws -> StageResult {
    var counts = Selection.Counts()
    var diversity = SetDiversity()
    var writer = ShardWriter(folder: context.folder, name: "training")
    var kept: [String: Int] = [:]
    var (seen, questions) = (0, 0)
    let files = try from.map { try Shards.files(in: context.stage($0).folder, name: "candidates") }
    try TaskGroups(files).each { group in
      seen += group.count
      let chosen = selection.variants(of: group, random: context.random, counting: &counts)
      for candidate in chosen {
        let record = TrainingRecord(candidate, id: context.recordID(writer.count), frame: context.frame)
        try writer.append(record.json)
        kept[candidate.heuristic, default: 0] += 1
      }
      questions += chosen.isEmpty ? 0 : 1
      diversity.add(chosen.map(\.answer))
      return questions < selection.questions ?? .max
    }
    guard writer.count > 0 else {
      throw PolyaError(
        .run, "none of \(seen) candidates can be selected", at: "stages.\(context.name)",
        cure: "look at the yield per heuristic in the report")
    }
    try writer.flush()
    var summary: JSON.Members = [
      "variants": JSON(writer.count), "questions": JSON(questions),
      "mean_variants": JSON(Double(writer.count) / Double(questions)), "short_questions": JSON(counts.short),
      "exact_duplicates": JSON(counts.exact), "near_duplicates": JSON(counts.near),
    ]
    for (name, value) in diversity.figures { summary[name] = JSON(value) }
    summary["by_heuristic"] = .object(JSON.Members(kept.keys.sorted().map { ($0, JSON(kept[$0] ?? 0)) }))
    return StageResult(summary: summary)
  }
}
