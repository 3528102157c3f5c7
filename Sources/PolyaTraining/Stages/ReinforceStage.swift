public import PolyaCore
public import PolyaPipeline
internal import PolyaRecords

/// `reinforce`: group-relative policy optimisation against rewards.
public struct ReinforceStage: Stage {
  private let model: String
  private let reference: String?
  private let tasks: String
  private let rewards: [(name: String, weight: Double)]
  private let settings: @Sendable (_ maximumMissing: Double) -> Reinforcement.Settings

  /// Reads the settings of the stage.
  public init(_ reader: ObjectReader) throws {
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

  /// What an interrupted training kept is used again.
  public var continuesPartialWork: Bool { true }

  /// What the settings name.
  public var needs: StageNeeds {
    StageNeeds(plugins: rewards.map(\.name), tasks: [tasks], models: [model] + (reference.map { [$0] } ?? []))
  }

  /// Does the work of the stage.
  public func run(_ context: StageContext) throws -> StageResult {
    let set = try context.taskSet(tasks)
    let loaded = try context.model(model)
    let weighted = try rewards.map {
      Reinforcement.WeightedReward($0.name, try context.roles.reward($0.name), weight: $0.weight)
    }
    let reinforcement = Reinforcement(
      settings(context.maximumMissing), model: loaded.model,
      reference: try reference.map { try sharingTokens(try context.model($0).model, with: loaded.model, $0) },
      rewards: weighted, frame: context.frame, random: context.random)
    let progress = context.progress
    let (done, begun) = try resume(progress, loaded.model, folder: context.folder)
    var writer = begun
    func append(_ rollouts: [Rollout], step: Int) throws {
      for rollout in rollouts {
        try writer.append(
          rollout.record(id: context.recordID(writer.count), step: step, rewards: weighted).json)
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
        files: [(Self.pending, rest.lines)])
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

extension ReinforceStage {
  private static let pending = "rollouts.jsonl"

  /// What an interrupted attempt did, whose model is loaded, and the writer of its rollouts; the beginning without one.
  private func resume(_ progress: StageProgress, _ model: any LanguageModel, folder: String) throws -> (
    Reinforcement.Progress, ShardWriter
  ) {
    guard let kept = try progress.resume(model) else {
      return (Reinforcement.Progress(), ShardWriter(folder: folder, name: "rollouts"))
    }
    let state = try ReinforceState(kept.state)
    let rest = ShardWriter.Pending(
      lines: try kept.file(Self.pending), records: state.records, count: state.count, shard: state.shard)
    return (state.progress, ShardWriter(folder: folder, name: "rollouts", resuming: rest))
  }

  /// The reference is asked about the policy's own tokens.
  private func sharingTokens(
    _ other: any LanguageModel, with policy: any LanguageModel, _ name: String
  ) throws -> any LanguageModel {
    guard policy.info.sharesTokens(with: other.info) else {
      throw PolyaError(
        .configuration,
        "the reference model '\(name)' has another tokenizer than '\(model)', so that it cannot score its tokens",
        cure: "name a reference with the same tokenizer, for example the model that the training starts from")
    }
    return other
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
