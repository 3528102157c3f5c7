internal import PolyaPipeline
internal import PolyaRecords

/// Answers of two compared models to the same questions, side by side: those on which they differ most.
struct BeforeAfterSection: RecordSection {
  /// A question with the records of both models.
  struct Pair {
    let tasks: String
    let before, after: EvaluationRecord

    /// How much more often the later model is right, -1...1.
    var change: Double { Self.share(after) - Self.share(before) }

    private static func share(_ record: EvaluationRecord) -> Double {
      Double(record.correct) / Double(max(record.scored, 1))
    }
  }

  static let title = "Before and after"

  let pairs: [Pair]

  /// The number of questions of each pair of models and task set.
  static let most = 12

  init(pairs: [Pair]) { self.pairs = pairs }

  init?(_ stage: FinishedStage) throws {
    guard let results = try ResultsRecord.read(folder: stage.folder), !results.comparisons.isEmpty,
      try !Shards.files(in: stage.folder, name: "results").isEmpty
    else { return nil }
    var records: [String: [String: EvaluationRecord]] = [:]
    try Shards.each(folder: stage.folder, name: "results") { json in
      let record = try EvaluationRecord(json)
      records["\(record.model)\u{0}\(record.tasks)", default: [:]][record.task] = record
    }
    // An arm of several training seeds is shown by its first.
    func model(_ name: String) -> String {
      results.scores.first { $0.model == name }?.seeds.first ?? name
    }
    var (pairs, done): ([Pair], Set<String>) = ([], [])
    for row in results.comparisons {
      guard done.insert("\(row.first)\u{0}\(row.second)\u{0}\(row.tasks)").inserted else { continue }
      let after = records["\(model(row.first))\u{0}\(row.tasks)"] ?? [:]
      let before = records["\(model(row.second))\u{0}\(row.tasks)"] ?? [:]
      pairs += Self.choose(
        before.keys.sorted().compactMap { task in
          before[task].flatMap { before in
            after[task].map { Pair(tasks: row.tasks, before: before, after: $0) }
          }
        })
    }
    guard !pairs.isEmpty else { return nil }
    self.init(pairs: pairs)
  }

  /// Returns the questions with the largest changes, half of them losses if there are as many.
  static func choose(_ all: [Pair]) -> [Pair] {
    let told = all.filter { !$0.before.examples.isEmpty && !$0.after.examples.isEmpty }
    let sorted = told.enumerated().sorted {
      ($0.element.change, $0.offset) < ($1.element.change, $1.offset)
    }.map(\.element)
    let losses = sorted.filter { $0.change < 0 }.prefix(most / 2)
    return losses + sorted.dropFirst(losses.count).suffix(most - losses.count).reversed()
  }

  static func html(_ parts: [BeforeAfterSection]) -> HTML {
    let pairs = parts.flatMap(\.pairs)
    guard !pairs.isEmpty else { return .empty }
    return """
      <section id="before-after"><h2>\(title)</h2>
      <p class="lead">The first answers of compared models to the questions on which they differ most, losses first.</p>
      \(pairs.map(row))</section>

      """
  }

  private static func row(_ pair: Pair) -> HTML {
    let change = NumberText.signed(NumberText.percent(pair.change, 0))
    return """
      <details class="pair"><summary><b>\(pair.before.task)</b><span class="n">\(change) points</span>\
      <span>\(pair.tasks)</span>\
      <span class="ask">\(pair.after.prompt.shortened(to: 120))</span></summary>
      <details class="prompt"><summary>prompt</summary><pre>\(Excerpt.html(pair.after.prompt))</pre></details>
      <div class="sides">\(side(pair.before))\(side(pair.after))</div></details>

      """
  }

  private static func side(_ record: EvaluationRecord) -> HTML {
    let answers = record.examples.map { example -> HTML in
      """
      <article class="\(OutcomeMark.style(example.verdict.outcome))"><span class="verdict \
      \(OutcomeMark.style(example.verdict.outcome))">\(OutcomeMark.sign(example.verdict.outcome)) \
      \(OutcomeMark.word(example.verdict.outcome))</span><pre>\(Excerpt.html(example.text))</pre></article>
      """
    }
    return """
      <div><h4>\(record.model): \(NumberText.count(record.correct)) of \(NumberText.count(record.scored)) right</h4>\
      \(answers)</div>
      """
  }
}
