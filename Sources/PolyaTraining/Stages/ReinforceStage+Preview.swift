internal import PolyaCore
internal import PolyaDialogue
package import PolyaPipeline
internal import PolyaRecords

extension ReinforceStage: PreviewableStage {
  /// Samples and judges answers to one question. Those of the stage depend on the step that draws the question.
  package func preview(_ wanted: PreviewRequest, _ context: StageContext) throws -> [Preview] {
    let approaches = try approaches(context) ?? Approaches([BareQuestion(context.template)])
    try wanted.checkHeuristics(among: approaches.isBare ? [] : approaches.heuristics)
    let task = try wanted.row(of: try context.taskSet(tasks).tasks, "task")
    let name = wanted.model ?? model
    let model = try context.model(name).model
    let random = context.random.stream("preview").stream(task.key)
    guard wanted.samples > 0 else {
      return try Preview.first(
        of: task, approaches, wanted.heuristics, title: name, model: model, seed: random.key)
    }
    var dialogues = approaches.only(wanted.heuristics).divided(
      among: wanted.samples, random: random.stream("approaches")
    ).enumerated().map { Dialogue(task, $1, id: UInt64($0), random: random) }
    try DialogueRunner(model, sampling: settings.sampling, seed: random.key).run(&dialogues)
    let answers = dialogues.enumerated().compactMap { $1.judged(id: UInt64($0), group: 0) }
    var verdicts: [Int: [(reward: String, verdict: VerdictRecord)]] = [:]
    for entry in try RewardEntry.rewards(rewards, context) {
      for (answer, verdict) in zip(answers, try entry.reward.score(answers, seed: random.key)) {
        verdicts[Int(answer.id), default: []].append(
          (entry.name, VerdictRecord(verdict, of: entry.reward)))
      }
    }
    return try Preview.dialogues(dialogues, title: name, model: model) { verdicts[$0] ?? [] }
  }
}
