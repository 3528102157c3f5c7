/// A question with a checkable reference.
package struct Task: Sendable, Equatable {
  /// Unique in its set.
  package var key: String
  /// Bare, without any template.
  package var question: String
  /// What a reward compares with; may be empty.
  package var reference: String
  /// "math", "text", …
  package var referenceKind: String
  /// The structure of the question, for tables; may be empty.
  package var kind: String
  /// Difficulty on the source's own scale.
  package var level: Double
  /// The source's metadata as JSON; may be empty.
  package var metadataJSON: String
  /// Where it stands in a task source that can demonstrate it; nil for tasks from files.
  package var place: Place?

  /// A place in a task source.
  package struct Place: Sendable, Equatable {
    /// The split's name.
    package var split: String
    /// From 0.
    package var index: Int
    /// Of the sequence of tasks.
    package var seed: UInt64

    /// A place.
    package init(split: String, index: Int, seed: UInt64) {
      self.split = split
      self.index = index
      self.seed = seed
    }
  }

  /// A task.
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
package struct TaskSplit: Sendable, Equatable {
  /// "train", "test", …
  package var name: String
  /// One line.
  package var help: String
  /// nil: unbounded.
  package var count: Int?
  /// Whether its questions are unlike those of the training split.
  package var isOutOfDistribution: Bool

  /// A split.
  package init(name: String, help: String, count: Int?, isOutOfDistribution: Bool) {
    self.name = name
    self.help = help
    self.count = count
    self.isOutOfDistribution = isOutOfDistribution
  }
}

/// Which task to work out, and how.
package struct DemonstrationRequest: Sendable {
  /// The task.
  package var place: Task.Place
  /// One of the source's ids.
  package var heuristic: String
  /// With the call's seed the source of randomness.
  package var id: UInt64

  /// A request.
  package init(place: Task.Place, heuristic: String, id: UInt64) {
    self.place = place
    self.heuristic = heuristic
    self.id = id
  }
}
