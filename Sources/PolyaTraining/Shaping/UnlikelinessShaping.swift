internal import PolyaCore

/// -β r (G - rank) / G for a right answer, with rank 1 for the group's most likely completion and G for the least likely
/// one: the unlikeliness reward (He et al. 2025, arXiv:2506.02355, section 4).
///
/// A completion's likelihood is the sum of its log-probs when it was sampled. Equal ones are ranked in their order.
package struct UnlikelinessShaping: RewardShaping {
  private let strength: Double

  private static let strengthSetting = Setting.real(
    "strength", in: 0...1, "The share β of the reward that the most likely right answers lose."
  ).standard(0.25)

  static let variant = Variant<any RewardShaping>(
    "unlikeliness",
    "The unlikeliness reward (arXiv:2506.02355): right answers lose a share of their reward, the more likely the more.",
    [strengthSetting]
  ) { UnlikelinessShaping(strength: try $0.read(strengthSetting)) }

  /// Returns 0 for wrong answers.
  package func terms(_ batch: RewardBatch) -> [Double] {
    var terms = batch.rewards.map { _ in 0.0 }
    for members in batch.members {
      let order = members.sorted { (-batch.logprobs[$0], $0) < (-batch.logprobs[$1], $1) }
      for (place, index) in order.enumerated() where batch.isRight[index] {
        let below = Double(order.count - 1 - place) / Double(order.count)
        terms[index] = -strength * (batch.rewards[index] ?? 0) * below
      }
    }
    return terms
  }
}
