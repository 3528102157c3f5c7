internal import PolyaCore

/// (r - mean) / mean within the group: MaxRL (arXiv:2602.02710), whose gradient is that of the log-likelihood of a right
/// answer, truncated to the group's size. Hard questions weigh more than in GRPO.
///
/// The paper's rewards are 0 and 1. Others must not be negative; a group whose mean is not positive teaches nothing.
package struct MaxRLAdvantage: GroupAdvantage {
  static let variant = Variant<any AdvantageEstimator>(
    "max-rl", "MaxRL (arXiv:2602.02710): the reward less the group's mean, divided by the group's mean."
  ) { _ in MaxRLAdvantage() }

  /// Returns zeros if all rewards are equal.
  package func values(_ rewards: [Double], isRight: [Bool], progress: Double) -> [Double] {
    let mean = rewards.mean
    return CenteredAdvantage().values(rewards, isRight: isRight, progress: progress).map {
      mean > 0 ? $0 / mean : 0
    }
  }
}
