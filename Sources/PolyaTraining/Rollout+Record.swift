internal import PolyaCore
internal import PolyaDialogue
internal import PolyaRecords

extension Rollout {
  /// Returns the stored form.
  ///
  /// - Parameter rewards: The rewards, in the order of the verdicts.
  func record(id: String, step: Int, rewards: [Reinforcement.WeightedReward]) -> RolloutRecord {
    // A rollout has a reply.
    let last = dialogue.turns[dialogue.turns.count - 1]
    let judged = dialogue.answer.map { String(decoding: $0, as: UTF8.self) }
    let said = String(decoding: last.completion.text, as: UTF8.self)
    return RolloutRecord(
      id: id, step: step, group: group, task: task, sample: sample, seed: last.seed, heuristic: heuristic,
      earlier: dialogue.turns.dropLast().map { .init(prompt: $0.text, completion: $0.completion) },
      prompt: last.text, completion: last.completion, answer: judged == said ? nil : judged,
      outcome: outcome(rewards), reward: reward,
      verdicts: zip(rewards, verdicts).map {
        .init(reward: $0.name, verdict: VerdictRecord($1, of: $0.reward))
      },
      heuristics: heuristics, advantage: advantage)
  }

  /// Returns the outcome of the rollout, by the rule of ``Verdict/outcome(in:)`` applied to the weighted sum
  /// of its scores. The middle of its range is the weighted sum of the rewards' middles.
  func outcome(_ rewards: [Reinforcement.WeightedReward]) -> Outcome { Self.outcome(verdicts, rewards) }

  /// Returns the outcome of an answer with these verdicts.
  static func outcome(_ verdicts: [Verdict], _ rewards: [Reinforcement.WeightedReward]) -> Outcome {
    let reward = RewardCombination.sum(RewardCombination.counting(verdicts), weights: rewards.map(\.weight))
    guard let reward else {
      let outcomes = zip(rewards, verdicts).map { $1.outcome(in: $0.reward.range) }
      // A failed reward is the reason why the other scores do not count.
      return outcomes.first { !$0.isVerdict && $0 != .abstained } ?? .abstained
    }
    let middle = zip(rewards, verdicts).reduce(0) { sum, pair in
      sum + (pair.1.score == nil ? 0 : pair.0.weight * pair.0.reward.range.middle)
    }
    return reward > middle ? .right : .wrong
  }
}
