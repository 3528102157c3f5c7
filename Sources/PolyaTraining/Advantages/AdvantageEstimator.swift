internal import PolyaCore

/// Turns the rewards of a step's rollouts into advantages, which weight the log-probs of their tokens.
///
/// A new estimator is a file beside this one, with its formula and source, and a line in ``Advantages/all``.
package protocol AdvantageEstimator: Sendable {
  /// Returns the advantage of each rollout, nil for those without a reward. These take no part in any statistics.
  func values(_ batch: RewardBatch) -> [Double?]
}

/// The estimators that a manifest can name.
enum Advantages {
  static let all: [Variant<any AdvantageEstimator>] = [
    StandardizedAdvantage.variant, CenteredAdvantage.variant, LeaveOneOutAdvantage.variant,
    BatchNormalizedAdvantage.variant, MaxRLAdvantage.variant, PassAtKAdvantage.variant, PKPOAdvantage.variant,
    SignedAdvantage.variant,
  ]
}

/// What is known about the rollouts of one step when their advantages are computed.
package struct RewardBatch: Sendable {
  /// The reward of each rollout; nil if it has none.
  package var rewards: [Double?]
  /// Whether each rollout's answer is right; false without a reward.
  package var isRight: [Bool]
  /// The group of each rollout.
  package var groups: [Int]
  /// The share of the training's steps that are done, 0..<1.
  package var progress = 0.0
  /// The log-prob of each completion when it was sampled, in nats.
  package var logprobs: [Double]
  /// The number of tokens that were sampled for each rollout.
  package var tokens: [Int]
  /// The most tokens of a completion.
  package var tokenLimit = 1
  /// The heuristics that each rollout follows, sorted; empty if unknown.
  package var heuristics: [[String]]
  /// Whether a rollout of an earlier step had answered the rollout's question.
  package var wasSolved: [Bool]

  /// Creates a batch of a first step, about whose completions nothing else is known.
  package init(rewards: [Double?], isRight: [Bool], groups: [Int]) {
    self.rewards = rewards
    self.isRight = isRight
    self.groups = groups
    logprobs = rewards.map { _ in 0 }
    tokens = rewards.map { _ in 0 }
    heuristics = rewards.map { _ in [] }
    wasSolved = rewards.map { _ in false }
  }

  /// The rollouts of each group that have a reward, in the order of the groups' first rollouts.
  var members: [[Int]] {
    var order: [Int] = []
    var members: [Int: [Int]] = [:]
    for (index, group) in groups.enumerated() where rewards[index] != nil {
      if members[group] == nil { order.append(group) }
      members[group, default: []].append(index)
    }
    return order.compactMap { members[$0] }
  }
}

/// An estimator that looks at one group at a time.
package protocol GroupAdvantage: AdvantageEstimator {
  /// Returns the advantages of a group's rollouts.
  ///
  /// - Parameter progress: The share of the training's steps that are done, 0..<1.
  func values(_ rewards: [Double], isRight: [Bool], progress: Double) -> [Double]
}

extension GroupAdvantage {
  /// Returns the advantages of all groups.
  package func values(_ batch: RewardBatch) -> [Double?] {
    var result: [Double?] = Array(repeating: nil, count: batch.rewards.count)
    for members in batch.members {
      let rewards = members.compactMap { batch.rewards[$0] }
      let found = values(rewards, isRight: members.map { batch.isRight[$0] }, progress: batch.progress)
      for (index, value) in zip(members, found) { result[index] = value }
    }
    return result
  }
}

extension Collection<Double> {
  /// The mean; NaN if there is no value.
  var mean: Double { reduce(0, +) / Double(count) }

  /// The sample standard deviation, with n - 1, as in the reference implementations; NaN for fewer than two values.
  var deviation: Double {
    let mean = mean
    return (reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(count - 1)).squareRoot()
  }
}
