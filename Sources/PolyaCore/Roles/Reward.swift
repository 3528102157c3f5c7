/// Says how good answers are. Pure.
public protocol Reward: AnyObject {
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
  public var components: [String] { [] }
  /// No.
  public var wantsWholeGroups: Bool { false }
}

/// An answer to be judged.
public struct Answer: Sendable {
  /// With the seed the source of randomness.
  public var id: UInt64
  /// Answers to one question share it.
  public var groupID: UInt64
  /// The task.
  public var task: Task
  /// As sampled; may be broken UTF-8.
  public var completion: [UInt8]
  /// Replaces the task's own reference, e.g. by a heuristic.
  public var reference: Reference?
  /// Of the completion; may be empty.
  public var tokens: [Int32]
  /// As many as tokens, or none.
  public var logprobs: [Float]
  /// What the model was told before the completion; may be empty.
  public var transcript: [Message]

  /// What to compare with.
  public struct Reference: Sendable {
    /// The text.
    public var text: String
    /// "math", "heuristic", …
    public var kind: String

    /// A reference.
    public init(text: String, kind: String) {
      self.text = text
      self.kind = kind
    }
  }

  /// An answer.
  public init(
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
