package import PolyaCore

/// Which questions one model could solve and another no longer can. Part of ``ResultsRecord``.
package struct CoverageRecord: Sendable, Equatable {
  /// The names of the later and the earlier model, as the first and second of a comparison, and of the task set.
  package var first, second, tasks: String
  /// The number of questions that both models have, and of those that each solves at least once.
  package var questions, solvedFirst, solvedSecond: Int
  /// The number of questions that only the first model solves.
  package var gained: Int
  /// The two-sided p-value of McNemar's exact test of lost against gained questions, 0...1.
  package var probability: Double
  /// The smallest change of the share of solved questions that would be found with 80% power.
  package var detectable: Double
  /// The questions that only the second model solves, the surest first.
  package var lost: [Lost]

  /// A question that was lost.
  package struct Lost: Sendable, Equatable {
    /// The key of the task.
    package var task: String
    /// The numbers of right answers of the second model, and of answers of the second and the first.
    package var right, samplesSecond, samplesFirst: Int
    /// How unlikely no right answer of the first model is, if it solved the question as the second one does; adjusted for the
    /// number of lost questions, 0...1.
    package var probability: Double

    /// Creates a lost question.
    package init(task: String, right: Int, samplesSecond: Int, samplesFirst: Int, probability: Double) {
      self.task = task
      self.right = right
      self.samplesSecond = samplesSecond
      self.samplesFirst = samplesFirst
      self.probability = probability
    }

    fileprivate var json: JSON {
      [
        "task": .string(task), "right": JSON(right), "samples_second": JSON(samplesSecond),
        "samples_first": JSON(samplesFirst), "p": JSON(probability),
      ]
    }

    fileprivate init(_ json: JSON) throws {
      let fields = RecordFields(json: json, kind: "lost question")
      self.init(
        task: try fields.string("task"), right: try fields.integer("right"),
        samplesSecond: try fields.integer("samples_second"),
        samplesFirst: try fields.integer("samples_first"),
        probability: try fields.real("p"))
    }
  }

  /// Creates a record.
  package init(
    first: String, second: String, tasks: String, questions: Int, solvedFirst: Int, solvedSecond: Int,
    gained: Int,
    probability: Double, detectable: Double, lost: [Lost]
  ) {
    self.first = first
    self.second = second
    self.tasks = tasks
    self.questions = questions
    self.solvedFirst = solvedFirst
    self.solvedSecond = solvedSecond
    self.gained = gained
    self.probability = probability
    self.detectable = detectable
    self.lost = lost
  }

  /// The stored form.
  package var json: JSON {
    [
      "first": .string(first), "second": .string(second), "tasks": .string(tasks),
      "questions": JSON(questions),
      "solved_first": JSON(solvedFirst), "solved_second": JSON(solvedSecond), "gained": JSON(gained),
      "p": JSON(probability), "detectable": JSON(detectable), "lost": .array(lost.map(\.json)),
    ]
  }

  /// Reads the stored form; throws `corrupt` if it is invalid.
  package init(_ json: JSON) throws {
    let fields = RecordFields(json: json, kind: "coverage")
    self.init(
      first: try fields.string("first"), second: try fields.string("second"),
      tasks: try fields.string("tasks"),
      questions: try fields.integer("questions"), solvedFirst: try fields.integer("solved_first"),
      solvedSecond: try fields.integer("solved_second"), gained: try fields.integer("gained"),
      probability: try fields.real("p"), detectable: try fields.real("detectable"),
      lost: try fields.array("lost").map(Lost.init))
  }
}
