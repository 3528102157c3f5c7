package import PolyaCore
package import PolyaDialogue
package import PolyaRecords

extension Preview {
  /// Returns previews of what a model is asked first about a task, without replies.
  ///
  /// - Parameters:
  ///   - heuristics: Those that are asked for; all if empty.
  ///   - title: The title where the bare question is asked.
  package static func first(
    of task: Task, _ approaches: Approaches, _ heuristics: [String], title: String, model: any LanguageModel,
    seed: UInt64
  ) throws -> [Preview] {
    try approaches.only(heuristics).opened(task, seed: seed).map { approach, messages in
      Preview(
        title: approaches.isBare ? title : "\(approach.heuristic) (\(approach.strategy.id))",
        question: task.question, model: model, messages: messages,
        prompt: messages.isEmpty ? [] : try model.promptTokens(for: [messages])[0])
    }
  }

  /// Returns previews of dialogues, one for each prompt that they ended with.
  ///
  /// - Parameters:
  ///   - title: The title where the bare question is asked.
  ///   - verdicts: Returns the verdicts on a dialogue's answer, by the dialogue's place.
  package static func dialogues(
    _ dialogues: [Dialogue], title: String, model: any LanguageModel,
    verdicts: (Int) -> [(reward: String, verdict: VerdictRecord)]
  ) throws -> [Preview] {
    var previews: [Preview] = []
    for (index, dialogue) in dialogues.enumerated() {
      guard let turn = dialogue.turns.last else {
        throw PolyaError(.run, dialogue.failure ?? "the strategy asked nothing")
      }
      let approach = dialogue.approach
      let name = approach.strategy is BareQuestion ? title : "\(approach.heuristic) (\(approach.strategy.id))"
      if previews.last?.title != name || previews.last?.prompt != turn.prompt {
        previews.append(
          Preview(
            title: name, question: dialogue.task.question, model: model, messages: turn.chat,
            prompt: turn.prompt))
      }
      let answer = dialogue.answer.map { String(decoding: $0, as: UTF8.self) }
      previews[previews.count - 1].replies.append(
        Reply(
          tokens: turn.completion.tokens, answer: dialogue.answerIsReply ? nil : answer,
          finish: turn.completion.finish.rawValue, verdicts: verdicts(index)))
    }
    return previews
  }
}
