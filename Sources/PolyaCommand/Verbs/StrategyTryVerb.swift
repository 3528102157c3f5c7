internal import PolyaCore
internal import PolyaHost

enum StrategyTryVerb: Verb {
  static let name = "strategy try"
  static let summary = "Show the prompts of a strategy for a question."
  private static let question = Option<String?>("--question", "TEXT", "the question")
  private static let heuristic = Option<[String]>(
    "--heuristic", "ID", "a heuristic to try; tries only the given ones")
  private static let reply = Option<[String]>("--reply", "TEXT", "a reply of the model; one for each turn")
  static let options: [any DeclaredOption] = [question, heuristic, reply] + CommonOptions.plugin

  static func run(_ arguments: inout Arguments, _ environment: CommandEnvironment) throws {
    let asJSON = try arguments.read(CommonOptions.json)
    let reference = try environment.reference(&arguments)
    let question = try arguments.read(question)
    let wanted = try arguments.read(heuristic)
    let replies = try arguments.read(reply)
    let host = try environment.host(&arguments)
    try arguments.finish()
    guard let question else { throw PolyaError(.configuration, "--question is missing") }
    let strategy = try host.strategy(reference)
    let known = strategy.heuristics.map(\.id)
    if let unknown = wanted.first(where: { !known.contains($0) }) {
      throw PolyaError(
        .configuration, "there is no heuristic '\(unknown)'", at: "--heuristic",
        hint: Suggestion.hint(for: unknown, among: known))
    }
    let task = Task(key: "0", question: question, reference: "", referenceKind: "")
    for heuristic in wanted.isEmpty ? known : wanted {
      try play(strategy, task, heuristic, replies, asJSON: asJSON)
    }
  }

  private static func play(
    _ strategy: any Strategy, _ task: Task, _ heuristic: String, _ replies: [String], asJSON: Bool
  ) throws {
    var turn = StrategyTurn(id: 0, task: task, heuristic: heuristic)
    for reply in replies + [""] {
      let move = try strategy.next([turn], seed: 0)[0].get()
      if asJSON { try Console.out(json(move, turn)) } else { try Console.out(text(move, turn)) }
      guard case .ask(let ask) = move else { return }
      turn.transcript += ask.messages + [Message(role: "assistant", content: reply)]
      turn.state = ask.state
      turn.turn += 1
    }
  }

  private static func json(_ move: StrategyMove, _ turn: StrategyTurn) -> JSON {
    var row: JSON.Members = ["heuristic": .string(turn.heuristic), "turn": JSON(turn.turn)]
    switch move {
    case .ask(let ask):
      row["action"] = "ask"
      row["phase"] = .string(ask.phase)
      row["messages"] = .array(
        ask.messages.map { ["role": .string($0.role), "content": .string($0.content)] })
      row["stop"] = .array(ask.stop.map { .string($0) })
    case .answer(let answer):
      row["action"] = "answer"
      row["answer"] = .string(answer)
    case .check(let trial):
      row["action"] = "check"
      row["answer"] = .string(trial.answer)
    case .giveUp: row["action"] = "give up"
    }
    return .object(row)
  }

  private static func text(_ move: StrategyMove, _ turn: StrategyTurn) -> String {
    let head = "--- \(turn.heuristic), turn \(turn.turn)"
    return switch move {
    case .ask(let ask):
      "\(head): asks (\(ask.phase))\n"
        + ask.messages.map { "[\($0.role)] \($0.content)" }.joined(separator: "\n")
    case .answer(let answer): "\(head): answers\n\(answer)"
    case .check(let trial): "\(head): submits for checking\n\(trial.answer)"
    case .giveUp: "\(head): gives up"
    }
  }
}
