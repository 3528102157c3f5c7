internal import PolyaCore
package import PolyaPipeline
internal import PolyaRecords

extension BootstrapStage: PreviewableStage {
  /// Holds the conversations of one task. The answers are the first that the stage would get.
  package func preview(_ wanted: PreviewRequest, _ context: StageContext) throws -> [Preview] {
    let set = try context.taskSet(tasks)
    let task = try wanted.row(of: set.tasks, "task")
    let loaded = try context.model(wanted.model ?? model)
    let strategies = try strategies.map { try context.roles.strategy($0) }
    try wanted.checkHeuristics(among: strategies.flatMap { $0.heuristics.map(\.id) })
    let chosen = strategies.compactMap { ChosenHeuristics(of: $0, wanted.heuristics) }
    guard wanted.samples > 0 else {
      let exemplars = try demonstrations(set, chosen, context)
      return try chosen.flatMap { try firstPrompts(of: $0, to: task, exemplars, loaded.model, context) }
    }
    let settings = Bootstrapping.Settings(samples: wanted.samples, sampling: sampling)
    let bootstrapping = try bootstrapping(by: loaded, chosen, of: set, settings, context)
    var shard: [Bootstrapping.Shard] = [
      .init(
        number: 0, tasks: [task], firstNumber: 0,
        recordID: { [key = context.key] in StageContext.recordID($0, key: key) })
    ]
    var candidates: [CandidateRecord] = []
    _ = try bootstrapping.run({ shard.popLast() }, observer: context.observer) { candidates = $1 }
    return try previews(of: candidates, loaded.model)
  }

  /// What the model is sent before it has said anything.
  private func firstPrompts(
    of strategy: any Strategy, to task: Task, _ exemplars: [String: [Exemplar]], _ model: any LanguageModel,
    _ context: StageContext
  ) throws -> [Preview] {
    let turns = strategy.heuristics.map {
      StrategyTurn(id: 0, task: task, heuristic: $0.id, exemplars: exemplars[$0.id] ?? [])
    }
    return try zip(turns, strategy.next(turns, seed: context.random.key)).map { turn, move in
      let messages = if case .ask(let ask) = try move.get() { ask.messages } else { [Message]() }
      return Preview(
        title: Self.title(turn.heuristic, strategy.id), question: task.question, model: model,
        messages: messages,
        prompt: messages.isEmpty ? [] : try model.promptTokens(for: [messages])[0])
    }
  }

  private static func title(_ heuristic: String, _ strategy: String) -> String {
    "\(heuristic) (\(strategy))"
  }

  private func previews(
    of candidates: [CandidateRecord], _ model: any LanguageModel
  ) throws -> [Preview] {
    var previews: [Preview] = []
    for candidate in candidates {
      let title = Self.title(candidate.heuristic, candidate.strategy)
      // Later turns depend on what the model said before, so that each sample has its own prompt.
      let prompt = candidate.messages.isEmpty ? [] : try model.promptTokens(for: [candidate.messages])[0]
      if previews.last?.title != title || previews.last?.prompt != prompt {
        previews.append(
          Preview(
            title: title, question: candidate.task.question, model: model, messages: candidate.messages,
            prompt: prompt))
      }
      previews[previews.count - 1].replies.append(try reply(candidate, model))
    }
    return previews
  }

  private func reply(_ candidate: CandidateRecord, _ model: any LanguageModel) throws -> Preview.Reply {
    let said = try model.text(of: [candidate.tokens])[0]
    return Preview.Reply(
      tokens: candidate.tokens, answer: said.hasPrefix(candidate.answer) ? nil : candidate.answer,
      finish: candidate.finish, verdicts: [(verifier, candidate.verdict)], adherence: candidate.adherence)
  }
}

/// Some of the heuristics of a strategy.
private final class ChosenHeuristics: Strategy {
  private let base: any Strategy
  let heuristics: [Heuristic]

  /// - Parameter ids: The heuristics to keep; all if empty.
  /// - Returns: nil if none is left.
  init?(of base: any Strategy, _ ids: [String]) {
    self.base = base
    heuristics = ids.isEmpty ? base.heuristics : base.heuristics.filter { ids.contains($0.id) }
    guard !heuristics.isEmpty else { return nil }
  }

  var id: String { base.id }
  func next(_ turns: [StrategyTurn], seed: UInt64) throws -> [Result<StrategyMove, PolyaError>] {
    try base.next(turns, seed: seed)
  }
}
