internal import PolyaCore
package import PolyaPipeline
internal import PolyaRecords

extension EvaluateStage: PreviewableStage {
  /// Answers one question as the stage would, by the wanted model or its first one. Questions count through all task sets.
  package func preview(_ wanted: PreviewRequest, _ context: StageContext) throws -> [Preview] {
    try wanted.checkHeuristics(among: [])
    let task = try wanted.row(of: try tasks.flatMap { try context.taskSet($0).tasks }, "task")
    let name = wanted.model ?? models[0]
    let model = try context.model(name).model
    let verifier = try context.reward(reward)
    let evaluation = Evaluation(
      model: model, reward: verifier, samples: wanted.samples, sampling: sampling, template: context.template,
      random: context.random)
    let chat = context.template.chat(for: task.question)
    let prompt = try model.promptTokens(for: [chat])[0]
    var preview = Preview(title: name, question: task.question, model: model, messages: chat, prompt: prompt)
    guard wanted.samples > 0 else { return [preview] }
    let sampled = try evaluation.samples(of: [task])
    preview.replies = zip(sampled.completions[0], sampled.verdicts[0]).map { completion, verdict in
      Preview.Reply(
        tokens: completion.tokens, finish: completion.finish.rawValue, verdicts: [(reward, verdict)])
    }
    return [preview]
  }
}
