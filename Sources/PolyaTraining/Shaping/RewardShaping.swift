internal import PolyaCore

/// Adds terms to the rewards of a step's rollouts before their advantages are computed.
///
/// Records keep the reward without them. A new shaping is a file beside this one, with its formula and source, and a line
/// in ``Shapings/all``.
package protocol RewardShaping: Sendable {
  /// Returns what is added to the reward of each rollout, which counts only for those that have one.
  func terms(_ batch: RewardBatch) -> [Double]
  /// Whether the terms depend on the heuristics that rollouts follow.
  var usesHeuristics: Bool { get }
}

extension RewardShaping {
  /// False by default.
  package var usesHeuristics: Bool { false }
}

/// The shapings that a manifest can name.
enum Shapings {
  static let all: [Variant<any RewardShaping>] = [
    UnlikelinessShaping.variant, LengthShaping.variant, CompositionShaping.variant,
  ]
}
