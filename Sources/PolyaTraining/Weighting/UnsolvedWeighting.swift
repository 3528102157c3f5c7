internal import PolyaCore

/// 0 for a question that an earlier step has answered rightly, else 1: the zero-success gate of BBG (arXiv:2606.15455),
/// which learns only from questions without an observed success before.
package struct UnsolvedWeighting: AdvantageWeighting {
  static let variant = Variant<any AdvantageWeighting>(
    "unsolved",
    "The gate of BBG (arXiv:2606.15455): only questions that no earlier step has answered rightly count."
  ) { _ in UnsolvedWeighting() }

  /// True.
  package var usesHistory: Bool { true }

  /// Returns 0 and 1.
  package func weights(_ batch: RewardBatch) -> [Double] { batch.wasSolved.map { $0 ? 0 : 1 } }
}
