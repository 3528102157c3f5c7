/// Says how good answers are. Pure.
package protocol Reward: AnyObject {
  /// The plugin's id.
  var id: String { get }
  /// Every score lies inside.
  var range: ClosedRange<Double> { get }
  /// Names of what a score is made of; may be empty.
  var components: [String] { get }
  /// Whether the verdicts depend on what else is in a group: then all answers of a group are to be judged at once.
  var wantsWholeGroups: Bool { get }
  /// One verdict per answer, in order. Throws only when the batch as such cannot be judged.
  func score(_ answers: [Answer], seed: UInt64) throws -> [Verdict]
}

extension Reward {
  /// None.
  package var components: [String] { [] }
  /// No.
  package var wantsWholeGroups: Bool { false }
}

/// An answer to be judged.
package struct Answer: Sendable {
  /// With the seed the source of randomness.
  package var id: UInt64
  /// Answers to one question share it.
  package var groupID: UInt64
  /// The task.
  package var task: Task
  /// As sampled; may be broken UTF-8.
  package var completion: [UInt8]
  /// Replaces the task's own reference, e.g. by a heuristic.
  package var reference: Reference?
  /// Of the completion; may be empty.
  package var tokens: [Int32]
  /// As many as tokens, or none.
  package var logprobs: [Float]
  /// What the model was told before the completion; may be empty.
  package var transcript: [Message]

  /// What to compare with.
  package struct Reference: Sendable {
    /// The text.
    package var text: String
    /// "math", "heuristic", …
    package var kind: String

    /// A reference.
    package init(text: String, kind: String) {
      self.text = text
      self.kind = kind
    }
  }

  /// An answer.
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
