package import PolyaCore

/// The result of one model on one question.
package struct EvaluationRecord: Sendable, Equatable {
  /// An id "KEY:number", unique over all runs.
  package var id: String
  /// The name of the model in the manifest.
  package var model: String
  /// The name of the task set in the manifest.
  package var tasks: String
  /// The key of the task.
  package var task: String
  /// The structure of the question, for tables.
  package var kind: String
  /// The prompt that the model was sent, special tokens included.
  package var prompt: String
  /// The number of samples with a verdict.
  package var scored: Int
  /// The number of right samples.
  package var correct: Int
  /// The number of samples without a verdict.
  package var unscored: Int
  /// The reasons why samples have no verdict.
  package var reasons: UnscoredReasons
  /// The mean length of the samples in tokens.
  package var meanTokens: Double
  /// The first samples, for people to read.
  package var examples: [Example]

  /// A sample and its verdict.
  package struct Example: Sendable, Equatable {
    /// The completion as text.
    package var text: String
    /// The reward's verdict.
    package var verdict: VerdictRecord

    /// Creates an example.
    package init(text: String, verdict: VerdictRecord) {
      self.text = text
      self.verdict = verdict
    }
  }

  /// Creates a result.
  package init(
    id: String, model: String, tasks: String, task: String, kind: String, prompt: String,
    scored: Int, correct: Int, unscored: Int, reasons: UnscoredReasons, meanTokens: Double,
    examples: [Example]
  ) {
    self.id = id
    self.model = model
    self.tasks = tasks
    self.task = task
    self.kind = kind
    self.prompt = prompt
    self.scored = scored
    self.correct = correct
    self.unscored = unscored
    self.reasons = reasons
    self.meanTokens = meanTokens
    self.examples = examples
  }

  /// The stored form.
  package var json: JSON {
    RecordKind.evaluation.form([
      "id": .string(id), "model": .string(model), "tasks": .string(tasks), "task": .string(task),
      "kind": .string(kind), "prompt": .string(prompt), "scored": JSON(scored), "correct": JSON(correct),
      "unscored": JSON(unscored),
      "reasons": reasons.json, "mean_tokens": JSON(meanTokens),
      "examples": .array(
        examples.map { .object(JSON.Members([("text", .string($0.text))] + $0.verdict.members.pairs)) }),
    ])
  }

  /// Reads the stored form; throws `corrupt` if it is invalid.
  package init(_ json: JSON) throws {
    let fields = try RecordFields(json, of: .evaluation)
    let examples = try fields.array("examples").map {
      let fields = RecordFields(json: $0, kind: "example")
      return Example(text: try fields.string("text"), verdict: try VerdictRecord(fields))
    }
    self.init(
      id: try fields.string("id"), model: try fields.string("model"), tasks: try fields.string("tasks"),
      task: try fields.string("task"), kind: try fields.string("kind"),
      prompt: try fields.string("prompt"), scored: try fields.integer("scored"),
      correct: try fields.integer("correct"), unscored: try fields.integer("unscored"),
      reasons: UnscoredReasons(json["reasons"] ?? .array([])),
      meanTokens: try fields.real("mean_tokens"), examples: examples)
  }
}
