package import PolyaCore

/// The paired difference of two models on the same questions. Part of ``ResultsRecord``.
package struct ComparisonRecord: Sendable, Equatable {
  /// The names of both models and of the task set in the manifest. The difference is first minus second.
  package var first, second, tasks: String
  /// The metric, as in ``ScoreRecord``.
  package var metric: String
  /// The mean of first minus second over the questions, in the metric's unit.
  package var difference: Double
  /// The ends of its 95% bootstrap interval.
  package var low, high: Double
  /// The two-sided p-value, 0...1.
  package var probability: Double
  /// The p-value adjusted for all comparisons of the stage: the smallest rate of false discoveries at which this is one;
  /// nil if it was not adjusted.
  package var adjusted: Double?
  /// The number of questions with values of both models.
  package var questions: Int

  /// Creates a comparison.
  package init(
    first: String, second: String, tasks: String, metric: String, difference: Double, low: Double,
    high: Double, probability: Double, adjusted: Double? = nil, questions: Int
  ) {
    self.first = first
    self.second = second
    self.tasks = tasks
    self.metric = metric
    self.difference = difference
    self.low = low
    self.high = high
    self.probability = probability
    self.adjusted = adjusted
    self.questions = questions
  }

  /// The stored form.
  package var json: JSON {
    var members: JSON.Members = [
      "first": .string(first), "second": .string(second), "tasks": .string(tasks), "metric": .string(metric),
      "difference": JSON(difference), "low": JSON(low), "high": JSON(high), "p": JSON(probability),
      "questions": JSON(questions),
    ]
    members["p_adjusted"] = adjusted.map { JSON($0) }
    return .object(members)
  }

  /// Reads the stored form; throws `corrupt` if it is invalid.
  package init(_ json: JSON) throws {
    let fields = RecordFields(json: json, kind: "comparison")
    self.init(
      first: try fields.string("first"), second: try fields.string("second"),
      tasks: try fields.string("tasks"), metric: try fields.string("metric"),
      difference: try fields.real("difference"), low: try fields.real("low"), high: try fields.real("high"),
      probability: try fields.real("p"), adjusted: fields.optionalReal("p_adjusted"),
      questions: try fields.integer("questions"))
  }
}
