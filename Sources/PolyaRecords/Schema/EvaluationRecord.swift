package import PolyaCore

/// How one model did on one question.
package struct EvaluationRecord: Sendable, Equatable {
  /// "KEY:number", unique over all runs.
  package var id: String
  /// The manifest's name of the model.
  package var model: String
  /// The manifest's name of the task set.
  package var tasks: String
  /// The task's key.
  package var task: String
  /// The structure of the question.
  package var kind: String
  /// Samples with a verdict.
  package var scored: Int
  /// Samples scored right.
  package var correct: Int
  /// Samples without a verdict.
  package var unscored: Int
  /// Why they have none.
  package var reasons: UnscoredReasons
  /// Mean length.
  package var meanTokens: Double
  /// The first samples, for people.
  package var examples: [Example]

  /// A sample and its verdict.
  package struct Example: Sendable, Equatable {
    /// What the model said.
    package var text: String
    /// What the reward said of it.
    package var verdict: VerdictRecord

    /// A sample and its verdict.
    package init(text: String, verdict: VerdictRecord) {
      self.text = text
      self.verdict = verdict
    }
  }

  /// A result.
  package init(
    id: String, model: String, tasks: String, task: String, kind: String, scored: Int, correct: Int,
    unscored: Int, reasons: UnscoredReasons, meanTokens: Double, examples: [Example]
  ) {
    self.id = id
    self.model = model
    self.tasks = tasks
    self.task = task
    self.kind = kind
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
      "kind": .string(kind), "scored": JSON(scored), "correct": JSON(correct), "unscored": JSON(unscored),
      "reasons": reasons.json, "mean_tokens": JSON(meanTokens),
      "examples": .array(
        examples.map { .object(JSON.Members([("text", .string($0.text))] + $0.verdict.members.pairs)) }),
    ])
  }

  /// Reads the stored form.
  package init(_ json: JSON) throws {
    let fields = try RecordFields(json, of: .evaluation)
    let examples = try fields.array("examples").map {
      let fields = RecordFields(json: $0, kind: "example")
      return Example(text: try fields.string("text"), verdict: try VerdictRecord(fields))
    }
    self.init(
      id: try fields.string("id"), model: try fields.string("model"), tasks: try fields.string("tasks"),
      task: try fields.string("task"), kind: try fields.string("kind"), scored: try fields.integer("scored"),
      correct: try fields.integer("correct"), unscored: try fields.integer("unscored"),
      reasons: UnscoredReasons(json["reasons"] ?? .array([])),
      meanTokens: try fields.real("mean_tokens"), examples: examples)
  }
}
