package import PolyaCore

/// One attempt at a task by a heuristic, with everything that was said of it. Candidates that are not selected are kept.
package struct CandidateRecord: Sendable, Equatable {
  /// "KEY:number", unique over all runs.
  package var id: String
  /// What was asked.
  package var task: Task
  /// The strategy's plugin id.
  package var strategy: String
  /// The heuristic's id.
  package var heuristic: String
  /// Which of the samples of this (task, heuristic), from 0.
  package var sample: Int
  /// What the model saw last.
  package var prompt: String
  /// The solution, as the strategy took it out of the completion.
  package var answer: String
  /// What the model said last, end token included; empty when the answer is something else.
  package var tokens: [Int32]
  /// Why sampling ended.
  package var finish: String
  /// What the verifier said. An attempt without an answer has failed, for the strategy's reason.
  package var verdict: VerdictRecord
  /// How well the answer follows its heuristic, 0...1; nil when nobody was asked or could tell.
  package var adherence: Double?
  /// Seed of the sampling.
  package var seed: UInt64
  /// Checkpoint or plugin that sampled it.
  package var model: String
  /// Whether the strategy saw a verdict before it answered, so that another verifier would have led elsewhere.
  package var wasTried = false

  /// What became of the attempt.
  package var outcome: Outcome { verdict.outcome }

  /// A candidate.
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

  /// The stored form; the verdict's fields are next to the others.
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

  /// Reads the stored form.
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
