internal import PolyaCore
package import PolyaPipeline
internal import PolyaRecords

extension ReinforceStage: PreviewableStage {
  /// Samples and judges answers to one question. Those of the stage depend on the step that draws the question.
  package func preview(_ wanted: PreviewRequest, _ context: StageContext) throws -> [Preview] {
    try wanted.checkHeuristics(among: [])
    let task = try wanted.row(of: try context.taskSet(tasks).tasks, "task")
    let name = wanted.model ?? model
    let model = try context.model(name).model
    let chat = context.template.chat(for: task.question)
    let prompt = try model.promptTokens(for: [chat])[0]
    var preview = Preview(title: name, question: task.question, model: model, messages: chat, prompt: prompt)
    guard wanted.samples > 0 else { return [preview] }
    if let refusal = model.info.refusal(ofPrompt: prompt.count) { throw PolyaError(.run, refusal) }
    let random = context.random.stream("preview").stream(task.key)
    let completions = try model.generate([
      GenerationRequest(
        id: 0, seed: random.key, tokens: prompt, samples: wanted.samples, sampling: settings.sampling)
    ])[0]
    let answers = completions.enumerated().map { index, completion in
      Answer(
        id: UInt64(index), groupID: 0, task: task, completion: completion.text, tokens: completion.tokens,
        logprobs: completion.logprobs, transcript: chat)
    }
    preview.replies = completions.map { Preview.Reply(tokens: $0.tokens, finish: $0.finish.rawValue) }
    for (rewardName, _) in rewards {
      let reward = try context.reward(rewardName)
      for (index, verdict) in try reward.score(answers, seed: random.key).enumerated() {
        preview.replies[index].verdicts.append((rewardName, VerdictRecord(verdict, of: reward)))
      }
    }
    return [preview]
  }
}
