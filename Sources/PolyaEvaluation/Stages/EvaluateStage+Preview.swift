internal import PolyaCore
internal import PolyaDialogue
package import PolyaPipeline
internal import PolyaRecords

extension EvaluateStage: PreviewableStage {
  /// Answers one question as the stage would, by the wanted model or its first one. Questions count through all task sets.
  package func preview(_ wanted: PreviewRequest, _ context: StageContext) throws -> [Preview] {
    let task = try wanted.row(of: try tasks.flatMap { try context.taskSet($0).tasks }, "task")
    let name = wanted.model ?? models[0]
    let model = try context.model(name).model
    let approaches = try approaches(context)
    try wanted.checkHeuristics(among: approaches.isBare ? [] : approaches.heuristics)
    guard wanted.samples > 0 else {
      return try Preview.first(
        of: task, approaches, wanted.heuristics, title: name, model: model, seed: context.random.key)
    }
    let evaluation = Evaluation(
      model: model, approaches: approaches.only(wanted.heuristics), reward: try context.reward(reward),
      samples: wanted.samples, sampling: sampling, random: context.random)
    let sampled = try evaluation.samples(of: [task])[0]
    return try Preview.dialogues(sampled.map(\.dialogue), title: name, model: model) { index in
      sampled[index].verdict.map { [(reward, $0)] } ?? []
    }
  }
}
