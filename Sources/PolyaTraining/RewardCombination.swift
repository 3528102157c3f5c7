internal import Glibc
internal import PolyaCore

/// How the scores of several rewards become advantages.
package enum RewardCombination: String, Sendable, CaseIterable {
  /// Group statistics of the weighted sum.
  case sum
  /// The weighted sum of each reward's group statistics, divided by its deviation over the batch, so that a reward of a
  /// wide range does not drown the others: GDPO (Liu et al. 2026, arXiv:2601.05242).
  case decoupled

  /// What a rollout earned: the weighted sum over the rewards that gave a score; nil where none did.
  ///
  /// A reward that abstains leaves the sum of the others, as a `None` does in TRL.
  static func sum(_ scores: [Double?], weights: [Double]) -> Double? {
    let known = zip(scores, weights).compactMap { score, weight in score.map { $0 * weight } }
    return known.isEmpty ? nil : known.reduce(0, +)
  }

  /// The scores that count for a rollout. A reward that failed would have said something that nobody knows: no sum
  /// without it is that rollout's, so that none of the scores count. One that abstained has said all it has to say.
  static func counting(_ verdicts: [Verdict]) -> [Double?] {
    let isUnknown = verdicts.contains { $0.status != .abstained && $0.score == nil }
    return verdicts.map { isUnknown ? nil : $0.score }
  }

  /// One per rollout; nil where no reward gave a score. A score that is not there takes part in no statistics.
  ///
  /// - Parameters:
  ///   - scores: of each rollout, by reward.
  ///   - weights: by reward.
  ///   - groups: of each rollout.
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

  /// The mean of group statistics is 0 already, up to missing verdicts.
  private static func whitened(_ values: [Double?]) -> [Double?] {
    let known = values.compactMap { $0 }
    guard known.count > 1 else { return values }
    let mean = known.reduce(0, +) / Double(known.count)
    let variance = known.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(known.count - 1)
    return values.map { $0.map { variance == 0 ? 0 : ($0 - mean) / (sqrt(variance) + 1e-6) } }
  }
}
