package import PolyaCore

/// The strategy of a stage that names none: the question in the frame of the run, whose reply is the answer.
package final class BareQuestion: Strategy {
  /// "polya.plain", which asks the same through a plugin.
  package let id = "polya.plain"
  /// One, which stands for no heuristic.
  package let heuristics = [
    Heuristic(id: "plain", family: "control", title: "Plain", idea: "The bare question.")
  ]
  private let template: PromptTemplate

  /// Creates the strategy for the frame of a run.
  package init(_ template: PromptTemplate) { self.template = template }

  /// Asks once.
  package func next(_ turns: [StrategyTurn], seed: UInt64) -> [Result<StrategyMove, PolyaError>] {
    turns.map { turn in
      if let reply = turn.transcript.last, turn.turn > 0 { return .success(.answer(reply.content)) }
      return .success(
        .ask(
          StrategyMove.Ask(
            messages: template.chat(for: turn.task.question), phase: "", stop: [], maxTokens: nil,
            temperature: nil, state: [])))
    }
  }
}
