internal import PolyaCore
internal import PolyaHost

enum RewardScoreVerb: Verb {
  static let name = "reward score"
  static let usage =
    "--use ID|FILE [--option key=value]… [--bind NAME=ID|FILE]… [--seed N] < rows.jsonl > verdicts.jsonl"
  static let summary = """
    Judge answers: rows of {id, question, completion, reference, reference_kind, meta, transcript} in, verdicts \
    out. --bind lends it a model that an option names; --option NAME.key=value configures that.
    """

  private static let keys = [
    "id", "question", "completion", "reference", "reference_kind", "meta", "transcript",
  ]

  static func run(_ arguments: inout Arguments, _ environment: CommandEnvironment) throws {
    _ = arguments.flag("--json")
    let reference = try environment.reference(&arguments)
    let seed = UInt64(try arguments.integer("--seed", atLeast: 0) ?? 0)
    let host = try environment.host(&arguments)
    try arguments.finish()
    let reward = try host.reward(reference)
    let rows = try Console.rows()
    let answers = try rows.enumerated().map { try answer($1, number: $0) }
    for (row, verdict) in zip(rows, try reward.score(answers, seed: seed)) {
      Console.out(json(verdict, id: row["id"] ?? .null, names: reward.components))
    }
  }

  private static func answer(_ row: JSON, number: Int) throws -> Answer {
    let reader = try ObjectReader(row, at: "stdin, row \(number + 1)")
    _ = keys.map { reader.value($0) }
    let task = Task(
      key: row["id"]?.compact ?? String(number), question: try reader.string("question") ?? "",
      reference: try reader.string("reference") ?? "",
      referenceKind: try reader.string("reference_kind") ?? "",
      metaJSON: row["meta"]?.compact ?? "")
    let completion = try reader.required("completion", reader.string("completion"))
    let transcript = try (reader.objects("transcript") ?? []).map { message in
      let role = try message.required("role", message.string("role"))
      let content = try message.required("content", message.string("content"))
      try message.finish()
      return Message(role: role, content: content)
    }
    try reader.finish()
    return Answer(
      id: UInt64(number), groupID: UInt64(number), task: task, completion: Array(completion.utf8),
      transcript: transcript)
  }

  private static func json(_ verdict: Verdict, id: JSON, names: [String]) -> JSON {
    func row(
      _ status: String, _ word: String, _ score: JSON, _ extracted: JSON, _ notes: [String],
      _ components: JSON.Members = [:]
    ) -> JSON {
      [
        "id": id, "status": .string(status), "verdict": .string(word), "score": score, "extracted": extracted,
        "components": .object(components), "notes": .array(notes.map { .string($0) }),
      ]
    }
    switch verdict {
    case .scored(let score, let extracted, let notes, let components):
      let parts = JSON.Members(zip(names, components).map { ($0, $1.isNaN ? JSON.null : JSON($1)) })
      return row("ok", "scored", JSON(score), .string(extracted), notes, parts)
    case .abstained(let notes): return row("ok", "abstain", .null, .null, notes)
    case .failed(let why): return row("failed", "abstain", .null, .null, [why])
    }
  }
}
