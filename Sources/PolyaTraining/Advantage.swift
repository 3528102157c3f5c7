internal import Glibc

/// Group-relative advantages (Shao et al. 2024, arXiv:2402.03300, section 4.1.2).
package enum Advantage: String, Sendable, CaseIterable {
  /// (reward - mean) / (standard deviation + 1e-6): GRPO.
  case standardized
  /// reward - mean: Dr. GRPO (Liu et al. 2025, arXiv:2503.20783).
  case centered

  /// One per rollout of a group; nil where there is no reward.
  ///
  /// A missing reward takes no part in the statistics: it moves nobody's advantage. A group whose rewards are all
  /// equal, or that has fewer than two, has none to tell apart and gives zeros.
  package func values(_ rewards: [Double?]) -> [Double?] {
    let known = rewards.compactMap { $0 }
    guard known.count > 1 else { return rewards.map { $0.map { _ in 0 } } }
    let mean = known.reduce(0, +) / Double(known.count)
    // The sample's own deviation with n - 1, as in the reference implementations.
    let variance = known.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(known.count - 1)
    let scale = self == .standardized ? 1 / (sqrt(variance) + 1e-6) : 1
    return rewards.map { $0.map { variance == 0 ? 0 : ($0 - mean) * scale } }
  }
}
