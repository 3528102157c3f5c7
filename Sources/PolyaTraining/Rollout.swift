package import PolyaCore

/// A sample drawn for reinforcement learning, with what it earned.
package struct Rollout: Sendable {
  /// The question.
  package var task: Task
  /// Rollouts of one question in one step share it.
  package var group: Int
  /// Which of the group's samples, and the group's seed: with the step's weights they give it again.
  package var sample: Int
  /// See ``sample``.
  package var seed: UInt64
  /// Prompt and sampled ids.
  package var sequence: TokenSequence
  /// What was sampled.
  package var completion: Completion
  /// Weighted sum over the rewards that gave a score; nil when none did, or one failed.
  package var reward: Double?
  /// What each reward said, in order; empty before they are asked.
  package var verdicts: [Verdict]
  /// Relative to its group; nil without a reward.
  package var advantage: Double?
}
