package import PolyaCore

/// A sample drawn for reinforcement learning, with what it earned.
package struct RolloutRecord: Sendable, Equatable {
  /// "KEY:number", unique over all runs.
  package var id: String
  /// Step of the training, from 0.
  package var step: Int
  /// Rollouts of one question in one step share it; from 0 in each step.
  package var group: Int
  /// The task's key.
  package var task: String
  /// What was asked.
  package var question: String
  /// The task's gold answer.
  package var reference: String
  /// Which of the group's samples, from 0.
  package var sample: Int
  /// Of the group: with the step's weights it gives the samples again.
  package var seed: UInt64
  /// What the model said.
  package var completion: String
  /// The same as it was sampled, end token included.
  package var tokens: [Int32]
  /// Why sampling ended.
  package var finish: String
  /// What became of the rollout: ``Outcome`` of the weighted sum of its scores.
  package var outcome: Outcome
  /// Weighted sum over the rewards that gave a score; nil when none did, or one failed.
  package var reward: Double?
  /// What each reward said, by the manifest's names, in order.
  package var verdicts: [Entry]
  /// Relative to its group; nil without a reward.
  package var advantage: Double?

  /// What one reward said.
  package struct Entry: Sendable, Equatable {
    /// The manifest's name of the reward.
    package var reward: String
    /// What it said.
    package var verdict: VerdictRecord

    /// What one reward said.
    package init(reward: String, verdict: VerdictRecord) {
      self.reward = reward
      self.verdict = verdict
    }
  }

  /// A rollout.
  package init(
    id: String, step: Int, group: Int, task: Task, sample: Int, seed: UInt64, completion: Completion,
    outcome: Outcome, reward: Double?, verdicts: [Entry], advantage: Double?
  ) {
    self.id = id
    self.step = step
    self.group = group
    self.task = task.key
    question = task.question
    reference = task.reference
    self.sample = sample
    self.seed = seed
    self.completion = String(decoding: completion.text, as: UTF8.self)
    tokens = completion.tokens
    finish = completion.finish.rawValue
    self.outcome = outcome
    self.reward = reward
    self.verdicts = verdicts
    self.advantage = advantage
  }

  /// The stored form.
  package var json: JSON {
    var members: JSON.Members = [
      "id": .string(id), "step": JSON(step), "group": JSON(group), "task": .string(task),
      "question": .string(question), "reference": .string(reference), "sample": JSON(sample),
      "seed": .string(String(seed, radix: 16)), "completion": .string(completion),
      "tokens": .array(tokens.map { JSON($0) }), "finish": .string(finish),
      "outcome": .string(outcome.rawValue),
    ]
    members["reward"] = reward.map { JSON($0) }
    members["verdicts"] = .object(JSON.Members(verdicts.map { ($0.reward, .object($0.verdict.members)) }))
    members["advantage"] = advantage.map { JSON($0) }
    return RecordKind.rollout.form(members)
  }

  /// Reads the stored form.
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
    completion = try fields.string("completion")
    tokens = try fields.tokens("tokens")
    finish = try fields.string("finish")
    outcome = try fields.choice("outcome")
    reward = fields.optionalReal("reward")
    advantage = fields.optionalReal("advantage")
    verdicts = []
    guard case .object(let entries) = try fields.object("verdicts") else { return }
    verdicts = try entries.map { name, value in
      let verdict = try VerdictRecord(RecordFields(json: value, kind: "verdict of '\(name)'"))
      return Entry(reward: name, verdict: verdict)
    }
  }
}
