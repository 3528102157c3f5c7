internal import PolyaCore
internal import PolyaHost
internal import PolyaRecords

enum RewardExplainVerb: Verb {
  static let name = "reward explain"
  static let summary =
    "Explain verdicts: what in an answer counted, what it was read as, and which rule decided."
  static let operands = "< row.jsonl"
  static let details = """
      Reads the same rows as polya reward score. For each, it prints the verdict, the answer that was found with the lines around
      it, and the reward's notes, each with the text that it is about. With --json, it prints what polya reward score does.
    """
  static let options: [any DeclaredOption] =
    CommonOptions.plugin + [RewardChoice.manifest, CommonOptions.seed]

  static func run(_ arguments: inout Arguments, _ environment: CommandEnvironment) throws {
    let asJSON = try arguments.read(CommonOptions.json)
    let choice = try RewardChoice(&arguments, environment)
    let seed = UInt64(try arguments.read(CommonOptions.seed))
    let host = try environment.host(&arguments)
    try arguments.finish()
    let reward = try choice.reward(host)
    var input = InputRows(stop: environment.stop)
    var count = 0
    while true {
      let rows = try input.batch { ScoredRow.group(of: $0) }
      guard !rows.isEmpty else { break }
      for row in rows {
        let scored = ScoredRow(row, number: count, groupID: UInt64(count))
        let answer = try scored.answer.get()
        let verdict = VerdictRecord(
          try reward.score([answer], seed: seed).first ?? .failed("the reward returned no verdict"),
          of: reward)
        if asJSON {
          try Console.out(scored.json(verdict))
        } else {
          try Console.out(VerdictText.lines(verdict, answer, name: scored.name).joined(separator: "\n"))
        }
        count += 1
      }
    }
    if count == 0 { Console.message("polya: stdin contains no rows") }
  }
}
