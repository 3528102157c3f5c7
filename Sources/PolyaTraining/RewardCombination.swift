internal import PolyaCore

/// How the scores of several rewards become advantages.
package enum RewardCombination: String, Sendable, CaseIterable {
  /// The advantage of the weighted sum.
  case sum
  /// The weighted sum of each reward's advantage, divided by its standard deviation over the batch, so
  /// that a reward with a wide range does not dominate: GDPO (Liu et al. 2026, arXiv:2601.05242).
  case decoupled

  /// The scores of a step's rollouts.
  struct Scores {
    /// The scores of each rollout, by reward; nil where there is none.
    var values: [[Double?]]
    /// The weight of each reward.
    var weights: [Double]
    /// The score of each reward above which an answer is right.
    var middles: [Double]
  }

  /// Returns the reward of a rollout: the weighted sum of the given scores, or nil if there are none.
  ///
  /// A reward that abstains is left out of the sum, like `None` in TRL.
  static func sum(_ scores: [Double?], weights: [Double]) -> Double? {
    let known = zip(scores, weights).compactMap { score, weight in score.map { $0 * weight } }
    return known.isEmpty ? nil : known.reduce(0, +)
  }

  /// Returns the scores that count for a rollout. If a reward failed, its score is unknown and so is the sum,
  /// so none of the scores count. A reward that abstained is simply left out.
  static func counting(_ verdicts: [Verdict]) -> [Double?] {
    let isUnknown = verdicts.contains { $0.status != .abstained && $0.score == nil }
    return verdicts.map { isUnknown ? nil : $0.score }
  }

  /// Returns the advantages of rollouts, nil for those without a score. Missing scores do not take part in
  /// the statistics.
  ///
  /// - Parameters:
  ///  - batch: The rollouts with their weighted sums.
  ///  - terms: What is added to the sums; if rewards are decoupled, it is one more of them, of weight 1.
  func advantages(
    _ batch: RewardBatch, _ scores: Scores, terms: [Double]?, _ advantage: any AdvantageEstimator
  ) -> [Double?] {
    var batch = batch
    switch self {
    case .sum:
      if let terms {
        batch.rewards = zip(batch.rewards, terms).map { reward, term in reward.map { $0 + term } }
      }
      return advantage.values(batch)
    case .decoupled:
      var each = scores.weights.indices.map { reward in
        var part = batch
        part.rewards = scores.values.map { $0[reward] }
        part.isRight = part.rewards.map { ($0 ?? -.infinity) > scores.middles[reward] }
        return advantage.values(part)
      }
      if let terms {
        batch.rewards = zip(batch.rewards, terms).map { reward, term in reward == nil ? nil : term }
        each.append(advantage.values(batch))
      }
      let weights = scores.weights + (terms == nil ? [] : [1])
      return BatchNormalizedAdvantage.normalized(
        batch.rewards.indices.map { index in Self.sum(each.map { $0[index] }, weights: weights) })
    }
  }
}
