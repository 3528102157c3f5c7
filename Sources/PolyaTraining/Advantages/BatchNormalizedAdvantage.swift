internal import PolyaCore

/// (r - baseline), standardized over all rollouts of the step: REINFORCE++ (Hu et al. 2025, arXiv:2501.03262), whose
/// baseline is zero, and its variant for groups, REINFORCE++-baseline, whose baseline is the group's mean.
///
/// The paper adds the KL penalty to the reward of each token and normalizes over tokens; here a rollout has one
/// advantage, and the statistics are over rollouts.
package struct BatchNormalizedAdvantage: AdvantageEstimator {
  private enum Baseline: String, Sendable, CaseIterable { case none, group }
  private let baseline: Baseline

  private static let baselineSetting = Setting<Baseline>.choice(
    "baseline", "What is subtracted from a reward before: nothing, or the group's mean."
  ).standard(.none)

  static let variant = Variant<any AdvantageEstimator>(
    "batch-normalized",
    "REINFORCE++ (arXiv:2501.03262): the reward less the mean of the step, divided by the step's standard deviation.",
    [baselineSetting]
  ) { BatchNormalizedAdvantage(baseline: try $0.read(baselineSetting)) }

  /// Returns zeros if all values are equal.
  package func values(_ batch: RewardBatch) -> [Double?] {
    let values = baseline == .none ? batch.rewards : CenteredAdvantage().values(batch)
    return Self.normalized(values)
  }

  /// Subtracts the mean and divides by the deviation over the batch.
  static func normalized(_ values: [Double?]) -> [Double?] {
    let known = values.compactMap { $0 }
    guard Set(known).count > 1 else { return values.map { $0.map { _ in 0 } } }
    let (mean, deviation) = (known.mean, known.deviation)
    return values.map { $0.map { ($0 - mean) / (deviation + 1e-6) } }
  }
}
