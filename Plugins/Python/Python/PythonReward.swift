public import PolyaKit

/// A reward written in Python: the function of a file or module, run in interpreters of its own.
public final class PythonReward: BatchReward {
  /// As manifests name it.
  public static let id = "polya.python-reward"
  /// For lists.
  public static let title = "Reward in Python"
  /// One sentence.
  public static let summary =
    "Runs your Python reward function, as TRL, verifiers and reasoning-gym call theirs."
  /// The pool serves one call at a time; it works in parallel by itself.
  public static let concurrency = Concurrency.serialInstance
  /// What a manifest may set.
  public static let options =
    PythonSettings.options + [
      Option(
        "style",
        .choice([
          (
            value: "trl",
            help: "reward(prompts, completions, **columns) gives a list of numbers; None abstains"
          ), (value: "score-answer", help: "score_answer(answer, entry) gives a number"),
        ]), default: "\"trl\"", help: "How the function is called."),
      Option("function", .text, help: "Its name; by default 'reward' or 'score_answer'."),
      Option(
        "conversational", .bool, default: "false",
        help: "Prompts and completions are lists of messages, as TRL passes them for chats."),
      Option("range-low", .real(), default: "0", help: "The lowest score that counts as one."),
      Option("range-high", .real(), default: "1", help: "The highest."),
      Option("batch", .integer(1...65536), default: "256", help: "Rows in one call of the function."),
    ]

  /// Scores outside are failures of their row.
  public let range: ClosedRange<Double>
  private let batch: Int
  private let workers: Int
  private let pool: PythonPool

  /// Starts the first interpreter and loads the code.
  public init(options: OptionValues, call: Call) throws {
    var settings = try PythonSettings(options, kind: "reward")
    settings.load["style"] = .text(options.text("style") ?? "trl")
    settings.load["function"] = options.text("function").map { .text($0) } ?? .null
    settings.load["conversational"] = .bool(options.bool("conversational") ?? false)
    let (low, high) = (options.real("range-low") ?? 0, options.real("range-high") ?? 1)
    guard low < high else {
      throw Failure(.badOption, "range-low (\(low)) must be below range-high (\(high))")
    }
    range = low...high
    batch = options.integer("batch") ?? 256
    workers = settings.workers
    pool = try PythonPool(settings, call)
  }

  /// One outcome per item. A batch that kills its interpreter or takes too long is asked again item by item: that
  /// costs one more deadline for each guilty item, halving would cost many.
  public func score(_ items: [RewardItem], _ call: Call) throws -> [Result<Verdict, Failure>] {
    let size = max(1, min(batch, (items.count + workers - 1) / workers))
    var pending = stride(from: 0, to: items.count, by: size).map {
      Array($0..<min($0 + size, items.count))
    }
    var outcomes: [Result<Verdict, Failure>?] = items.map { _ in nil }
    while !pending.isEmpty {
      let answers = try pool.answers(to: pending.map { request(for: $0.map { items[$0] }) }, call)
      var single: [[Int]] = []
      for (rows, answer) in zip(pending, answers) {
        switch answer {
        case .success(let value):
          for (row, outcome) in zip(rows, self.outcomes(value, count: rows.count)) { outcomes[row] = outcome }
        case .failure(let failure) where rows.count == 1: outcomes[rows[0]] = .failure(failure)
        case .failure: single += rows.map { [$0] }
        }
      }
      pending = single
    }
    return outcomes.compactMap { $0 }
  }

  private func request(for items: [RewardItem]) -> Value {
    let rows = items.map { item in
      Value.map([
        "id": .integer(Int64(bitPattern: item.id)), "question": .text(item.question),
        "completion": .text(item.completion), "reference": .text(item.reference),
        "kind": .text(item.referenceKind), "meta": .text(item.metaJSON),
      ])
    }
    return .map(["rows": .list(rows)])
  }

  private func outcomes(_ answer: Value, count: Int) -> [Result<Verdict, Failure>] {
    guard let rows = answer.list, rows.count == count else {
      return Array(
        repeating: .failure(Failure(.internal, "the bridge gives another number of rows")), count: count)
    }
    return rows.map(outcome)
  }

  private func outcome(_ row: Value) -> Result<Verdict, Failure> {
    if let error = row["error"].text { return .failure(Failure(.internal, error)) }
    let notes = row["notes"].texts.map { Note("python", $0) }
    guard let score = row["score"].real else { return .success(.abstain(notes: notes)) }
    guard range.contains(score) else {
      let bounds = "\(range.lowerBound)...\(range.upperBound)"
      return .failure(
        Failure(.internal, "the score \(score) is outside \(bounds): set range-low and range-high"))
    }
    let extracted = row["extracted"].text.map { Verdict.Extract.text($0) } ?? Verdict.Extract.none
    return .success(.scored(Verdict.Score(score, extracted: extracted, notes: notes)))
  }
}
