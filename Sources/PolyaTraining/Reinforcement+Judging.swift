internal import PolyaCore
internal import PolyaDialogue

extension Reinforcement {
  /// Gives rollouts their verdicts, labels, and, if they are part of the reward, the reference's log-probs.
  ///
  /// - Parameter verdicts: By reward, those of the rollouts with an answer, in order.
  func judge(_ rollouts: inout [Rollout], _ verdicts: [[Verdict]], seed: UInt64) throws {
    let weights = rewards.map(\.weight)
    var judged = 0
    for index in rollouts.indices {
      if let why = rollouts[index].dialogue.failure {
        rollouts[index].verdicts = rewards.map { _ in .failed(why) }
      } else {
        rollouts[index].verdicts = verdicts.map { $0[judged] }
        judged += 1
      }
      rollouts[index].reward = RewardCombination.sum(
        RewardCombination.counting(rollouts[index].verdicts), weights: weights)
      rollouts[index].isRight = rollouts[index].outcome(rewards) == .right
    }
    try label(&rollouts, seed: seed)
    guard settings.objective.kl.place == .reward, let reference else { return }
    for (index, logprobs) in try logprobs(of: rollouts, by: reference).enumerated() {
      rollouts[index].references = logprobs
    }
  }

  /// Notes which heuristics each rollout follows: as the labeler says, or else the one that was asked for.
  private func label(_ rollouts: inout [Rollout], seed: UInt64) throws {
    guard let labeler else {
      for index in rollouts.indices { rollouts[index].heuristics = rollouts[index].heuristic.map { [$0] } }
      return
    }
    let shown = rollouts.enumerated().map { index, rollout in
      ShownAnswer(
        id: UInt64(index), question: rollout.task.question, heuristic: rollout.heuristic ?? "",
        text: String(decoding: rollout.dialogue.answer ?? [], as: UTF8.self))
    }
    guard let labels = try labeler.labels(of: shown, seed: seed) else {
      throw PolyaError(
        .configuration, "the strategy '\(labeler.id)' does not label answers",
        hint: "use a strategy with the function 'segment', such as polya.heuristics")
    }
    for (index, found) in labels.enumerated() { rollouts[index].heuristics = Set(try found.get()).sorted() }
  }

  /// Computes the advantages of all rollouts of a step.
  func assign(_ rollouts: inout [Rollout], _ step: Int) {
    let counting = rollouts.map { RewardCombination.counting($0.verdicts) }
    let scores = RewardCombination.Scores(
      values: counting, weights: rewards.map(\.weight), middles: rewards.map(\.reward.range.middle))
    var batch = RewardBatch(
      rewards: rollouts.map(\.reward), isRight: rollouts.map(\.isRight), groups: rollouts.map(\.group))
    batch.progress = Double(step) / Double(settings.steps)
    batch.logprobs = rollouts.map { $0.logprobs.reduce(0) { $0 + Double($1) } }
    batch.tokens = rollouts.map(\.sampledTokens)
    batch.tokenLimit = settings.sampling.maxTokens
    batch.heuristics = rollouts.map { $0.heuristics ?? [] }
    batch.wasSolved = rollouts.map { progress.solved.contains($0.task.key) }
    let penalties = settings.objective.kl.place == .reward && reference != nil ? rollouts.map(penalty) : nil
    let advantages = settings.credit.advantages(batch, scores, penalties: penalties)
    for (index, advantage) in advantages.enumerated() { rollouts[index].advantage = advantage }
  }

  /// What the divergence from the reference takes from the reward of a rollout.
  private func penalty(_ rollout: Rollout) -> Double {
    let kl = settings.objective.kl
    return kl.coefficient
      * zip(rollout.logprobs, rollout.references ?? []).reduce(0) {
        $0 + kl.estimator.value(Double($1.0), $1.1).value
      }
  }
}
