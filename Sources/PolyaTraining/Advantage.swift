internal import Glibc

/// Group-relative advantages (Shao et al. 2024, arXiv:2402.03300, section 4.1.2).
package enum Advantage: String, Sendable, CaseIterable {
  /// (reward - mean) / (standard deviation + 1e-6), as in GRPO.
  case standardized
  /// reward - mean, as in Dr. GRPO (Liu et al. 2025, arXiv:2503.20783).
  case centered

  /// Returns the advantages of a group's rollouts, nil for those without a reward.
  ///
  /// Missing rewards do not take part in the statistics and affect no other advantage. If all rewards are
  /// equal, or there are fewer than two, the advantages are zero.
  package func values(_ rewards: [Double?]) -> [Double?] {
    let known = rewards.compactMap { $0 }
    guard known.count > 1 else { return rewards.map { $0.map { _ in 0 } } }
    let mean = known.reduce(0, +) / Double(known.count)
    // The sample variance, with n - 1, as in the reference implementations.
    let variance = known.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(known.count - 1)
    let scale = self == .standardized ? 1 / (sqrt(variance) + 1e-6) : 1
    return rewards.map { $0.map { variance == 0 ? 0 : ($0 - mean) * scale } }
  }
}
