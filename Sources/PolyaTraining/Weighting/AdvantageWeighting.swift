internal import PolyaCore

/// Multiplies the advantages of a step's rollouts by weights.
///
/// A new weighting is a file beside this one, with its formula and source, and a line in ``Weightings/all``.
package protocol AdvantageWeighting: Sendable {
  /// Returns the weight of each rollout, which counts only for those with a reward.
  func weights(_ batch: RewardBatch) -> [Double]
  /// Whether the weights depend on earlier steps.
  var usesHistory: Bool { get }
  /// Whether the weights depend on the heuristics that rollouts follow.
  var usesHeuristics: Bool { get }
}

extension AdvantageWeighting {
  /// False by default.
  package var usesHistory: Bool { false }
  /// False by default.
  package var usesHeuristics: Bool { false }
}

/// The weightings that a manifest can name.
enum Weightings {
  static let all: [Variant<any AdvantageWeighting>] = [
    FocalWeighting.variant, RarityWeighting.variant, UnsolvedWeighting.variant,
  ]
}
