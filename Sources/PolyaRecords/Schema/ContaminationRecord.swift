package import PolyaCore

/// Which questions of a task set resemble training questions. Part of ``ResultsRecord``.
package struct ContaminationRecord: Sendable, Equatable {
  /// The name of the task set whose questions were compared.
  package var tasks: String
  /// The names of the task sets with the training questions.
  package var against: [String]
  /// The number of words in a row that two questions must share to overlap.
  package var words: Int
  /// The share of word triples from which two questions are near-duplicates, 0...1.
  package var similarity: Double
  /// The number of questions, before any was left out.
  package var questions: Int
  /// Whether the resembling questions were left out.
  package var isExcluded: Bool
  /// The questions that overlap with a training question or nearly repeat one, the most similar first.
  package var resembling: [Resembling]

  /// A question and the training question that is most like it.
  package struct Resembling: Sendable, Equatable {
    /// The key of the task.
    package var task: String
    /// The key of the training task that is most similar.
    package var like: String
    /// Whether some training question shares `words` words in a row with it, or all of a shorter question.
    package var overlaps: Bool
    /// The shared word triples of both questions as a share of all, 0...1.
    package var similarity: Double

    /// Creates a pair.
    package init(task: String, like: String, overlaps: Bool, similarity: Double) {
      self.task = task
      self.like = like
      self.overlaps = overlaps
      self.similarity = similarity
    }

    fileprivate var json: JSON {
      [
        "task": .string(task), "like": .string(like), "overlaps": .bool(overlaps),
        "similarity": JSON(similarity),
      ]
    }

    fileprivate init(_ json: JSON) throws {
      let fields = RecordFields(json: json, kind: "resembling question")
      self.init(
        task: try fields.string("task"), like: try fields.string("like"),
        overlaps: try fields.bool("overlaps"),
        similarity: try fields.real("similarity"))
    }
  }

  /// Creates a record.
  package init(
    tasks: String, against: [String], words: Int, similarity: Double, questions: Int, isExcluded: Bool,
    resembling: [Resembling]
  ) {
    self.tasks = tasks
    self.against = against
    self.words = words
    self.similarity = similarity
    self.questions = questions
    self.isExcluded = isExcluded
    self.resembling = resembling
  }

  /// The number of questions that share words in a row with a training question.
  package var overlapping: Int { resembling.count(where: \.overlaps) }

  /// The number of near-duplicates.
  package var nearDuplicates: Int { resembling.count { $0.similarity >= similarity } }

  /// The stored form.
  package var json: JSON {
    [
      "tasks": .string(tasks), "against": .array(against.map { .string($0) }), "words": JSON(words),
      "similarity": JSON(similarity), "questions": JSON(questions), "excluded": .bool(isExcluded),
      "resembling": .array(resembling.map(\.json)),
    ]
  }

  /// Reads the stored form; throws `corrupt` if it is invalid.
  package init(_ json: JSON) throws {
    let fields = RecordFields(json: json, kind: "contamination record")
    self.init(
      tasks: try fields.string("tasks"), against: try fields.strings("against"),
      words: try fields.integer("words"), similarity: try fields.real("similarity"),
      questions: try fields.integer("questions"), isExcluded: try fields.bool("excluded"),
      resembling: try fields.array("resembling").map { try Resembling($0) })
  }
}
