package import PolyaCore

/// A score of a model on a task set, with its interval. Part of ``ResultsRecord``.
package struct ScoreRecord: Sendable, Equatable {
  /// The names of the model (an arm of the experiment) and of the task set in the manifest.
  package var model, tasks: String
  /// The models that are the arm's training seeds; empty if the arm is one model.
  package var seeds: [String]
  /// The kind of the questions; nil for all of the task set.
  package var kind: String?
  /// The name of the metric. `pass@K`, `maj@K`, and `greedy` are shares in 0...1.
  package var metric: String
  /// The estimate, which is the mean over questions.
  package var value: Double
  /// The ends of its 95% bootstrap interval.
  package var low, high: Double
  /// The number of questions with a value.
  package var questions: Int
  /// The smallest number of samples with a verdict that a question has.
  package var samples: Int

  /// Creates a score.
  package init(
    model: String, tasks: String, seeds: [String] = [], kind: String? = nil, metric: String, value: Double,
    low: Double, high: Double, questions: Int, samples: Int
  ) {
    self.model = model
    self.tasks = tasks
    self.seeds = seeds
    self.kind = kind
    self.metric = metric
    self.value = value
    self.low = low
    self.high = high
    self.questions = questions
    self.samples = samples
  }

  /// The stored form.
  package var json: JSON {
    var members: JSON.Members = [
      "model": .string(model), "tasks": .string(tasks), "metric": .string(metric), "value": JSON(value),
      "low": JSON(low), "high": JSON(high), "questions": JSON(questions), "samples": JSON(samples),
    ]
    if !seeds.isEmpty { members["seeds"] = .array(seeds.map { .string($0) }) }
    members["kind"] = kind.map { .string($0) }
    return .object(members)
  }

  /// Reads the stored form; throws `corrupt` if it is invalid.
  package init(_ json: JSON) throws {
    let fields = RecordFields(json: json, kind: "score")
    self.init(
      model: try fields.string("model"), tasks: try fields.string("tasks"),
      seeds: json["seeds"] == nil ? [] : try fields.strings("seeds"), kind: json["kind"]?.string,
      metric: try fields.string("metric"), value: try fields.real("value"), low: try fields.real("low"),
      high: try fields.real("high"), questions: try fields.integer("questions"),
      samples: try fields.integer("samples"))
  }
}
