internal import PolyaCore
internal import PolyaRecords

extension Rollout {
  /// The stored form.
  ///
  /// - Parameter rewards: those that were asked, in the order of the verdicts.
  func record(id: String, step: Int, rewards: [Reinforcement.WeightedReward]) -> RolloutRecord {
    RolloutRecord(
      id: id, step: step, group: group, task: task, sample: sample, seed: seed, completion: completion,
      outcome: outcome(rewards), reward: reward,
      verdicts: zip(rewards, verdicts).map {
        .init(reward: $0.name, verdict: VerdictRecord($1, of: $0.reward))
      },
      advantage: advantage)
  }

  /// What became of the rollout: the rule of ``Verdict/outcome(in:)`` for the weighted sum of its scores, whose range has
  /// its middle at the weighted sum of the rewards' middles.
  func outcome(_ rewards: [Reinforcement.WeightedReward]) -> Outcome {
    guard let reward else {
      let outcomes = zip(rewards, verdicts).map { $1.outcome(in: $0.reward.range) }
      // A failure is what keeps the other scores from counting.
      return outcomes.first { !$0.isVerdict && $0 != .abstained } ?? .abstained
    }
    let middle = zip(rewards, verdicts).reduce(0) { sum, pair in
      sum + (pair.1.score == nil ? 0 : pair.0.weight * pair.0.reward.range.middle)
    }
    return reward > middle ? .right : .wrong
  }
}
