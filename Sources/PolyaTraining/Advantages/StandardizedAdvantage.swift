internal import PolyaCore

/// (r - mean) / (deviation + 1e-6) within the group: GRPO (Shao et al. 2024, arXiv:2402.03300, section 4.1.2).
package struct StandardizedAdvantage: GroupAdvantage {
  static let variant = Variant<any AdvantageEstimator>(
    "standardized",
    "GRPO (arXiv:2402.03300): the reward less the group's mean, divided by the group's standard deviation."
  ) { _ in StandardizedAdvantage() }

  /// Creates the estimator.
  package init() {}

  /// Returns zeros if all rewards are equal.
  package func values(_ rewards: [Double], isRight: [Bool], progress: Double) -> [Double] {
    // The mean of equal numbers may differ from them in its last bit.
    guard Set(rewards).count > 1 else { return rewards.map { _ in 0 } }
    let (mean, deviation) = (rewards.mean, rewards.deviation)
    return rewards.map { ($0 - mean) / (deviation + 1e-6) }
  }
}
