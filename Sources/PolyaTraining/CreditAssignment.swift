/// How the scores of a step's rollouts become advantages: scores are combined, terms added, the advantage is estimated,
/// and weights multiply it.
package struct CreditAssignment: Sendable {
  /// How several rewards are combined.
  package var combination: RewardCombination
  /// Terms that are added to the combined reward.
  package var shaping: [any RewardShaping]
  /// How rewards become advantages.
  package var advantage: any AdvantageEstimator
  /// Weights by which advantages are multiplied.
  package var weighting: [any AdvantageWeighting]

  /// Creates an assignment, by default that of GRPO.
  package init(
    combination: RewardCombination = .sum, shaping: [any RewardShaping] = [],
    advantage: any AdvantageEstimator = StandardizedAdvantage(), weighting: [any AdvantageWeighting] = []
  ) {
    self.combination = combination
    self.shaping = shaping
    self.advantage = advantage
    self.weighting = weighting
  }

  /// Whether advantages depend on the heuristics that rollouts follow.
  var usesHeuristics: Bool {
    shaping.contains(where: \.usesHeuristics) || weighting.contains(where: \.usesHeuristics)
  }

  /// Returns the advantage of each rollout, nil for those without a reward.
  ///
  /// - Parameters:
  ///   - batch: The rollouts with their combined rewards.
  ///   - scores: The scores behind the combined reward of each rollout.
  ///   - penalties: What is subtracted from each combined reward.
  func advantages(
    _ batch: RewardBatch, _ scores: RewardCombination.Scores, penalties: [Double]? = nil
  ) -> [Double?] {
    var terms = penalties.map { $0.map { -$0 } }
    for shaping in shaping {
      let more = shaping.terms(batch)
      terms = terms.map { zip($0, more).map(+) } ?? more
    }
    var values = combination.advantages(batch, scores, terms: terms, advantage)
    for weighting in weighting {
      values = zip(values, weighting.weights(batch)).map { value, weight in value.map { $0 * weight } }
    }
    return values
  }
}
