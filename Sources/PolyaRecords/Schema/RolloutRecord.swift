package import PolyaCore

/// A sample drawn for reinforcement learning, with its verdicts, reward, and advantage.
package struct RolloutRecord: Sendable, Equatable {
  /// An id "KEY:number", unique over all runs.
  package var id: String
  /// The step of the training, starting at 0.
  package var step: Int
  /// The number of the group within its step, starting at 0. The rollouts of one question in one step share
  /// it.
  package var group: Int
  /// The key of the task.
  package var task: String
  /// The bare question.
  package var question: String
  /// The gold answer of the task.
  package var reference: String
  /// The number of the sample in its group, starting at 0.
  package var sample: Int
  /// The seed of the group. With the weights of the step, it reproduces the samples.
  package var seed: UInt64
  /// The heuristic that the model was asked to follow; nil for the bare question.
  package var heuristic: String?
  /// What was asked and replied before the last prompt.
  package var earlier: [Turn]
  /// The last prompt that the model was sent, special tokens included.
  package var prompt: String
  /// The completion as text.
  package var completion: String
  /// The answer that was judged, if it is not the completion.
  package var answer: String?
  /// The token ids as sampled, including an end token.
  package var tokens: [Int32]
  /// Why sampling ended.
  package var finish: String
  /// The outcome of the weighted sum of the scores.
  package var outcome: Outcome
  /// The weighted sum of the scores; nil if no reward gave a score or one of them failed.
  package var reward: Double?
  /// The verdict of each reward, in the order of the stage's rewards.
  package var verdicts: [Entry]
  /// The heuristics that the answer follows, sorted; nil if nothing labels them.
  package var heuristics: [String]?
  /// The advantage of the rollout in its group; nil without a reward.
  package var advantage: Double?

  /// A prompt and the reply to it.
  package struct Turn: Sendable, Equatable {
    /// The prompt that the model was sent, special tokens included.
    package var prompt: String
    /// The reply as text.
    package var completion: String
    /// Its token ids as sampled.
    package var tokens: [Int32]
    /// Why sampling ended.
    package var finish: String

    /// Creates a turn.
    package init(prompt: String, completion: Completion) {
      self.prompt = prompt
      self.completion = String(decoding: completion.text, as: UTF8.self)
      tokens = completion.tokens
      finish = completion.finish.rawValue
    }

    fileprivate var json: JSON {
      [
        "prompt": .string(prompt), "completion": .string(completion),
        "tokens": .array(tokens.map { JSON($0) }),
        "finish": .string(finish),
      ]
    }

    fileprivate init(_ json: JSON) throws {
      let fields = RecordFields(json: json, kind: "turn of a rollout")
      prompt = try fields.string("prompt")
      completion = try fields.string("completion")
      tokens = try fields.tokens("tokens")
      finish = try fields.string("finish")
    }
  }

  /// The verdict of one reward.
  package struct Entry: Sendable, Equatable {
    /// The name of the reward in the manifest.
    package var reward: String
    /// The verdict.
    package var verdict: VerdictRecord

    /// Creates an entry.
    package init(reward: String, verdict: VerdictRecord) {
      self.reward = reward
      self.verdict = verdict
    }
  }

  /// Creates a rollout.
  package init(
    id: String, step: Int, group: Int, task: Task, sample: Int, seed: UInt64, heuristic: String? = nil,
    earlier: [Turn] = [], prompt: String, completion: Completion, answer: String? = nil, outcome: Outcome,
    reward: Double?, verdicts: [Entry], heuristics: [String]? = nil,
    advantage: Double?
  ) {
    self.id = id
    self.step = step
    self.group = group
    self.task = task.key
    question = task.question
    reference = task.reference
    self.sample = sample
    self.seed = seed
    self.heuristic = heuristic
    self.earlier = earlier
    self.prompt = prompt
    self.completion = String(decoding: completion.text, as: UTF8.self)
    self.answer = answer
    tokens = completion.tokens
    finish = completion.finish.rawValue
    self.outcome = outcome
    self.reward = reward
    self.verdicts = verdicts
    self.heuristics = heuristics
    self.advantage = advantage
  }

  /// The stored form.
  package var json: JSON {
    var members: JSON.Members = [
      "id": .string(id), "step": JSON(step), "group": JSON(group), "task": .string(task),
      "question": .string(question), "reference": .string(reference), "sample": JSON(sample),
      "seed": .string(String(seed, radix: 16)), "prompt": .string(prompt), "completion": .string(completion),
      "tokens": .array(tokens.map { JSON($0) }), "finish": .string(finish),
      "outcome": .string(outcome.rawValue),
    ]
    members["heuristic"] = heuristic.map { .string($0) }
    if !earlier.isEmpty { members["earlier"] = .array(earlier.map(\.json)) }
    members["answer"] = answer.map { .string($0) }
    members["reward"] = reward.map { JSON($0) }
    members["verdicts"] = .object(JSON.Members(verdicts.map { ($0.reward, .object($0.verdict.members)) }))
    members["heuristics"] = heuristics.map { .array($0.map { .string($0) }) }
    members["advantage"] = advantage.map { JSON($0) }
    return RecordKind.rollout.form(members)
  }

  /// Reads the stored form; throws `corrupt` if it is invalid.
  package init(_ json: JSON) throws {
    let fields = try RecordFields(json, of: .rollout)
    id = try fields.string("id")
    step = try fields.integer("step")
    group = try fields.integer("group")
    task = try fields.string("task")
    question = try fields.string("question")
    reference = try fields.string("reference")
    sample = try fields.integer("sample")
    seed = try fields.seed("seed")
    heuristic = json["heuristic"] == nil ? nil : try fields.string("heuristic")
    earlier = json["earlier"] == nil ? [] : try fields.array("earlier").map(Turn.init)
    prompt = try fields.string("prompt")
    completion = try fields.string("completion")
    answer = json["answer"] == nil ? nil : try fields.string("answer")
    tokens = try fields.tokens("tokens")
    finish = try fields.string("finish")
    outcome = try fields.choice("outcome")
    reward = fields.optionalReal("reward")
    heuristics = json["heuristics"] == nil ? nil : try fields.strings("heuristics")
    advantage = fields.optionalReal("advantage")
    verdicts = []
    guard case .object(let entries) = try fields.object("verdicts") else { return }
    verdicts = try entries.map { name, value in
      let verdict = try VerdictRecord(RecordFields(json: value, kind: "verdict of '\(name)'"))
      return Entry(reward: name, verdict: verdict)
    }
  }
}
