/// A question with a checkable reference.
public struct Task: Sendable, Equatable {
  /// Unique in its set.
  public var key: String
  /// Bare, without any template.
  public var question: String
  /// What a reward compares with; may be empty.
  public var reference: String
  /// "math", "text", …
  public var referenceKind: String
  /// The structure of the question, for tables; may be empty.
  public var kind: String
  /// Difficulty on the source's own scale.
  public var level: Double
  /// The source's metadata as JSON; may be empty.
  public var metadataJSON: String
  /// Where it stands in a task source that can demonstrate it; nil for tasks from files.
  public var place: Place?

  /// A place in a task source.
  public struct Place: Sendable, Equatable {
    /// The split's name.
    public var split: String
    /// From 0.
    public var index: Int
    /// Of the sequence of tasks.
    public var seed: UInt64

    /// A place.
    public init(split: String, index: Int, seed: UInt64) {
      self.split = split
      self.index = index
      self.seed = seed
    }
  }

  /// A task.
  public init(
    key: String, question: String, reference: String, referenceKind: String, kind: String = "",
    level: Double = 0,
    metadataJSON: String = "", place: Place? = nil
  ) {
    self.key = key
    self.question = question
    self.reference = reference
    self.referenceKind = referenceKind
    self.kind = kind
    self.level = level
    self.metadataJSON = metadataJSON
    self.place = place
  }
}

/// Produces tasks and worked demonstrations of them.
public protocol TaskSource: AnyObject {
  /// What can be asked for.
  var splits: [TaskSplit] { get }
  /// What ``demonstrate(_:)`` knows.
  var heuristics: [Heuristic] { get }
  /// Tasks `range` of a split.
  func tasks(split: String, range: Range<Int>, seed: UInt64) throws -> [Task]
  /// Worked solutions; nil where a heuristic does not fit a task. A failure is that of its request only.
  func demonstrate(_ requests: [DemonstrationRequest]) throws -> [Result<String?, PolyaError>]
}

/// A named part of a task source.
public struct TaskSplit: Sendable, Equatable {
  /// "train", "test", …
  public var name: String
  /// One line.
  public var help: String
  /// nil: unbounded.
  public var count: Int?
  /// Whether its questions are unlike those of the training split.
  public var isOutOfDistribution: Bool

  /// A split.
  public init(name: String, help: String, count: Int?, isOutOfDistribution: Bool) {
    self.name = name
    self.help = help
    self.count = count
    self.isOutOfDistribution = isOutOfDistribution
  }
}

/// Which task to work out, and how.
public struct DemonstrationRequest: Sendable {
  /// The task.
  public var place: Task.Place
  /// One of the source's ids.
  public var heuristic: String
  /// With the call's seed the source of randomness.
  public var id: UInt64

  /// A request.
  public init(place: Task.Place, heuristic: String, id: UInt64) {
    self.place = place
    self.heuristic = heuristic
    self.id = id
  }
}
