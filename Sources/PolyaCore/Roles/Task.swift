/// A question with its gold answer.
package struct Task: Sendable, Equatable {
  /// A key that is unique in its task set.
  package var key: String
  /// The bare question, without any template.
  package var question: String
  /// The gold answer that a reward compares with; may be empty.
  package var reference: String
  /// How to read the reference, such as "math" or "text".
  package var referenceKind: String
  /// The structure of the question, for tables; may be empty.
  package var kind: String
  /// The difficulty on the source's own scale.
  package var level: Double
  /// The source's metadata as JSON; may be empty.
  package var metadataJSON: String
  /// The position in the task source, which can demonstrate the task there; nil for tasks from files.
  package var place: Place?

  /// A position in a task source.
  package struct Place: Sendable, Equatable {
    /// The name of the split.
    package var split: String
    /// The index in the split, starting at 0.
    package var index: Int
    /// The seed of the sequence of tasks.
    package var seed: UInt64

    /// Creates a place.
    package init(split: String, index: Int, seed: UInt64) {
      self.split = split
      self.index = index
      self.seed = seed
    }
  }

  /// Creates a task.
  package init(
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
package protocol TaskSource: AnyObject {
  /// The splits that can be requested.
  var splits: [TaskSplit] { get }
  /// The heuristics that ``demonstrate(_:)`` knows.
  var heuristics: [Heuristic] { get }
  /// Returns the tasks of a split whose indices are in `range`.
  func tasks(split: String, range: Range<Int>, seed: UInt64) throws -> [Task]
  /// Returns a worked solution per request, or nil where a heuristic does not fit a task. A failure concerns
  /// only its own request.
  func demonstrate(_ requests: [DemonstrationRequest]) throws -> [Result<String?, PolyaError>]
}

/// A named part of a task source.
package struct TaskSplit: Sendable, Equatable {
  /// The name, such as "train" or "test".
  package var name: String
  /// One line that describes the split.
  package var help: String
  /// The number of tasks; nil if unbounded.
  package var count: Int?
  /// Whether its questions differ in kind from those of the training split.
  package var isOutOfDistribution: Bool

  /// Creates a split.
  package init(name: String, help: String, count: Int?, isOutOfDistribution: Bool) {
    self.name = name
    self.help = help
    self.count = count
    self.isOutOfDistribution = isOutOfDistribution
  }
}

/// A request for a worked solution of a task by a heuristic.
package struct DemonstrationRequest: Sendable {
  /// The position of the task.
  package var place: Task.Place
  /// The id of one of the source's heuristics.
  package var heuristic: String
  /// Identifies the request; together with the call's seed it determines the randomness.
  package var id: UInt64

  /// Creates a request.
  package init(place: Task.Place, heuristic: String, id: UInt64) {
    self.place = place
    self.heuristic = heuristic
    self.id = id
  }
}
