package import PolyaCore

/// One attempt at a task by a heuristic, with its verdict. Candidates that are not selected are kept, too.
package struct CandidateRecord: Sendable, Equatable {
  /// An id "KEY:number", unique over all runs.
  package var id: String
  /// The task.
  package var task: Task
  /// The plugin id of the strategy.
  package var strategy: String
  /// The id of the heuristic.
  package var heuristic: String
  /// The number of the sample for this task and heuristic, starting at 0.
  package var sample: Int
  /// The last prompt given to the model.
  package var prompt: String
  /// The solution that the strategy extracted from the completion.
  package var answer: String
  /// The token ids of the last completion, including an end token; empty if the answer is not that
  /// completion.
  package var tokens: [Int32]
  /// Why sampling ended; empty if no model was asked.
  package var finish: String
  /// The verifier's verdict. An attempt without an answer is failed, with the strategy's reason.
  package var verdict: VerdictRecord
  /// How well the answer follows its heuristic, 0...1; nil if this was not measured or could not be
  /// determined.
  package var adherence: Double?
  /// The seed of the sampling.
  package var seed: UInt64
  /// The origin of the model that sampled it: a stage's key, or "plugin NAME".
  package var model: String
  /// Whether the strategy saw a verdict before it answered, so that another verifier might have led to
  /// another answer.
  package var wasTried = false

  /// The outcome of the attempt.
  package var outcome: Outcome { verdict.outcome }

  /// Creates a candidate.
  package init(
    id: String, task: Task, strategy: String, heuristic: String, sample: Int, prompt: String, answer: String,
    tokens: [Int32], finish: String, verdict: VerdictRecord, adherence: Double?, seed: UInt64, model: String
  ) {
    self.id = id
    self.task = task
    self.strategy = strategy
    self.heuristic = heuristic
    self.sample = sample
    self.prompt = prompt
    self.answer = answer
    self.tokens = tokens
    self.finish = finish
    self.verdict = verdict
    self.adherence = adherence
    self.seed = seed
    self.model = model
  }

  /// Whether the limit on tokens ended the answer. An answer that is not the model's last completion has no tokens, and
  /// how that completion ended says nothing about it.
  package var isTruncated: Bool { finish == Completion.Finish.length.rawValue && !tokens.isEmpty }

  /// The stored form, with the verdict's fields next to the others.
  package var json: JSON {
    let attempt: JSON.Members = [
      "id": .string(id), "task": task.json, "strategy": .string(strategy), "heuristic": .string(heuristic),
      "sample": JSON(sample), "prompt": .string(prompt), "answer": .string(answer),
      "tokens": .array(tokens.map { JSON($0) }), "finish": .string(finish),
    ]
    var members = JSON.Members(attempt.pairs + verdict.members.pairs)
    members["adherence"] = adherence.map { JSON($0) }
    members["seed"] = .string(String(seed, radix: 16))
    members["model"] = .string(model)
    if wasTried { members["tried"] = true }
    return RecordKind.candidate.form(members)
  }

  /// Reads the stored form; throws `corrupt` if it is invalid.
  package init(_ json: JSON) throws {
    let fields = try RecordFields(json, of: .candidate)
    self.init(
      id: try fields.string("id"), task: try Task(try fields.object("task")),
      strategy: try fields.string("strategy"), heuristic: try fields.string("heuristic"),
      sample: try fields.integer("sample"), prompt: try fields.string("prompt"),
      answer: try fields.string("answer"), tokens: try fields.tokens("tokens"),
      finish: try fields.string("finish"), verdict: try VerdictRecord(fields),
      adherence: fields.optionalReal("adherence"), seed: try fields.seed("seed"),
      model: try fields.string("model"))
    wasTried = json["tried"] == true
  }
}
