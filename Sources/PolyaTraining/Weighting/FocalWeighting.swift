internal import Glibc
internal import PolyaCore

/// (1 - p)^γ with p the share of right answers in the group: F-GRPO (arXiv:2602.06717), which spends less on questions
/// that the model mostly solves.
package struct FocalWeighting: AdvantageWeighting {
  private let exponent: Double

  private static let exponentSetting = Setting.real(
    "exponent", in: 0...100, "The exponent of the share of wrong answers; 0 changes nothing."
  ).standard(1)

  static let variant = Variant<any AdvantageWeighting>(
    "focal", "F-GRPO (arXiv:2602.06717): a power of the group's share of wrong answers.", [exponentSetting]
  ) { FocalWeighting(exponent: try $0.read(exponentSetting)) }

  /// Returns one weight per group.
  package func weights(_ batch: RewardBatch) -> [Double] {
    var weights = batch.rewards.map { _ in 1.0 }
    for members in batch.members {
      let wrong = Double(members.count { !batch.isRight[$0] }) / Double(members.count)
      for index in members { weights[index] = pow(wrong, exponent) }
    }
    return weights
  }
}
