internal import PolyaCore
internal import PolyaHost
internal import PolyaRecords

enum RewardScoreVerb: Verb {
  static let name = "reward score"
  static let summary = "Score answers: reads rows and writes their verdicts, in order and without delay."
  static let operands = "< rows.jsonl > verdicts.jsonl"
  static let details = """
      Input rows are {"completion", "id", "question", "reference", "reference_kind", "metadata", "transcript", "tokens",
      "logprobs", "group"}; only "completion" is required. Adjacent rows with the same "group" are answers to one question.
      Verdicts are {"id", "outcome", "score", "confidence", "components", "extracted", "notes", "reason", "details"}; fields
      with nothing to say are omitted. "outcome" is right, wrong, abstained, failed or timed_out, and "reason" says why a row
      failed. A line that cannot be read as a row fails, and its output has its number as "line".
      The exit code is 1 if every row failed, and 0 otherwise.
    """
  static let options: [any DeclaredOption] =
    CommonOptions.plugin + [RewardChoice.manifest, CommonOptions.seed]

  static func run(_ arguments: inout Arguments, _ environment: CommandEnvironment) throws {
    let choice = try RewardChoice(&arguments, environment)
    let seed = UInt64(try arguments.read(CommonOptions.seed))
    let host = try environment.host(&arguments)
    try arguments.finish()
    let reward = try choice.reward(host)
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
        return row.json(VerdictRecord(verdict, of: reward))
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
