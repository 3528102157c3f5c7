package import PolyaCore

/// A figure of a model on a task set, with its interval. Part of ``ResultsRecord``.
package struct ScoreRecord: Sendable, Equatable {
  /// The manifest's names; the model is an arm of the experiment.
  package var model, tasks: String
  /// `pass@K`, a share in 0...1, or any other name.
  package var metric: String
  /// The estimate: the mean over questions.
  package var value: Double
  /// The ends of its 95% bootstrap interval.
  package var low, high: Double
  /// Questions that have a value.
  package var questions: Int
  /// Samples of a question that have a verdict: the least of all questions.
  package var samples: Int

  /// A figure.
  package init(
    model: String, tasks: String, metric: String, value: Double, low: Double, high: Double, questions: Int,
    samples: Int
  ) {
    self.model = model
    self.tasks = tasks
    self.metric = metric
    self.value = value
    self.low = low
    self.high = high
    self.questions = questions
    self.samples = samples
  }

  /// The stored form.
  package var json: JSON {
    [
      "model": .string(model), "tasks": .string(tasks), "metric": .string(metric), "value": JSON(value),
      "low": JSON(low), "high": JSON(high), "questions": JSON(questions), "samples": JSON(samples),
    ]
  }

  /// Reads the stored form.
  package init(_ json: JSON) throws {
    let fields = RecordFields(json: json, kind: "score")
    self.init(
      model: try fields.string("model"), tasks: try fields.string("tasks"),
      metric: try fields.string("metric"), value: try fields.real("value"), low: try fields.real("low"),
      high: try fields.real("high"), questions: try fields.integer("questions"),
      samples: try fields.integer("samples"))
  }
}
