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
  /// The structure of the question, or the kind of its reference where the source does not say it; for tables.
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
  /// The source that the question shares with others, whose results are not independent of its own; nil for none.
  package var cluster: String?
  /// The different answers among the samples with a verdict, most frequent first; nil if the reward does not say which
  /// answer it took from a right sample. Samples without an answer are left out.
  package var votes: [Vote]?
  /// The results at temperature 0; nil if there are none.
  package var greedy: Greedy?

  /// An answer that some samples share. All right ones count as the same, wrong ones if they read the same.
  package struct Vote: Sendable, Equatable {
    /// The answer, as the first sample with it wrote it.
    package var answer: String
    /// Whether it is right.
    package var isRight: Bool
    /// The number of samples with it.
    package var count: Int

    /// Creates a vote.
    package init(answer: String, isRight: Bool, count: Int) {
      self.answer = answer
      self.isRight = isRight
      self.count = count
    }
  }

  /// The results of the most likely answers.
  package struct Greedy: Sendable, Equatable {
    /// The numbers of answers with a verdict, and of right ones.
    package var scored, correct: Int

    /// Creates results.
    package init(scored: Int, correct: Int) {
      self.scored = scored
      self.correct = correct
    }
  }

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
    examples: [Example], cluster: String? = nil, votes: [Vote]? = nil, greedy: Greedy? = nil
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
    self.cluster = cluster
    self.votes = votes
    self.greedy = greedy
  }

  /// The stored form.
  package var json: JSON {
    var members: JSON.Members = [
      "id": .string(id), "model": .string(model), "tasks": .string(tasks), "task": .string(task),
      "kind": .string(kind), "prompt": .string(prompt), "scored": JSON(scored), "correct": JSON(correct),
      "unscored": JSON(unscored),
      "reasons": reasons.json, "mean_tokens": JSON(meanTokens),
      "examples": .array(
        examples.map { .object(JSON.Members([("text", .string($0.text))] + $0.verdict.members.pairs)) }),
    ]
    members["cluster"] = cluster.map { .string($0) }
    members["votes"] = votes.map { .array($0.map(\.json)) }
    members["greedy"] = greedy.map { ["scored": JSON($0.scored), "correct": JSON($0.correct)] }
    return RecordKind.evaluation.form(members)
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
      meanTokens: try fields.real("mean_tokens"), examples: examples, cluster: json["cluster"]?.string,
      votes: json["votes"] == nil ? nil : try fields.array("votes").map { try Vote($0) },
      greedy: try json["greedy"].map {
        let fields = RecordFields(json: $0, kind: "greedy result")
        return Greedy(scored: try fields.integer("scored"), correct: try fields.integer("correct"))
      })
  }
}

extension EvaluationRecord.Vote {
  fileprivate var json: JSON {
    ["answer": .string(answer), "right": .bool(isRight), "count": JSON(count)]
  }

  fileprivate init(_ json: JSON) throws {
    let fields = RecordFields(json: json, kind: "vote")
    self.init(
      answer: try fields.string("answer"), isRight: try fields.bool("right"),
      count: try fields.integer("count"))
  }
}
