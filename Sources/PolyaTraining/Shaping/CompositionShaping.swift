internal import PolyaCore

/// A bonus for a right answer that follows several heuristics: combining approaches is what mid-training on many
/// solutions per question is meant to teach.
package struct CompositionShaping: RewardShaping {
  private let bonus: Double

  private static let bonusSetting = Setting.real(
    "bonus", in: 0...1e6, "What is added to the reward of a right answer with at least two heuristics."
  ).standard(0.1)

  static let variant = Variant<any RewardShaping>(
    "composition", "A bonus for right answers that combine several heuristics.", [bonusSetting]
  ) { CompositionShaping(bonus: try $0.read(bonusSetting)) }

  /// True.
  package var usesHeuristics: Bool { true }

  /// Returns 0 for wrong answers.
  package func terms(_ batch: RewardBatch) -> [Double] {
    zip(batch.isRight, batch.heuristics).map { $0 && $1.count > 1 ? bonus : 0 }
  }
}
