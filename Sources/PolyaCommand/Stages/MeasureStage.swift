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
  private let take: Take

  init(_ reader: ObjectReader) throws {
    from = try reader.required("from", reader.strings("from"))
    strategy = try reader.required("strategy", reader.string("strategy"))
    take = try reader.choice("take", Take.self) ?? .right
  }

  var needs: StageNeeds { StageNeeds(plugins: [strategy], stages: from) }

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
    let rows = try order.map { try row($0, arms[$0] ?? Arm()) }
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

  private func row(_ name: String, _ arm: Arm) throws -> JSON {
    let composition = arm.composition
    let rate = try WilsonInterval.estimate(successes: composition.composed, trials: composition.answers)
    var row: JSON.Members = [
      "arm": .string(name), "answers": JSON(composition.answers), "labelled": JSON(composition.labelled),
      "heuristics": JSON(composition.mean), "composed": JSON(rate.value), "low": JSON(rate.low),
      "high": JSON(rate.high), "words": JSON(arm.words),
    ]
    for (name, value) in arm.diversity.figures { row[name] = JSON(value) }
    return .object(row)
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
  private var current: (task: String, texts: [String]) = ("", [])
  private var sets = SetDiversity()
  private var wordCount = 0

  /// Answers to one task come together.
  mutating func add(_ answer: StoredAnswer, _ labels: [String]) {
    composition.add(labels)
    wordCount += answer.text.split(whereSeparator: \.isWhitespace).count
    if current.task != answer.task {
      sets.add(current.texts)
      current = (answer.task, [])
    }
    // The kernel grows with the square of the texts.
    if current.texts.count < 64 { current.texts.append(answer.text) }
  }

  var diversity: SetDiversity {
    var sets = sets
    sets.add(current.texts)
    return sets
  }

  var words: Double { Double(wordCount) / Double(max(1, composition.answers)) }
}
