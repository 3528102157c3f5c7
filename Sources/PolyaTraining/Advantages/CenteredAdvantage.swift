internal import PolyaCore

/// r - mean within the group: Dr. GRPO (Liu et al. 2025, arXiv:2503.20783).
package struct CenteredAdvantage: GroupAdvantage {
  static let variant = Variant<any AdvantageEstimator>(
    "centered", "Dr. GRPO (arXiv:2503.20783): the reward less the group's mean."
  ) { _ in CenteredAdvantage() }

  /// Creates the estimator.
  package init() {}

  /// Returns zeros if all rewards are equal.
  package func values(_ rewards: [Double], isRight: [Bool], progress: Double) -> [Double] {
    // The mean of equal numbers may differ from them in its last bit.
    guard Set(rewards).count > 1 else { return rewards.map { _ in 0 } }
    let mean = rewards.mean
    return rewards.map { $0 - mean }
  }
}
