internal import PolyaCore
internal import PolyaDialogue

extension Reinforcement {
  /// Measures the policy on the questions of validation.
  ///
  /// Every measurement draws with the same seeds, so that they differ by the policy only.
  func validate(_ validation: Validation, after step: Int, _ observer: any StageObserver) throws
    -> Validation.Scores
  {
    let root = random.stream("validation")
    var dialogues = validation.tasks.flatMap { task in
      let own = root.stream(task.key)
      return approaches.divided(among: validation.samples, random: own.stream("approaches")).enumerated().map
      {
        Dialogue(task, $1, id: UInt64($0), random: own)
      }
    }
    try DialogueRunner(model, sampling: settings.sampling, seed: root.key).run(&dialogues)
    let answers = dialogues.enumerated().compactMap { index, dialogue in
      dialogue.judged(id: UInt64(index), group: UInt64(index / validation.samples))
    }
    let verdicts = try rewards.map { try $0.reward.score(answers, seed: root.key) }
    var counts = validation.tasks.map { _ in (right: 0, judged: 0) }
    for (place, answer) in answers.enumerated() {
      let outcome = Rollout.outcome(verdicts.map { $0[place] }, rewards)
      let task = Int(answer.groupID)
      counts[task].judged += outcome.isVerdict ? 1 : 0
      counts[task].right += outcome == .right ? 1 : 0
    }
    let scores = validation.scores(counts)
    if let value = scores.passAt1 { observer.metric(.validation(1), value, step: step) }
    if let value = scores.passAtK, validation.k > 1 {
      observer.metric(.validation(validation.k), value, step: step)
    }
    return scores
  }
}
