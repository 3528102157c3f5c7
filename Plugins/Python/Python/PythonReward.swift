public import PolyaKit

/// A reward written in Python: the function of a file or module, run in interpreters of its own.
public final class PythonReward: BatchReward {
  /// As manifests name it.
  public static let id = "polya.python-reward"
  /// For lists.
  public static let title = "Reward in Python"
  /// One sentence.
  public static let summary =
    "Runs your Python reward function, called the way TRL or reasoning-gym calls it."
  /// Whole groups and the network are for those who set the options of these names.
  public static let traits: Traits = [.ownProcess, .network, .wholeGroups]
  /// What a manifest may set.
  public static let options =
    PythonSettings.options + [
      Option(
        "style",
        .choice([
          (
            value: "trl",
            help: "reward(prompts, completions, **columns) returns a list of numbers; None abstains"
          ), (value: "score-answer", help: "score_answer(answer, entry) returns a number"),
        ]), default: "\"trl\"", help: "How the function is called."),
      Option(
        "function", .text, help: "The function's name; by default 'reward', or 'score_answer' for that style."
      ),
      Option(
        "conversational", .bool, default: "false",
        help: "Passes prompts and completions as lists of messages, as TRL does for chats."),
      Option(
        "whole-groups", .bool, default: "false",
        help: "Passes all answers to a question in one call, for scores that compare them."),
      Option(
        "reference-name", .text,
        help: "An additional name under which the function gets the task's reference."),
      Option(
        "components", .text, list: true,
        help: "Names of the parts of a score, which the function returns in a dictionary 'components'."),
      Option(
        "range-low", .real(), default: "0",
        help: "The lowest allowed score; a score outside the range fails its row."),
      Option("range-high", .real(), default: "1", help: "The highest allowed score."),
      Option(
        "batch", .integer(1...65536), default: "256",
        help: "Maximum number of rows in one call of the function; a larger group is still one call."),
    ]

  /// Scores outside are failures of their row.
  public let range: ClosedRange<Double>
  /// As the option names them.
  public let components: [Component]
  private let batch: Int
  private let wholeGroups: Bool
  private let workers: Int
  private let pool: PythonPool

  /// Starts the first interpreter and loads the code.
  public init(options: OptionValues, call: Call) throws {
    var settings = try PythonSettings(options, kind: "reward")
    let names = options.texts("components")
    guard Set(names).count == names.count else {
      throw Failure(.badOption, "'components' names a component twice: \(names.joined(separator: ", "))")
    }
    wholeGroups = options.bool("whole-groups") ?? false
    settings.load["style"] = .text(options.text("style") ?? "trl")
    settings.load["function"] = options.text("function").map { .text($0) } ?? .null
    settings.load["conversational"] = .bool(options.bool("conversational") ?? false)
    settings.load["whole_groups"] = .bool(wholeGroups)
    settings.load["reference_name"] = options.text("reference-name").map { .text($0) } ?? .null
    settings.load["components"] = .list(names.map { .text($0) })
    let (low, high) = (options.real("range-low") ?? 0, options.real("range-high") ?? 1)
    guard low < high else {
      throw Failure(.badOption, "range-low (\(low)) must be below range-high (\(high))")
    }
    range = low...high
    components = names.map {
      Component($0, -.greatestFiniteMagnitude...(.greatestFiniteMagnitude), help: "A part of the score.")
    }
    batch = options.integer("batch") ?? 256
    workers = settings.workers
    pool = try PythonPool(settings, call)
    guard wholeGroups || pool.description["whole_groups"] != .bool(true) else {
      throw Failure(
        .badOption, "the function of \(settings.name) has whole_groups = True; set whole-groups to true")
    }
  }

  /// One outcome per item.
  public func score(_ items: [RewardItem], _ call: Call) throws -> [Result<Verdict, Failure>] {
    var outcomes: [Result<Verdict, Failure>?] = items.map { _ in nil }
    try score(items, call) { outcomes[$0] = $1 }
    return outcomes.compactMap { $0 }
  }

  /// One outcome per item, as soon as it is known. A call that kills its interpreter or takes too long is asked again
  /// item by item, or group by group: that costs one more deadline for each guilty one, halving would cost many.
  public func score(
    _ items: [RewardItem], _ call: Call, known: (Int, Result<Verdict, Failure>) throws -> Void
  ) throws {
    let units = wholeGroups ? Self.groups(of: items) : items.indices.map { [$0] }
    var pending = pool.hurry == nil ? packed(units, rows: items.count) : units.map { [$0] }
    while !pending.isEmpty {
      var apart: [[[Int]]] = []
      let asked = pending
      try pool.answer(asked.map { request(for: $0, items) }, call) { index, answer in
        let rows = asked[index].flatMap { $0 }
        switch answer {
        case .success(let value):
          for (row, outcome) in zip(rows, outcomes(value, count: rows.count)) { try known(row, outcome) }
        case .failure(let failure) where asked[index].count == 1:
          for row in rows { try known(row, .failure(failure)) }
        case .failure: apart += asked[index].map { [$0] }
        }
      }
      pending = apart
    }
  }

  /// The items of each group, in the order in which the groups begin.
  private static func groups(of items: [RewardItem]) -> [[Int]] {
    var places: [UInt64: Int] = [:]
    var groups: [[Int]] = []
    for (index, item) in items.enumerated() {
      let place = places[item.groupID, default: groups.count]
      if place == groups.count {
        places[item.groupID] = place
        groups.append([])
      }
      groups[place].append(index)
    }
    return groups
  }

  /// Units in calls of at most `batch` rows, so many that all workers have one.
  private func packed(_ units: [[Int]], rows: Int) -> [[[Int]]] {
    let size = max(1, min(batch, (rows + workers - 1) / workers))
    var calls: [[[Int]]] = []
    var count = 0
    for unit in units {
      if calls.isEmpty || count + unit.count > size {
        calls.append([])
        count = 0
      }
      calls[calls.count - 1].append(unit)
      count += unit.count
    }
    return calls
  }

  private func request(for units: [[Int]], _ items: [RewardItem]) -> Value {
    let asked = pool.description["asked"].texts
    let rows = units.joined().map { index in
      let item = items[index]
      var row: [String: Value] = [
        "id": .integer(Int64(bitPattern: item.id)), "group": .integer(Int64(bitPattern: item.groupID)),
        "question": .text(item.question), "completion": .text(item.completion),
        "reference": .text(item.reference), "kind": .text(item.referenceKind),
        "metadata": .text(item.metadataJSON),
      ]
      for name in asked { row[name] = Self.column(name, of: item) }
      return Value.map(row)
    }
    return .map(["rows": .list(rows), "units": .list(units.map { .integer(Int64($0.count)) })])
  }

  /// What a function gets only when it names it.
  private static func column(_ name: String, of item: RewardItem) -> Value {
    switch name {
    case "transcripts":
      .list(item.transcript.map { .map(["role": .text($0.role), "content": .text($0.content)]) })
    case "completion_ids": .list(item.tokens.map { .integer(Int64($0)) })
    case "logprobs": .list(item.logprobs.map { .real(Double($0)) })
    default: .null
    }
  }

  private func outcomes(_ answer: Value, count: Int) -> [Result<Verdict, Failure>] {
    guard let rows = answer.list, rows.count == count else {
      return Array(
        repeating: .failure(Failure(.internal, "the bridge did not return one result per row")), count: count)
    }
    return rows.map(outcome)
  }

  private func outcome(_ row: Value) -> Result<Verdict, Failure> {
    if let error = row["error"].text { return .failure(Failure(.internal, error)) }
    let notes = (row["notes"].list ?? []).map { note in
      let severities: [String: Note.Severity] = ["warning": .warning, "fault": .fault]
      return Note(
        note["code"].text ?? "", note["message"].text ?? "",
        severity: severities[note["severity"].text ?? ""] ?? .info)
    }
    guard let score = row["score"].real else { return .success(.abstain(notes: notes)) }
    guard range.contains(score) else {
      let bounds = "\(range.lowerBound)...\(range.upperBound)"
      return .failure(
        Failure(
          .internal, "the score \(score) is outside \(bounds); to allow it, set range-low and range-high"))
    }
    let extracted = row["extracted"].text.map { Verdict.Extract.text($0) } ?? Verdict.Extract.none
    let parts = (row["components"].list ?? []).map { $0.real ?? .nan }
    let confidence = row["confidence"].real ?? 0
    guard (0...1).contains(confidence) else {
      return .failure(Failure(.internal, "the confidence \(confidence) is outside 0...1"))
    }
    return .success(
      .scored(
        Verdict.Score(
          score, confidence: confidence, components: parts, extracted: extracted, notes: notes,
          detailJSON: row["details"].text ?? "")))
  }
}
