/// A source of tasks. A task may depend only on split, index, and seed.
public protocol TaskSource: Plugin {
  /// The splits; at least one. They must be disjoint: no question occurs in two of them, whatever the seed.
  var splits: [Split] { get }
  /// The heuristics that ``demonstrate(_:of:_:)`` knows; may be empty.
  var heuristics: [Heuristic] { get }

  /// Returns one task.
  ///
  /// - Throws: ``Failure`` with code `notFound` for an unknown split or an index beyond its end.
  func task(_ place: TaskPlace, _ call: Call) throws -> TaskItem

  /// Returns a worked solution of a task by one heuristic, ending in its final answer; nil if the heuristic
  /// does not fit the task.
  func demonstrate(_ heuristic: String, of place: TaskPlace, _ call: Call) throws -> String?
}

extension TaskSource {
  /// No heuristics, by default.
  public var heuristics: [Heuristic] { [] }
  /// Returns nil, by default.
  public func demonstrate(_ heuristic: String, of place: TaskPlace, _ call: Call) throws -> String? { nil }
}

/// A named part of a task source.
public struct Split: Sendable, Hashable {
  /// The name, such as "train" or "test".
  public var name: String
  /// One line that describes the split.
  public var help: String
  /// The number of tasks; nil if unbounded.
  public var count: Int?
  /// Whether its questions differ in kind from those of the training split.
  public var isOutOfDistribution: Bool

  /// Creates a split.
  public init(_ name: String, count: Int? = nil, outOfDistribution: Bool = false, help: String) {
    self.name = name
    self.help = help
    self.count = count
    self.isOutOfDistribution = outOfDistribution
  }
}

/// The position of a task in its source.
public struct TaskPlace: Sendable, Hashable {
  /// The name of the split.
  public var split: String
  /// The index in the split, starting at 0.
  public var index: Int
  /// The seed of the sequence of tasks in the split.
  public var seed: UInt64

  /// Creates a place.
  public init(split: String, index: Int, seed: UInt64) {
    self.split = split
    self.index = index
    self.seed = seed
  }
}

/// A question with its gold answer.
public struct TaskItem: Sendable, Hashable {
  /// A key that is unique in the source and stable across versions of the plugin.
  public var key: String
  /// The bare question, without any template.
  public var question: String
  /// The gold answer that a reward compares with.
  public var reference: String
  /// How to read the reference, such as "math", "text", or "unit-tests".
  public var referenceKind: String
  /// The structure of the question, for tables; may be empty.
  public var kind: String
  /// The difficulty on the source's own scale.
  public var level: Double
  /// The source's metadata as JSON; may be empty.
  public var metadataJSON: String

  /// Creates a task.
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
