/// A source of questions with checkable references. Pure: a task is a function of (split, index, seed).
public protocol TaskSource: Plugin {
  /// Disjoint: no question stands in two of them, whatever the seed. At least one.
  var splits: [Split] { get }
  /// What ``demonstrate(_:of:_:)`` knows; may be empty.
  var heuristics: [Heuristic] { get }

  /// One task.
  ///
  /// - Throws: ``Failure`` with code `notFound` for an unknown split or an index past its end.
  func task(_ place: TaskPlace, _ call: Call) throws -> TaskItem

  /// A worked solution of a task by one heuristic, ending in its final answer; nil when the heuristic does not
  /// fit the task.
  func demonstrate(_ heuristic: String, of place: TaskPlace, _ call: Call) throws -> String?
}

extension TaskSource {
  /// None.
  public var heuristics: [Heuristic] { [] }
  /// Nothing.
  public func demonstrate(_ heuristic: String, of place: TaskPlace, _ call: Call) throws -> String? { nil }
}

/// A named part of a task source.
public struct Split: Sendable, Hashable {
  /// "train", "test", …
  public var name: String
  /// One line.
  public var help: String
  /// nil: unbounded.
  public var count: Int?
  /// Whether its questions are unlike those of the training split.
  public var isOutOfDistribution: Bool

  /// A split.
  public init(_ name: String, count: Int? = nil, outOfDistribution: Bool = false, help: String) {
    self.name = name
    self.help = help
    self.count = count
    self.isOutOfDistribution = outOfDistribution
  }
}

/// Where a task stands in its source.
public struct TaskPlace: Sendable, Hashable {
  /// The split's name.
  public var split: String
  /// From 0.
  public var index: Int
  /// Another seed, another sequence of tasks in the split.
  public var seed: UInt64

  /// A place.
  public init(split: String, index: Int, seed: UInt64) {
    self.split = split
    self.index = index
    self.seed = seed
  }
}

/// A question with a checkable reference.
public struct TaskItem: Sendable, Hashable {
  /// Unique in the source, stable over versions of the plugin.
  public var key: String
  /// Bare question.
  public var question: String
  /// What a reward compares with.
  public var reference: String
  /// "math", "text", "unit-tests", …
  public var referenceKind: String
  /// The structure of the question, for tables; may be empty.
  public var kind: String
  /// Difficulty on the source's own scale.
  public var level: Double
  /// The source's own metadata as JSON; may be empty.
  public var metadataJSON: String

  /// A task.
  public init(
    key: String, question: String, reference: String, referenceKind: String, kind: String = "",
    level: Double = 0,
    metadataJSON: String = ""
  ) {
    self.key = key
    self.question = question
    self.reference = reference
    self.referenceKind = referenceKind
    self.kind = kind
    self.level = level
    self.metadataJSON = metadataJSON
  }
}
