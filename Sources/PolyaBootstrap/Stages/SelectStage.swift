package import PolyaCore
package import PolyaPipeline
internal import PolyaRecords

/// The stage `select`: chooses n variants per question from stored candidates.
package struct SelectStage: Stage {
  private let from: [String]
  private let selection: Selection

  /// The name of the kind in the manifest.
  package static let kind = "select"
  /// A sentence that describes the kind.
  package static let summary = "Chooses variants of each question from stored candidates, for training."
  /// The keys of its settings.
  package static let settings: [any DeclaredSetting] = [
    Key.from, Key.variants, Key.outcome, Key.whenShort, Key.questions, Key.budget, Key.heuristics,
    Key.strategies, Key.duplicates, Key.similarity, Key.prefer, Key.truncated,
  ]

  private enum Key {
    static let from = Setting.strings("from", "The bootstrap stages whose candidates are chosen from.")
    static let variants = Setting.integer("variants", in: 1...100_000, "The most variants of each question.")
    static let outcome = Setting<Selection.OutcomeFilter>.choice(
      "outcome", "Which candidates; 'wrong' is the ablation that must not help."
    ).standard(.right).formerly("take")
    static let whenShort = Setting<Selection.WhenShort>.choice(
      "when-short",
      "With fewer heuristics than variants: 'keep' uses one candidate of each, 'backfill' adds further ones, 'drop' leaves the question out."
    ).standard(.keep)
    static let questions = Setting.integer(
      "questions", in: 1...Int(Int32.max), "The most questions."
    ).optional("all")
    static let budget = Setting.integer(
      "budget", in: 1...Int(Int32.max),
      "The most examples, in place of 'questions': questions times variants."
    ).optional("unlimited")
    static let heuristics = Setting.strings("heuristics", "Only these heuristics.").optional("all")
    static let strategies = Setting.strings(
      "strategies", "Only candidates of these strategies, by plugin id."
    ).optional("all")
    static let duplicates = Setting<DuplicateFilter>.choice(
      "duplicates",
      "Which copies of a question's candidates are left out: 'exact' ones, 'near' ones too, or none ('keep')."
    ).standard(.exact)
    static let similarity = Setting.real(
      "similarity", in: 0.1...1,
      "With duplicates 'near': the share of word triples from which two texts are copies."
    ).optional("0.8")
    static let prefer = Setting<Selection.Preference>.choice(
      "prefer",
      "What comes first: the best of each heuristic ('adherence') or what is most unlike the chosen ('diversity')."
    ).standard(.adherence)
    static let truncated = Setting<Selection.Truncated>.choice(
      "truncated",
      "Answers that the limit on tokens ended: 'drop' leaves them out, 'keep' treats them like any other."
    ).standard(.drop)
  }

  /// Reads the settings of the stage.
  package init(_ reader: ObjectReader) throws {
    from = try reader.read(Key.from)
    let variants = try reader.read(Key.variants)
    let questions = try reader.read(Key.questions)
    // A budget is a number of examples, spent on many questions or on many variants of each.
    let budget = try reader.read(Key.budget)
    guard questions == nil || budget == nil else {
      throw PolyaError(
        .configuration, "conflicts with 'questions'", at: reader.place("budget"),
        hint: "keep one of them: the budget is questions times variants")
    }
    guard budget.map({ $0 >= variants }) ?? true else {
      throw PolyaError(
        .configuration, "is smaller than 'variants'", at: reader.place("budget"),
        hint: "use at least \(variants)")
    }
    selection = Selection(
      variants: variants, outcome: try reader.read(Key.outcome), whenShort: try reader.read(Key.whenShort),
      questions: questions ?? budget.map { $0 / variants }, heuristics: try reader.read(Key.heuristics),
      strategies: try reader.read(Key.strategies), duplicates: try Self.duplicates(reader),
      prefer: try reader.read(Key.prefer), truncated: try reader.read(Key.truncated))
  }

  private enum DuplicateFilter: String, CaseIterable { case exact, near, keep }

  private static func duplicates(_ reader: ObjectReader) throws -> Selection.Duplicates {
    let word = try reader.read(Key.duplicates)
    let similarity = try reader.read(Key.similarity)
    guard word == .near || similarity == nil else {
      throw PolyaError(
        .configuration, "applies only to near-duplicates", at: reader.place("similarity"),
        hint: "set duplicates: \"near\"")
    }
    switch word {
    case .exact: return .exact
    case .near: return .near(similarity ?? 0.8)
    case .keep: return .keep
    }
  }

  /// The names that the settings refer to.
  package var needs: StageNeeds { StageNeeds(stages: from, template: [.prompt, .target]) }

  /// Writes the selected variants as training examples.
  package func run(_ context: StageContext) throws -> StageResult {
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
        let record = TrainingRecord(candidate, id: context.recordID(writer.count), template: context.template)
        try writer.append(record.json)
        kept[candidate.heuristic, default: 0] += 1
      }
      questions += chosen.isEmpty ? 0 : 1
      diversity.add(chosen.map(\.answer))
      return questions < selection.questions ?? .max
    }
    guard writer.count > 0 else {
      throw PolyaError(
        .run,
        "none of \(seen) candidates can be selected"
          + (counts.truncated > 0 ? ": \(counts.truncated) that match are truncated" : ""),
        at: "stages.\(context.name)",
        hint: counts.truncated > 0
          ? "raise max-tokens of the stage that sampled them, or set truncated: \"keep\""
          : "check the yield per heuristic in the report")
    }
    try writer.flush()
    var summary: JSON.Members = [
      "variants": JSON(writer.count), "questions": JSON(questions),
      "mean_variants": JSON(Double(writer.count) / Double(questions)), "short_questions": JSON(counts.short),
      "exact_duplicates": JSON(counts.exact), "near_duplicates": JSON(counts.near),
      "truncated": JSON(counts.truncated),
    ]
    for (name, value) in diversity.figures { summary[name] = JSON(value) }
    summary["by_heuristic"] = .object(JSON.Members(kept.keys.sorted().map { ($0, JSON(kept[$0] ?? 0)) }))
    return StageResult(summary: summary)
  }
}
