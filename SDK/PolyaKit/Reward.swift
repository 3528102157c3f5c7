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
    /// Notes, with byte ranges of the completion.
    public var notes: [Note]
    /// Anything else that is worth keeping, as a JSON object; empty: nothing. Stored with the verdict.
    public var detailJSON: String

    /// A score.
    public init(
      _ value: Double, confidence: Double = 1, components: [Double] = [], extracted: Extract = .none,
      notes: [Note] = [], detailJSON: String = ""
    ) {
      self.value = value
      self.confidence = confidence
      self.components = components
      self.extracted = extracted
      self.notes = notes
      self.detailJSON = detailJSON
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
