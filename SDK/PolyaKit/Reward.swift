/// Says how good an answer is. Pure: a verdict depends on the item and the call's seed only.
public protocol Reward: Plugin {
  /// Every score lies inside; constant for the instance.
  var range: ClosedRange<Double> { get }
  /// What a score is made of, for logs; may be empty.
  var components: [Component] { get }

  /// The verdict on one answer.
  ///
  /// - Throws: ``Failure`` when this row cannot be judged for a technical reason: it then has no verdict at all.
  func score(_ item: RewardItem, _ call: Call) throws -> Verdict
}

extension Reward {
  /// None.
  public var components: [Component] { [] }
}

/// A reward that judges many answers at once, because that is cheaper than one after the other.
public protocol BatchReward: Reward {
  /// One outcome per item, in order; a ``Failure`` is that of its row only.
  func score(_ items: [RewardItem], _ call: Call) throws -> [Result<Verdict, Failure>]
  /// The same, telling the outcome of an item, by its index, as soon as it is known: what is told is kept when a later
  /// item brings the plugin down, and counts as a sign of life.
  func score(_ items: [RewardItem], _ call: Call, known: (Int, Result<Verdict, Failure>) throws -> Void)
    throws
}

extension BatchReward {
  /// All outcomes at the end.
  public func score(
    _ items: [RewardItem], _ call: Call, known: (Int, Result<Verdict, Failure>) throws -> Void
  ) throws {
    for (index, outcome) in try score(items, call).enumerated() { try known(index, outcome) }
  }

  /// A batch of one.
  public func score(_ item: RewardItem, _ call: Call) throws -> Verdict {
    guard let outcome = try score([item], call).first else {
      throw Failure(.internal, "the reward gives no outcome for its item")
    }
    return try outcome.get()
  }
}

/// A named part of a score.
public struct Component: Sendable, Hashable {
  /// [a-z0-9_-]+.
  public var name: String
  /// One line.
  public var help: String
  /// Its own range.
  public var range: ClosedRange<Double>

  /// A named part.
  public init(_ name: String, _ range: ClosedRange<Double>, help: String) {
    self.name = name
    self.help = help
    self.range = range
  }
}

/// An answer to be judged.
public struct RewardItem: Sendable {
  /// Identifies the item within its run.
  public var id: UInt64
  /// Samples of one question share it.
  public var groupID: UInt64
  /// Bare question.
  public var question: String
  /// Invalid UTF-8 replaced by U+FFFD.
  public var completion: String
  /// Empty: there is none, so that most rewards abstain.
  public var reference: String
  /// "", "math", "text", "heuristic", "unit-tests", …
  public var referenceKind: String
  /// The task's own remarks as JSON; may be empty.
  public var metaJSON: String
  /// Of the completion; may be empty.
  public var tokens: [Int32]
  /// As many as tokens, or none.
  public var logprobs: [Float]
  /// What the model was told before the completion; may be empty.
  public var transcript: [Message]

  /// An answer, as the host sends it or as a test makes it up.
  public init(
    id: UInt64, groupID: UInt64 = 0, question: String, completion: String, reference: String,
    referenceKind: String = "", metaJSON: String = "", tokens: [Int32] = [], logprobs: [Float] = [],
    transcript: [Message] = []
  ) {
    self.id = id
    self.groupID = groupID
    self.question = question
    self.completion = completion
    self.reference = reference
    self.referenceKind = referenceKind
    self.metaJSON = metaJSON
    self.tokens = tokens
    self.logprobs = logprobs
    self.transcript = transcript
  }
}

/// What a reward says of an answer.
public enum Verdict: Sendable {
  /// A score inside the reward's range.
  case scored(Score)
  /// Cannot tell, which is not "wrong".
  case abstain(notes: [Note] = [])

  /// A score and what led to it.
  public struct Score: Sendable {
    /// Finite, inside the reward's range.
    public var value: Double
    /// 0...1.
    public var confidence: Double
    /// Parallel to ``Reward/components``, or empty.
    public var components: [Double]
    /// What was taken for the final answer.
    public var extracted: Extract
    /// Remarks, with byte ranges of the completion.
    public var notes: [Note]

    /// A score.
    public init(
      _ value: Double, confidence: Double = 1, components: [Double] = [], extracted: Extract = .none,
      notes: [Note] = []
    ) {
      self.value = value
      self.confidence = confidence
      self.components = components
      self.extracted = extracted
      self.notes = notes
    }
  }

  /// The final answer that was found in the completion.
  public enum Extract: Sendable, Equatable {
    case none
    /// UTF-8 byte range of the completion: nothing is copied.
    case bytes(Range<Int>)
    case text(String)
  }
}
