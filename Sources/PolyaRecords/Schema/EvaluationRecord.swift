public import PolyaCore

/// How one model did on one question.
public struct EvaluationRecord: Sendable, Equatable {
  /// "KEY:number", unique over all runs.
  public var id: String
  /// The manifest's name of the model.
  public var model: String
  /// The manifest's name of the task set.
  public var tasks: String
  /// The task's key.
  public var task: String
  /// The structure of the question.
  public var kind: String
  /// Samples with a verdict.
  public var scored: Int
  /// Samples scored right.
  public var correct: Int
  /// Samples without a verdict.
  public var unscored: Int
  /// Why they have none.
  public var reasons: UnscoredReasons
  /// Mean length.
  public var meanTokens: Double
  /// The first samples, for people.
  public var examples: [Example]

  /// A sample and its verdict.
  public struct Example: Sendable, Equatable {
    /// What the model said.
    public var text: String
    /// What the reward said of it.
    public var verdict: VerdictRecord

    /// A sample and its verdict.
    public init(text: String, verdict: VerdictRecord) {
      self.text = text
      self.verdict = verdict
    }
  }

  /// A result.
  public init(
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
  public var json: JSON {
    RecordKind.evaluation.form([
      "id": .string(id), "model": .string(model), "tasks": .string(tasks), "task": .string(task),
      "kind": .string(kind), "scored": JSON(scored), "correct": JSON(correct), "unscored": JSON(unscored),
      "reasons": reasons.json, "mean_tokens": JSON(meanTokens),
      "examples": .array(
        examples.map { .object(JSON.Members([("text", .string($0.text))] + $0.verdict.members.pairs)) }),
    ])
  }

  /// Reads the stored form.
  public init(_ json: JSON) throws {
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
