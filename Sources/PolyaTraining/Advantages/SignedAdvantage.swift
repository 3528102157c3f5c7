internal import PolyaCore

/// A constant for right answers and -1 for wrong ones: W-REINFORCE (Zhu et al. 2025, arXiv:2506.01347), which weights
/// right answers by 0.1, and with the weight 0 NSR, which learns from wrong answers only.
///
/// Only right and wrong count, not the size of the reward. Groups that are all wrong, or all right, teach too.
package struct SignedAdvantage: GroupAdvantage {
  private let positiveWeight: Double

  private static let weightSetting = Setting.real(
    "positive-weight", in: 0...1000, "The advantage of a right answer; 0 learns from wrong ones only (NSR)."
  ).standard(0.1)

  static let variant = Variant<any AdvantageEstimator>(
    "signed", "W-REINFORCE (arXiv:2506.01347): a small constant for right answers, -1 for wrong ones.",
    [weightSetting]
  ) { SignedAdvantage(positiveWeight: try $0.read(weightSetting)) }

  init(positiveWeight: Double) { self.positiveWeight = positiveWeight }

  /// Returns the constants.
  package func values(_ rewards: [Double], isRight: [Bool], progress: Double) -> [Double] {
    isRight.map { $0 ? positiveWeight : -1 }
  }
}
