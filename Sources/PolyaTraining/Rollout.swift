package import PolyaCore

/// A sample drawn for reinforcement learning, with its verdicts, reward, and advantage.
package struct Rollout: Sendable {
  /// The task that is answered.
  package var task: Task
  /// The number of the group, shared by the rollouts of one question in one step.
  package var group: Int
  /// The number of the sample in its group. With the group's seed and the step's weights, it determines the
  /// sample.
  package var sample: Int
  /// The seed of the group.
  package var seed: UInt64
  /// The prompt that the model was sent, special tokens included.
  package var prompt: String
  /// The token ids of prompt and completion.
  package var sequence: TokenSequence
  /// The sampled completion.
  package var completion: Completion
  /// The weighted sum of the scores; nil if no reward gave a score or one of them failed.
  package var reward: Double?
  /// The verdict of each reward, in order; empty until they are known.
  package var verdicts: [Verdict] = []
  /// Whether the weighted sum of the scores says that the answer is right.
  package var isRight = false
  /// The heuristics that the answer follows, sorted; nil if nothing labels them.
  package var heuristics: [String]?
  /// The reference model's log-prob of each token; nil unless the reward needs them.
  package var references: [Float]?
  /// The advantage in its group; nil without a reward.
  package var advantage: Double?
}
