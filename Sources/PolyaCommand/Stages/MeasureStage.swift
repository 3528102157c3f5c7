internal import PolyaBootstrap
internal import PolyaCore
internal import PolyaEvaluation
internal import PolyaPipeline
internal import PolyaRecords

/// `measure`: how many heuristics answers show, and how different they are, arm by arm.
struct MeasureStage: Stage {
  private enum Take: String, CaseIterable { case right, all }

  private let from: [String]
  private let strategy: String
  /// A model whose embeddings give a second Vendi score; nil: none.
  private let embeddings: String?
  private let take: Take

  init(_ reader: ObjectReader) throws {
    from = try reader.required("from", reader.strings("from"))
    strategy = try reader.required("strategy", reader.string("strategy"))
    embeddings = try reader.string("embeddings")
    take = try reader.choice("take", Take.self) ?? .right
  }

  var needs: StageNeeds {
    StageNeeds(plugins: [strategy], stages: from, models: embeddings.map { [$0] } ?? [])
  }

  func run(_ context: StageContext) throws -> StageResult {
    let labeller = try context.roles.strategy(strategy)
    var arms: [String: Arm] = [:]
    var order: [String] = []
    for name in from {
      for file in try StoredAnswers.files(try context.stage(name).folder) {
        try context.observer.checkStop()
        let found = try StoredAnswers.read(file).filter { take == .all || $0.isRight != false }
        let labels = try labels(found, labeller, context)
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
        .run, "no answers to measure", at: "stages.\(context.name)",
        cure: take == .right ? "write take: \"all\", or look at the yield" : nil)
    }
    let embedder = try embeddings.map { try context.model($0).model }
    let rows = try order.map { try row($0, arms[$0] ?? Arm(), embedder) }
    context.observer.table { Self.table(rows) }
    return StageResult(summary: ["arms": JSON(rows.count), "measures": .array(rows)])
  }

  private func labels(_ answers: [StoredAnswer], _ labeller: any Strategy, _ context: StageContext) throws
    -> [[String]]
  {
    let shown = answers.enumerated().map {
      ShownAnswer(id: UInt64($0), question: $1.question, heuristic: $1.heuristic, text: $1.text)
    }
    guard let labels = try labeller.labels(of: shown, seed: context.random.key) else {
      throw PolyaError(
        .configuration, "the strategy '\(strategy)' labels no answers", at: "stages.\(context.name).strategy",
        cure: "name one that has 'segment': polya.heuristics")
    }
    return try labels.map { try $0.get() }
  }

  private func row(_ name: String, _ arm: Arm, _ embedder: (any LanguageModel)?) throws -> JSON {
    let composition = arm.composition
    let rate = try WilsonInterval.estimate(successes: composition.composed, trials: composition.answers)
    var row: JSON.Members = [
      "arm": .string(name), "answers": JSON(composition.answers), "labelled": JSON(composition.labelled),
      "heuristics": JSON(composition.mean), "composed": JSON(rate.value), "low": JSON(rate.low),
      "high": JSON(rate.high), "words": JSON(arm.words),
    ]
    var diversity = SetDiversity()
    for texts in arm.texts { diversity.add(texts) }
    for (name, value) in diversity.figures { row[name] = JSON(value) }
    if let embedder, let vendi = try vendi(arm.texts, by: embedder) { row["vendi_embeddings"] = JSON(vendi) }
    return .object(row)
  }

  /// The mean Vendi score of the sets by a model's embeddings; nil without a set.
  private func vendi(_ sets: [[String]], by model: any LanguageModel) throws -> Double? {
    guard !sets.isEmpty else { return nil }
    var sum = 0.0
    for texts in sets {
      let tokens = try model.encode(texts)
      // A text that is longer than the model's context counts by its beginning.
      let most = (model.info.contextLength ?? .max) - 1
      guard let vectors = try model.embed(tokens.map { Array($0.prefix(most)) }) else {
        throw PolyaError(
          .configuration, "the model '\(embeddings ?? "")' gives no embeddings",
          cure: "name another one, or leave 'embeddings' out")
      }
      sum += Diversity.vendiScore(vectors)
    }
    return sum / Double(sets.count)
  }

  private static func table(_ rows: [JSON]) -> [[String]] {
    [["arm", "answers", "heuristics each", "composed", "vendi", "words"]]
      + rows.map { row in
        func number(_ key: String, _ digits: Int, times factor: Double = 1) -> String {
          row[key]?.real.map { (factor * $0).formatted(digits) } ?? "-"
        }
        return [
          row["arm"]?.string ?? "", number("answers", 0), number("heuristics", 2),
          number("composed", 1, times: 100) + "%", number("vendi", 2), number("words", 0),
        ]
      }
  }
}

/// What is known of the answers of one arm.
private struct Arm {
  var composition = Composition()
  private var sets: [[String]] = []
  private var task: String?
  private var isFull = false
  private var wordCount = 0

  /// Enough for a mean: questions that are compared within themselves, and answers of one of them, whose kernel grows
  /// with their square.
  private static let (mostSets, mostTexts) = (500, 64)

  /// Answers to one task come together.
  mutating func add(_ answer: StoredAnswer, _ labels: [String]) {
    composition.add(labels)
    wordCount += answer.text.split(whereSeparator: \.isWhitespace).count
    guard task == answer.task else {
      task = answer.task
      if sets.last?.count == 1 { sets.removeLast() }
      if sets.count < Self.mostSets {
        sets.append([answer.text])
      } else {
        isFull = true
      }
      return
    }
    if !isFull, let last = sets.last, last.count < Self.mostTexts { sets[sets.count - 1].append(answer.text) }
  }

  /// Of the first tasks with several answers.
  var texts: [[String]] { sets.filter { $0.count > 1 } }

  var words: Double { Double(wordCount) / Double(max(1, composition.answers)) }
}
