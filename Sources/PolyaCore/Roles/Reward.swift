/// Scores answers. Verdicts depend only on the answers and the seed.
package protocol Reward: AnyObject {
  /// The plugin's id.
  var id: String { get }
  /// The range that contains every score.
  var range: ClosedRange<Double> { get }
  /// The names of the components of a score; may be empty.
  var components: [String] { get }
  /// Whether verdicts depend on the other answers in a group, so that a whole group must be scored at once.
  var wantsWholeGroups: Bool { get }
  /// Returns one verdict per answer, in order. Throws only if the batch as a whole cannot be judged.
  func score(_ answers: [Answer], seed: UInt64) throws -> [Verdict]
}

extension Reward {
  /// No components, by default.
  package var components: [String] { [] }
  /// False by default: each answer can be scored alone.
  package var wantsWholeGroups: Bool { false }
}

/// An answer to score.
package struct Answer: Sendable {
  /// Identifies the answer; together with the seed it determines the randomness.
  package var id: UInt64
  /// Shared by the answers to one question.
  package var groupID: UInt64
  /// The task that is answered.
  package var task: Task
  /// The bytes as sampled, which may not be valid UTF-8.
  package var completion: [UInt8]
  /// Replaces the task's own reference, for example with a heuristic; nil keeps it.
  package var reference: Reference?
  /// The token ids of the completion; may be empty.
  package var tokens: [Int32]
  /// The log-prob of each token, or empty.
  package var logprobs: [Float]
  /// The messages before the completion; may be empty.
  package var transcript: [Message]

  /// What a reward compares the completion with.
  package struct Reference: Sendable {
    /// The text of the reference.
    package var text: String
    /// How to read the text, such as "math" or "heuristic".
    package var kind: String

    /// Creates a reference.
    package init(text: String, kind: String) {
      self.text = text
      self.kind = kind
    }
  }

  /// Creates an answer.
  package init(
    id: UInt64, groupID: UInt64, task: Task, completion: [UInt8], reference: Reference? = nil,
    tokens: [Int32] = [], logprobs: [Float] = [], transcript: [Message] = []
  ) {
    self.id = id
    self.groupID = groupID
    self.task = task
    self.completion = completion
    self.reference = reference
    self.tokens = tokens
    self.logprobs = logprobs
    self.transcript = transcript
  }
}
