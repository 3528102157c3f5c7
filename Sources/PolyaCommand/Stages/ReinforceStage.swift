internal import PolyaCore
internal import PolyaPipeline
internal import PolyaRecords
internal import PolyaTraining

/// `reinforce`: group-relative policy optimisation against rewards.
struct ReinforceStage: Stage {
  private let model: String
  private let reference: String?
  private let tasks: String
  private let rewards: [(name: String, weight: Double)]
  private let settings: @Sendable (_ maximumMissing: Double) -> Reinforcement.Settings

  init(_ reader: ObjectReader) throws {
    model = try reader.required("model", reader.string("model"))
    tasks = try reader.required("tasks", reader.string("tasks"))
    rewards = try reader.required("rewards", reader.objects("rewards")).map { entry in
      let name = try entry.required("use", entry.string("use"))
      let weight = try entry.real("weight", in: -1e6...1e6) ?? 1
      try entry.finish()
      return (name, weight)
    }
    guard !rewards.isEmpty else {
      throw PolyaError(.configuration, "must name at least one reward", at: reader.place("rewards"))
    }
    let optimizer = try reader.optimizer(learningRate: 1e-6, shape: .constant)
    let clip = try reader.real("clip", in: 0...1e6) ?? 0.2
    let loss = PolicyLoss(
      clipLow: try reader.real("clip-low", in: 0...1) ?? min(clip, 1),
      clipHigh: try reader.real("clip-high", in: 0...1e6) ?? clip,
      klWeight: try reader.real("kl", in: 0...1e6) ?? 0,
      entropyCoefficient: try reader.real("entropy-coefficient", in: 0...1e6) ?? 0)
    reference = loss.klWeight > 0 ? try reader.string("reference") ?? model : nil
    let steps = try reader.required("steps", reader.integer("steps", in: 1...Int(Int32.max)))
    let questions = try reader.integer("questions", in: 1...100_000) ?? 32
    let group = try reader.integer("group", in: 2...100_000) ?? 16
    let updates = try reader.integer("updates", in: 1...1000) ?? 1
    let sampling = try reader.sampling()
    let advantage = try reader.choice("advantage", Advantage.self) ?? .standardised
    let combination = try reader.choice("combine", RewardCombination.self) ?? .sum
    settings = { maximumMissing in
      Reinforcement.Settings(
        steps: steps, questions: questions, group: group, sampling: sampling, advantage: advantage,
        combination: combination,
        loss: loss,
        updates: updates, schedule: optimizer.schedule, weightDecay: optimizer.weightDecay,
        clipNorm: optimizer.clipNorm, tokensPerPass: optimizer.tokensPerPass, maximumMissing: maximumMissing)
    }
  }

  var continuesPartialWork: Bool { true }

  var needs: StageNeeds {
    StageNeeds(plugins: rewards.map(\.name), tasks: [tasks], models: [model] + (reference.map { [$0] } ?? []))
  }

  func run(_ context: StageContext) throws -> StageResult {
    let set = try context.taskSet(tasks)
    let loaded = try context.model(model)
    let reinforcement = Reinforcement(
      settings(context.maximumMissing), model: loaded.model,
      reference: try reference.map { try context.model($0).model },
      rewards: try rewards.map { .init($0.name, try context.roles.reward($0.name), weight: $0.weight) },
      frame: context.frame,
      random: context.random)
    let progress = context.progress
    var writer = ShardWriter(folder: context.folder, name: "rollouts")
    var done = Reinforcement.Progress()
    if let kept = try progress.resume(loaded.model) {
      let state = try ReinforceState(kept.state)
      done = state.progress
      writer = ShardWriter(
        folder: context.folder, name: "rollouts",
        resuming: .init(
          lines: try kept.file("rollouts.jsonl"), records: state.records, count: state.count,
          shard: state.shard))
    }
    let names = rewards.map(\.name)
    func append(_ rollouts: [Rollout], step: Int) throws {
      for rollout in rollouts {
        try writer.append(rollout.json(id: context.recordID(writer.count), step: step, rewards: names))
      }
    }
    var reached = done.steps
    let summary = try reinforcement.run(
      tasks: set.tasks, observer: progress, after: done,
      refused: { rollouts, what, reasons in
        // An attempt that gets further writes the same shards again.
        try append(rollouts, step: reached)
        try writer.flush()
        return context.tooManyMissing(what, reasons, records: "rollouts")
      }
    ) { rollouts, done in
      try append(rollouts, step: done.steps - 1)
      reached = done.steps
      let rest = writer.unwritten
      try progress.keep(
        loaded.model, step: done.steps, state: ReinforceState(done, rest).json,
        files: [("rollouts.jsonl", rest.lines)])
    }
    try writer.flush()
    try context.save(loaded.model)
    return StageResult(
      summary: [
        "rollouts": JSON(summary.rollouts), "missing": JSON(summary.missing), "tokens": JSON(summary.tokens),
        "first_reward": summary.firstReward.map { JSON($0) } ?? .null,
        "last_reward": summary.lastReward.map { JSON($0) } ?? .null,
      ], modelPlugin: loaded.plugin)
  }
}

extension Rollout {
  fileprivate func json(id: String, step: Int, rewards: [String]) -> JSON {
    func optional(_ value: Double?) -> JSON { value.map { JSON($0) } ?? .null }
    return [
      "id": .string(id), "step": JSON(step), "group": JSON(group), "task": .string(task.key),
      "question": .string(task.question), "reference": .string(task.reference),
      "sample": JSON(sample), "seed": .string(String(seed, radix: 16)),
      "completion": .string(String(decoding: completion.text, as: UTF8.self)),
      "tokens": .array(completion.tokens.map { JSON($0) }), "finish": .string(completion.finish.rawValue),
      "reward": optional(reward),
      "scores": .object(JSON.Members(zip(rewards, verdicts).map { ($0, optional($1.score)) })),
      "verdicts": .object(JSON.Members(zip(rewards, verdicts).map { ($0, $1.json) })),
      "advantage": optional(advantage),
    ]
  }
}

extension Verdict {
  /// What was said beside the score.
  fileprivate var json: JSON {
    switch self {
    case .scored(_, let extracted, let notes, let components):
      [
        "status": "scored", "extracted": .string(extracted), "notes": .array(notes.map { .string($0) }),
        "components": .array(components.map { $0.isFinite ? JSON($0) : .null }),
      ]
    case .abstained(let notes): ["status": "abstained", "notes": .array(notes.map { .string($0) })]
    case .failed(let why): ["status": "failed", "reason": .string(why)]
    }
  }
}

/// What an interrupted stage goes on from, beside its model.
private struct ReinforceState {
  var progress: Reinforcement.Progress
  /// Of the writer of rollouts.
  var records, count, shard: Int

  init(_ progress: Reinforcement.Progress, _ rest: ShardWriter.Pending) {
    self.progress = progress
    (records, count, shard) = (rest.records, rest.count, rest.shard)
  }

  init(_ json: JSON) throws {
    let reader = try ObjectReader(json, at: "the progress of a training")
    func integer(_ key: String) throws -> Int { try reader.required(key, reader.integer(key)) }
    progress = Reinforcement.Progress(
      steps: try integer("steps"), taken: try integer("taken"), rollouts: try integer("rollouts"),
      missing: try integer("missing"), tokens: try integer("tokens"),
      firstSum: try reader.required("first_sum", reader.real("first_sum")),
      lastSum: try reader.required("last_sum", reader.real("last_sum")),
      firstCount: try integer("first_count"), lastCount: try integer("last_count"))
    (records, count, shard) = (try integer("records"), try integer("count"), try integer("shard"))
  }

  var json: JSON {
    [
      "steps": JSON(progress.steps), "taken": JSON(progress.taken), "rollouts": JSON(progress.rollouts),
      "missing": JSON(progress.missing), "tokens": JSON(progress.tokens),
      "first_sum": JSON(progress.firstSum), "last_sum": JSON(progress.lastSum),
      "first_count": JSON(progress.firstCount), "last_count": JSON(progress.lastCount),
      "records": JSON(records),
      "count": JSON(count),
      "shard": JSON(shard),
    ]
  }
}
