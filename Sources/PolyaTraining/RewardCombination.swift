internal import Glibc

/// How the scores of several rewards become advantages.
public enum RewardCombination: String, Sendable, CaseIterable {
  /// Group statistics of the weighted sum.
  case sum
  /// The weighted sum of each reward's group statistics, divided by its deviation over the batch, so that a reward of a
  /// wide range does not drown the others: GDPO (Liu et al. 2026, arXiv:2601.05242).
  case decoupled

  /// One per rollout; nil where a reward gave no verdict, which takes part in no statistics.
  ///
  /// - Parameters:
  ///   - scores: of each rollout, by reward.
  ///   - weights: by reward.
  ///   - groups: of each rollout.
  func advantages(_ scores: [[Double?]], weights: [Double], groups: [Int], _ advantage: Advantage)
    -> [Double?]
  {
    let known = scores.map { row in row.allSatisfy { $0 != nil } ? row.compactMap { $0 } : nil }
    switch self {
    case .sum:
      return Self.byGroup(known.map { $0.map { Self.dot($0, weights) } }, groups, advantage)
    case .decoupled:
      let each = weights.indices.map { reward in
        Self.byGroup(known.map { $0?[reward] }, groups, advantage)
      }
      let sums = known.indices.map { index in
        known[index].map { _ in Self.dot(each.map { $0[index] ?? 0 }, weights) }
      }
      return Self.whitened(sums)
    }
  }

  private static func dot(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }

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
