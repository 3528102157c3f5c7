internal import Glibc
internal import PolyaCore

/// How the scores of several rewards become advantages.
package enum RewardCombination: String, Sendable, CaseIterable {
  /// The group statistics of the weighted sum.
  case sum
  /// The weighted sum of each reward's group statistics, divided by its standard deviation over the batch, so
  /// that a reward with a wide range does not dominate: GDPO (Liu et al. 2026, arXiv:2601.05242).
  case decoupled

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
  ///  - scores: The scores of each rollout, by reward.
  ///  - weights: The weight of each reward.
  ///  - groups: The group of each rollout.
  func advantages(_ scores: [[Double?]], weights: [Double], groups: [Int], _ advantage: Advantage)
    -> [Double?]
  {
    switch self {
    case .sum:
      return Self.byGroup(scores.map { Self.sum($0, weights: weights) }, groups, advantage)
    case .decoupled:
      let each = weights.indices.map { reward in
        Self.byGroup(scores.map { $0[reward] }, groups, advantage)
      }
      return Self.whitened(
        scores.indices.map { index in Self.sum(each.map { $0[index] }, weights: weights) })
    }
  }

  private static func byGroup(_ rewards: [Double?], _ groups: [Int], _ advantage: Advantage) -> [Double?] {
    var result: [Double?] = Array(repeating: nil, count: rewards.count)
    var members: [Int: [Int]] = [:]
    for (index, group) in groups.enumerated() { members[group, default: []].append(index) }
    for indices in members.values {
      for (index, value) in zip(indices, advantage.values(indices.map { rewards[$0] })) {
        result[index] = value
      }
    }
    return result
  }

  /// Subtracts the mean, which differs from 0 only where verdicts are missing, and divides by the deviation.
  private static func whitened(_ values: [Double?]) -> [Double?] {
    let known = values.compactMap { $0 }
    guard known.count > 1 else { return values }
    let mean = known.reduce(0, +) / Double(known.count)
    let variance = known.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(known.count - 1)
    return values.map { $0.map { variance == 0 ? 0 : ($0 - mean) / (sqrt(variance) + 1e-6) } }
  }
}
