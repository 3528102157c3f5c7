public import PolyaCore

/// A sample drawn for reinforcement learning, with what it earned.
public struct Rollout: Sendable {
  /// The question.
  public var task: Task
  /// Rollouts of one question in one step share it.
  public var group: Int
  /// Which of the group's samples, and the group's seed: with the step's weights they give it again.
  public var sample: Int
  /// See ``sample``.
  public var seed: UInt64
  /// Prompt and sampled ids.
  public var sequence: TokenSequence
  /// What was sampled.
  public var completion: Completion
  /// Weighted sum over the rewards that gave a score; nil when none did, or one failed.
  public var reward: Double?
  /// What each reward said, in order; empty before they are asked.
  public var verdicts: [Verdict]
  /// Relative to its group; nil without a reward.
  public var advantage: Double?
}
