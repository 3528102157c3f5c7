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
  /// The conversation before the last completion, as the strategy and the model had it; empty if no model was asked.
  package var messages: [Message]
  /// The last prompt that the model was sent: what its chat template made of the messages, special tokens included.
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
    id: String, task: Task, strategy: String, heuristic: String, sample: Int, messages: [Message],
    prompt: String, answer: String, tokens: [Int32], finish: String, verdict: VerdictRecord,
    adherence: Double?, seed: UInt64, model: String
  ) {
    self.id = id
    self.task = task
    self.strategy = strategy
    self.heuristic = heuristic
    self.sample = sample
    self.messages = messages
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
    var attempt: JSON.Members = [
      "id": .string(id), "task": task.json, "strategy": .string(strategy), "heuristic": .string(heuristic),
      "sample": JSON(sample), "prompt": .string(prompt),
    ]
    if messages != Self.bare(prompt) { attempt["messages"] = .array(messages.map(\.json)) }
    attempt["answer"] = .string(answer)
    attempt["tokens"] = .array(tokens.map { JSON($0) })
    attempt["finish"] = .string(finish)
    var members = JSON.Members(attempt.pairs + verdict.members.pairs)
    members["adherence"] = adherence.map { JSON($0) }
    members["seed"] = .string(String(seed, radix: 16))
    members["model"] = .string(model)
    if wasTried { members["tried"] = true }
    return RecordKind.candidate.form(members)
  }

  /// The conversation of a model without a chat template, which is not stored beside the prompt.
  private static func bare(_ prompt: String) -> [Message] {
    prompt.isEmpty ? [] : [Message(role: "user", content: prompt)]
  }

  /// Reads the stored form; throws `corrupt` if it is invalid.
  package init(_ json: JSON) throws {
    let fields = try RecordFields(json, of: .candidate)
    let prompt = try fields.string("prompt")
    let messages =
      try json["messages"] == nil ? Self.bare(prompt) : fields.array("messages").map { try Message($0) }
    self.init(
      id: try fields.string("id"), task: try Task(try fields.object("task")),
      strategy: try fields.string("strategy"), heuristic: try fields.string("heuristic"),
      sample: try fields.integer("sample"), messages: messages, prompt: prompt,
      answer: try fields.string("answer"), tokens: try fields.tokens("tokens"),
      finish: try fields.string("finish"), verdict: try VerdictRecord(fields),
      adherence: fields.optionalReal("adherence"), seed: try fields.seed("seed"),
      model: try fields.string("model"))
    wasTried = json["tried"] == true
  }
}
