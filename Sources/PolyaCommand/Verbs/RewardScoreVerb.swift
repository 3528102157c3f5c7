internal import PolyaCore
internal import PolyaHost

enum RewardScoreVerb: Verb {
  static let name = "reward score"
  static let summary = "Score answers: reads rows and writes their verdicts, in order and without delay."
  static let operands = "< rows.jsonl > verdicts.jsonl"
  static let details = """
      Input rows are {"completion", "id", "question", "reference", "reference_kind", "meta", "transcript", "tokens",
      "logprobs", "group"}; only "completion" is required. Adjacent rows with the same "group" are answers to one question.
      Verdicts are {"id", "status", "verdict", "score", "extracted", "components", "notes"}. If a row is not
      understood or cannot be scored, "status" is "failed" and "notes" say why; for an invalid line, "line" is its number.
      The exit code is 1 if every row failed, and 0 otherwise.
    """
  static let options: [any DeclaredOption] = CommonOptions.plugin + [CommonOptions.seed]

  static func run(_ arguments: inout Arguments, _ environment: CommandEnvironment) throws {
    let reference = try environment.reference(&arguments)
    let seed = UInt64(try arguments.read(CommonOptions.seed))
    let host = try environment.host(&arguments)
    try arguments.finish()
    let reward = try host.reward(reference)
    let wantsGroups = reward.wantsWholeGroups
    var input = InputRows(stop: environment.stop)
    var scoring = Scoring(reward: reward, seed: seed)
    while true {
      let rows = try input.batch { wantsGroups ? ScoredRow.group(of: $0) : nil }
      guard !rows.isEmpty else { break }
      try Console.out(try scoring.verdicts(on: rows))
    }
    try scoring.finish()
  }
}

/// Scores the rows of stdin and counts the results.
private struct Scoring {
  let reward: any Reward
  let seed: UInt64
  private var count = 0
  private var failures = 0
  private var firstFailure = ""
  /// The group of the previous row.
  private var group: (value: JSON, id: UInt64)?

  init(reward: any Reward, seed: UInt64) {
    self.reward = reward
    self.seed = seed
  }

  /// Returns one line of output per row.
  mutating func verdicts(on rows: [InputRow]) throws -> [JSON] {
    var answers: [Answer] = []
    let scored = rows.map { row in
      let scored = ScoredRow(row, number: count, groupID: groupID(of: row))
      count += 1
      if case .success(let answer) = scored.answer { answers.append(answer) }
      return scored
    }
    var verdicts = (answers.isEmpty ? [] : try reward.score(answers, seed: seed)).makeIterator()
    return scored.map { row in
      switch row.answer {
      case .failure(let error):
        note(failure: "\(error)")
        return row.failed(Shown.cut("\(error)"))
      case .success:
        let verdict = verdicts.next() ?? .failed("the reward returned no verdict")
        if !verdict.reason.isEmpty { note(failure: "\(InputRow.place(row.line)): \(verdict.reason)") }
        return row.json(verdict, names: reward.components)
      }
    }
  }

  private mutating func groupID(of row: InputRow) -> UInt64 {
    guard let value = ScoredRow.group(of: row) else {
      group = nil
      return UInt64(count)
    }
    if let group, group.value == value { return group.id }
    group = (value, UInt64(count))
    return UInt64(count)
  }

  private mutating func note(failure: String) {
    if failures == 0 { firstFailure = failure }
    failures += 1
  }

  func finish() throws {
    guard count > 0 else { return Console.message("polya: stdin contains no rows") }
    guard failures == count else { return }
    throw PolyaError(
      .run,
      count == 1
        ? "the row failed: \(firstFailure)" : "all \(count.grouped) rows failed; the first: \(firstFailure)",
      at: "polya reward score")
  }
}

/// A row of stdin as an answer.
private struct ScoredRow {
  let line: Int
  let id: JSON
  let answer: Result<Answer, any Error>

  private static let keys = [
    "id", "question", "completion", "reference", "reference_kind", "meta", "transcript", "tokens", "logprobs",
    "group",
  ]

  init(_ row: InputRow, number: Int, groupID: UInt64) {
    line = row.line
    if case .success(let json) = row.json { id = json["id"] ?? .null } else { id = .null }
    answer = Result {
      try Self.answer(try row.json.get(), number: number, groupID: groupID, at: row.place)
    }
  }

  /// Returns the value that the rows of a group share.
  static func group(of row: InputRow) -> JSON? {
    guard case .success(let json) = row.json, let group = json["group"], group != .null else { return nil }
    return group
  }

  private static func answer(_ row: JSON, number: Int, groupID: UInt64, at place: String) throws -> Answer {
    let reader = try ObjectReader(row, at: place)
    _ = keys.map { reader.value($0) }
    let task = Task(
      key: row["id"]?.compact ?? String(number), question: try reader.string("question") ?? "",
      reference: try reader.string("reference") ?? "",
      referenceKind: try reader.string("reference_kind") ?? "",
      metadataJSON: row["meta"]?.compact ?? "")
    let completion = try reader.required("completion", reader.string("completion"))
    let transcript = try (reader.objects("transcript") ?? []).map { message in
      let role = try message.required("role", message.string("role"))
      let content = try message.required("content", message.string("content"))
      try message.finish()
      return Message(role: role, content: content)
    }
    let tokens = try (reader.integers("tokens") ?? []).map { token in
      guard let token = Int32(exactly: token) else {
        throw PolyaError(.configuration, "must be token ids, not \(token)", at: reader.place("tokens"))
      }
      return token
    }
    let logprobs = (reader.value("logprobs")?.array ?? []).compactMap { $0.real.map { Float($0) } }
    guard logprobs.isEmpty || logprobs.count == tokens.count else {
      throw PolyaError(
        .configuration, "must be \(tokens.count) numbers, one per token", at: reader.place("logprobs"))
    }
    try reader.finish()
    return Answer(
      id: UInt64(number), groupID: groupID, task: task, completion: Array(completion.utf8), tokens: tokens,
      logprobs: logprobs, transcript: transcript)
  }

  /// Returns the output for a row that is not an answer.
  func failed(_ why: String) -> JSON {
    guard case .object(var members) = json(.failed(why), names: []) else { return .null }
    members["line"] = JSON(line)
    return .object(members)
  }

  func json(_ verdict: Verdict, names: [String]) -> JSON {
    func row(
      _ status: String, _ word: String, _ score: JSON, _ extracted: JSON, _ notes: [String],
      _ components: JSON.Members = [:]
    ) -> JSON {
      [
        "id": id, "status": .string(status), "verdict": .string(word), "score": score, "extracted": extracted,
        "components": .object(components), "notes": .array(notes.map { .string($0) }),
      ]
    }
    let notes = verdict.notes.map(\.message)
    switch verdict.status {
    case .scored(let score):
      let parts = JSON.Members(zip(names, verdict.components).map { ($0, $1.isNaN ? JSON.null : JSON($1)) })
      return row("ok", "scored", JSON(score), .string(verdict.extracted), notes, parts)
    case .abstained: return row("ok", "abstain", .null, .null, notes)
    case .failed(let why), .timedOut(let why): return row("failed", "abstain", .null, .null, [why])
    }
  }
}
