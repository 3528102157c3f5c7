package import PolyaCore
package import PolyaDialogue

/// An answer sampled for reinforcement learning, with its verdicts, reward, and advantage.
package struct Rollout {
  /// A sequence that is trained on, with the log-probs of its sampled tokens.
  package struct Part: Sendable, Equatable {
    /// The token ids of a prompt and of what was sampled after it.
    package var sequence: TokenSequence
    /// The log-prob of each sampled token when it was sampled.
    package var logprobs: [Float]
  }

  /// The task that is answered.
  package var task: Task
  /// The number of the group, shared by the rollouts of one question in one step.
  package var group: Int
  /// The number of the rollout in its group.
  package var sample: Int
  /// The dialogue with the model, of one turn if the bare question was asked.
  package var dialogue: Dialogue
  /// The sequences that are trained on: one per turn.
  package var parts: [Part]
  /// The weighted sum of the scores; nil if no reward gave a score or one of them failed.
  package var reward: Double?
  /// The verdict of each reward, in order; empty until they are known.
  package var verdicts: [Verdict] = []
  /// Whether the weighted sum of the scores says that the answer is right.
  package var isRight = false
  /// The heuristics that the answer follows, sorted; nil if nothing labels them.
  package var heuristics: [String]?
  /// The reference model's log-prob of each trained token; nil unless the reward needs them.
  package var references: [Double]?
  /// The advantage in its group; nil without a reward.
  package var advantage: Double?

  /// The heuristic that was asked for; nil for the bare question.
  var heuristic: String? { dialogue.approach.strategy is BareQuestion ? nil : dialogue.approach.heuristic }
  /// The log-probs of all trained tokens when they were sampled.
  var logprobs: [Float] { parts.flatMap(\.logprobs) }
  /// The number of trained tokens.
  var tokenCount: Int { parts.reduce(0) { $0 + $1.logprobs.count } }
  /// The number of tokens that the model sampled.
  var sampledTokens: Int { dialogue.turns.reduce(0) { $0 + $1.completion.tokens.count } }
  /// Whether the limit on tokens ended a reply.
  var isTruncated: Bool { dialogue.turns.contains { $0.completion.finish == .length } }
  /// The number of tokens that passes go through.
  var passTokens: Int { parts.reduce(0) { $0 + $1.sequence.tokens.count } }
}
