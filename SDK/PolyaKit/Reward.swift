/// Scores answers. A verdict may depend only on the item and the call's seed.
public protocol Reward: Plugin {
  /// The range that contains every score; constant for an instance.
  var range: ClosedRange<Double> { get }
  /// The components of a score, for logs; may be empty.
  var components: [Component] { get }

  /// Returns the verdict on one answer.
  ///
  /// - Throws: ``Failure`` if the row cannot be judged for a technical reason; it then has no verdict.
  func score(_ item: RewardItem, _ call: Call) throws -> Verdict
}

extension Reward {
  /// No components, by default.
  public var components: [Component] { [] }
}

/// A reward that scores many answers at once because that is cheaper than one by one.
public protocol BatchReward: Reward {
  /// Returns one outcome per item, in order. A ``Failure`` concerns only its own row.
  func score(_ items: [RewardItem], _ call: Call) throws -> [Result<Verdict, Failure>]
  /// Reports the outcome of each item, by its index, as soon as it is known. The host keeps reported outcomes
  /// if a later item crashes the plugin, and they count as signs of life.
  func score(_ items: [RewardItem], _ call: Call, known: (Int, Result<Verdict, Failure>) throws -> Void)
    throws
}

extension BatchReward {
  /// Reports all outcomes at the end.
  public func score(
    _ items: [RewardItem], _ call: Call, known: (Int, Result<Verdict, Failure>) throws -> Void
  ) throws {
    for (index, outcome) in try score(items, call).enumerated() { try known(index, outcome) }
  }

  /// Scores a batch of one item.
  public func score(_ item: RewardItem, _ call: Call) throws -> Verdict {
    guard let outcome = try score([item], call).first else {
      throw Failure(.internal, "the reward returned no outcome for its item")
    }
    return try outcome.get()
  }
}

/// A named component of a score.
public struct Component: Sendable, Hashable {
  /// The name, which matches [a-z0-9_-]+.
  public var name: String
  /// One line that explains the component.
  public var help: String
  /// The range of the component's values.
  public var range: ClosedRange<Double>

  /// Creates a component.
  public init(_ name: String, _ range: ClosedRange<Double>, help: String) {
    self.name = name
    self.help = help
    self.range = range
  }
}

/// The verdict of a reward on an answer.
public enum Verdict: Sendable {
  /// A score within the reward's range.
  case scored(Score)
  /// The reward cannot tell, which is not the same as "wrong".
  case abstain(notes: [Note] = [])

  /// A score and what led to it.
  public struct Score: Sendable {
    /// The score, which is finite and within the reward's range.
    public var value: Double
    /// The confidence in the score, 0...1; 0, the default, means that it is not stated.
    public var confidence: Double
    /// The values of ``Reward/components``, in their order, or empty.
    public var components: [Double]
    /// The text that was taken as the final answer.
    public var extracted: Extract
    /// Notes, which may refer to byte ranges of the completion.
    public var notes: [Note]
    /// Further details as a JSON object, which are stored with the verdict; may be empty.
    public var detailJSON: String

    /// Creates a score.
    public init(
      _ value: Double, confidence: Double = 0, components: [Double] = [], extracted: Extract = .none,
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

  /// The final answer found in the completion.
  public enum Extract: Sendable, Equatable {
    case none
    /// A UTF-8 byte range of the completion, so that nothing is copied.
    case bytes(Range<Int>)
    case text(String)
  }
}
