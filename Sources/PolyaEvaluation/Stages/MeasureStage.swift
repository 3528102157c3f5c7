package import PolyaCore
package import PolyaPipeline
internal import PolyaRecords

/// The stage `measure`: measures how many heuristics the answers of each arm show, and how diverse they are.
package struct MeasureStage: Stage {
  private enum OutcomeFilter: String, CaseIterable { case right, any }

  private let from: [String]
  private let strategy: String
  /// The model whose embeddings give a second Vendi score; nil for none.
  private let embeddings: String?
  private let outcome: OutcomeFilter

  /// The name of the kind in the manifest.
  package static let kind = "measure"
  /// A sentence that describes the kind.
  package static let summary =
    "Measures how many heuristics the answers of other stages show, and how diverse they are."
  /// The keys of its settings.
  package static let settings: [any DeclaredSetting] = [Key.from, Key.strategy, Key.outcome, Key.embeddings]

  private enum Key {
    static let from = Setting.strings(
      "from", "The bootstrap, select, reinforce and evaluate stages whose answers are measured.")
    static let strategy = Setting.string(
      "strategy", "The strategy plugin that says which heuristics an answer shows.")
    static let outcome = Setting<OutcomeFilter>.choice(
      "outcome", "Which answers: 'right' ones, and those without an outcome, or 'any'."
    ).standard(.right).formerly("take")
    static let embeddings = Setting.string(
      "embeddings", "The plugin or stage whose model's hidden states give a second Vendi score."
    ).optional("no second score")
  }

  /// Reads the settings of the stage.
  package init(_ reader: ObjectReader) throws {
    from = try reader.read(Key.from)
    strategy = try reader.read(Key.strategy)
    embeddings = try reader.read(Key.embeddings)
    outcome = try reader.read(Key.outcome)
  }

  /// The names that the settings refer to.
  package var needs: StageNeeds {
    StageNeeds(strategies: [strategy], stages: from, models: embeddings.map { [$0] } ?? [])
  }

  /// Measures the answers and writes the results.
  package func run(_ context: StageContext) throws -> StageResult {
    let labeler = try context.roles.strategy(strategy)
    var arms: [String: Arm] = [:]
    var order: [String] = []
    for name in from {
      for file in try StoredAnswers.files(try context.stage(name).folder) {
        try context.observer.checkStop()
        let found = try StoredAnswers.read(file).filter { outcome == .any || $0.outcome ?? .right == .right }
        let labels = try labels(found, labeler, context)
        for (answer, labels) in zip(found, labels) {
          let arm = answer.model.map { "\(name): \($0)" } ?? name
          if arms[arm] == nil { order.append(arm) }
          arms[arm, default: Arm()].add(answer, labels)
        }
      }
      context.observer.progress(order.count, of: order.count, name)
    }
    guard !order.isEmpty else {
      throw PolyaError(
        .run, "there are no answers to measure", at: "stages.\(context.name)",
        hint: outcome == .right ? "set outcome: \"any\", or check the yield" : nil)
    }
    let embedder = try embeddings.map { try context.model($0).model }
    let rows = try order.map { try row($0, arms[$0] ?? Arm(), embedder) }
    context.observer.table { Self.table(rows) }
    try ResultsRecord(measures: rows).write(folder: context.folder)
    return StageResult(summary: ["arms": JSON(rows.count)])
  }

  private func labels(_ answers: [StoredAnswer], _ labeler: any Strategy, _ context: StageContext) throws
    -> [[String]]
  {
    let shown = answers.enumerated().map {
      ShownAnswer(id: UInt64($0), question: $1.question, heuristic: $1.heuristic, text: $1.text)
    }
    guard let labels = try labeler.labels(of: shown, seed: context.random.key) else {
      throw PolyaError(
        .configuration, "the strategy '\(strategy)' does not label answers",
        at: "stages.\(context.name).strategy",
        hint: "use a strategy with the function 'segment', such as polya.heuristics")
    }
    return try labels.map { try $0.get() }
  }

  private func row(_ name: String, _ arm: Arm, _ embedder: (any LanguageModel)?) throws -> MeasureRecord {
    let composition = arm.composition
    let rate = try WilsonInterval.estimate(successes: composition.composed, trials: composition.answers)
    var diversity = SetDiversity()
    for texts in arm.texts { diversity.add(texts) }
    let figures = Dictionary(diversity.figures.map { ($0.name, $0.mean) }) { first, _ in first }
    return MeasureRecord(
      arm: name, answers: composition.answers, labeled: composition.labeled, heuristics: composition.mean,
      composed: rate.value, low: rate.low, high: rate.high, words: arm.words, vendi: figures["vendi"],
      vendiByModel: try embedder.flatMap { try vendi(arm.texts, by: $0) }, distinct: figures["distinct_2"],
      selfBLEU: figures["self_bleu"])
  }

  /// Returns the mean Vendi score of the sets by a model's embeddings, or nil if there are no sets.
  private func vendi(_ sets: [[String]], by model: any LanguageModel) throws -> Double? {
    guard !sets.isEmpty else { return nil }
    var sum = 0.0
    for texts in sets {
      let tokens = try model.encode(texts)
      // A text that exceeds the model's context is truncated.
      let most = (model.info.contextLength ?? .max) - 1
      guard let vectors = try model.embed(tokens.map { Array($0.prefix(most)) }) else {
        throw PolyaError(
          .configuration, "the model '\(embeddings ?? "")' provides no embeddings",
          hint: "use another model, or remove 'embeddings'")
      }
      sum += Diversity.vendiScore(vectors)
    }
    return sum / Double(sets.count)
  }

  private static func table(_ rows: [MeasureRecord]) -> [[String]] {
    [["arm", "answers", "heuristics per answer", "composed", "vendi", "words"]]
      + rows.map { row in
        [
          row.arm, "\(row.answers)", row.heuristics.formatted(2), (100 * row.composed).formatted(1) + "%",
          row.vendi.map { $0.formatted(2) } ?? "-", row.words.formatted(0),
        ]
      }
  }
}
