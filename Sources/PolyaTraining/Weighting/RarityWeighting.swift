internal import Glibc
internal import PolyaCore

/// 1 / m^α for a right answer, with m the number of right answers of its group that follow the same heuristics:
/// uniqueness-aware RL (Hu et al. 2026, arXiv:2601.08763).
///
/// The paper lets a language model sort the rollouts into strategies; here a strategy plugin labels them, or the heuristic
/// that was asked for does. The weights are scaled to a mean of 1 over the group's right answers, so that the step
/// does not shrink, and a group whose right answers all follow one heuristic is left as it is.
package struct RarityWeighting: AdvantageWeighting {
  private let exponent: Double

  private static let exponentSetting = Setting.real(
    "exponent", in: 0...100,
    "The exponent α of the number of right answers with the same heuristics; 0 changes nothing."
  ).standard(1)

  static let variant = Variant<any AdvantageWeighting>(
    "rarity",
    "Uniqueness-aware RL (arXiv:2601.08763): right answers weigh more the fewer others follow the same heuristics.",
    [exponentSetting]
  ) { RarityWeighting(exponent: try $0.read(exponentSetting)) }

  /// Creates a weighting.
  package init(exponent: Double) { self.exponent = exponent }

  /// True.
  package var usesHeuristics: Bool { true }

  /// Returns 1 for wrong answers.
  package func weights(_ batch: RewardBatch) -> [Double] {
    var weights = batch.rewards.map { _ in 1.0 }
    for members in batch.members {
      let right = members.filter { batch.isRight[$0] }
      var counts: [[String]: Int] = [:]
      for index in right { counts[batch.heuristics[index], default: 0] += 1 }
      let raw = right.map { pow(Double(counts[batch.heuristics[$0]] ?? 1), -exponent) }
      let mean = raw.mean
      for (index, weight) in zip(right, raw) { weights[index] = weight / mean }
    }
    return weights
  }
}
