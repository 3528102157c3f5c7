package import PolyaCore
internal import PolyaDialogue
package import PolyaPipeline
internal import PolyaRecords

/// The stage `reinforce`: policy optimization with groups of rollouts, against rewards.
package struct ReinforceStage: Stage {
  let model: String
  private let reference: String?
  private let sampler: (model: String, interval: Int, stepsAhead: Int)?
  private let correction: SamplerCorrection.Choice
  let tasks: String
  let rewards: [RewardEntry]
  private let strategies: [String]
  private let quotas: [String: Int]
  private let labels: String?
  private let validation: (tasks: String, settings: Validation)?
  let settings: Reinforcement.Settings

  /// The name of the kind in the manifest.
  package static let kind = "reinforce"
  /// A sentence that describes the kind.
  package static let summary =
    "Improves a model by policy optimization with groups of rollouts, against rewards."
  /// The keys of its settings.
  package static let settings: [any DeclaredSetting] =
    [
      Key.model, Key.tasks, Key.rewards, Key.steps, Key.promptsPerStep, Key.groupSize, Key.updatesPerRollout,
      Key.referenceModel, Key.sampler, Key.judgedParts, Key.strategies, Key.quotas, Key.trainAfter,
      Key.labels,
    ] + PolicyKeys.all + ValidationKeys.all + Key.optimizer.all + Sampling.settings

  private enum TrainedPrompt: String, CaseIterable { case prompt, question }

  private enum Key {
    static let model = Setting.string("model", "The plugin or stage whose model is trained.")
    static let tasks = Setting.string("tasks", "The task set whose questions are the prompts.")
    static let rewards = NestedSetting.objects(
      "rewards", of: RewardEntry.settings, "What is maximized; at least one.")
    static let steps = Setting.integer(
      "steps", in: 1...Int(Int32.max), "Rounds of sampling, each followed by its updates.")
    static let promptsPerStep = Setting.integer(
      "prompts-per-step", in: 1...100_000, "Questions of one step."
    ).standard(32).formerly("questions")
    static let groupSize = Setting.integer(
      "group-size", in: 2...100_000, "Rollouts of each question in a step."
    ).standard(16).formerly("group")
    static let updatesPerRollout = Setting.integer(
      "updates-per-rollout", in: 1...1000, "Updates of the weights with the same rollouts."
    ).standard(1).formerly("updates")
    static let referenceModel = Setting.string(
      "reference-model", "The plugin or stage whose frozen model the KL divergence is from."
    ).optional("as 'model'").formerly("reference")
    static let strategies = Setting.strings(
      "strategies",
      "Strategy plugins that ask the questions; the rollouts of a group are divided among their heuristics."
    ).optional("the bare question is asked")
    static let quotas = NestedSetting.map(
      "quotas", of: .integer(1...100_000),
      "Rollouts of each group for some heuristics; the others share the rest evenly."
    ).optional("all share evenly")
    static let trainAfter = Setting<TrainedPrompt>.choice(
      "train-after",
      "What the sampled tokens are trained after: the 'prompt' that the model was sent, turn by turn, or the bare 'question', for the answer alone."
    ).standard(.prompt)
    static let labels = Setting.string(
      "labels", "The strategy plugin that says which heuristics a rollout follows."
    ).optional("the heuristic that was asked for, if 'strategies' ask")
    static let sampler = NestedSetting.object(
      "sampler", of: [samplingModel, refreshEvery, ahead],
      "Another model that samples the rollouts with the trained weights, such as a server."
    ).optional("the trained model")
    static let samplingModel = Setting.string(
      "model", "The plugin or stage of the sampling model, which must be able to load weights.")
    static let refreshEvery = Setting.integer(
      "refresh-every", in: 1...100_000, "The number of steps between transfers of the trained weights."
    ).standard(1)
    static let ahead = Setting.integer(
      "ahead", in: 0...100_000,
      "Steps in a row that are sampled while the step before is trained, with the weights before it; then one waits for the trained weights. Needs 'correction'."
    ).standard(0)
    static let judgedParts = Setting.integer(
      "judged-parts", in: 1...100_000,
      "Parts of a step's groups of which one is judged while the next is sampled, with the same result; pays if the sampler or a reward is elsewhere."
    ).standard(1)
    static let optimizer = OptimizerSettings.Keys(learningRate: 1e-6, shape: .constant)
  }

  /// Reads the settings of the stage.
  package init(_ reader: ObjectReader) throws {
    model = try reader.read(Key.model)
    tasks = try reader.read(Key.tasks)
    rewards = try RewardEntry.list(reader.objects(Key.rewards) ?? [], at: reader.place("rewards"))
    let optimizer = try OptimizerSettings(reader, Key.optimizer)
    let policy = try PolicyKeys(reader)
    strategies = try reader.read(Key.strategies) ?? []
    quotas = try Self.quotas(reader)
    if strategies.isEmpty, let name = quotas.keys.min() {
      throw PolyaError(
        .configuration, "has a quota, but no strategy asks by heuristic", at: reader.place("quotas.\(name)"),
        hint: "name 'strategies'")
    }
    labels = try reader.read(Key.labels)
    guard labels != nil || !strategies.isEmpty || !policy.credit.usesHeuristics else {
      throw PolyaError(
        .configuration, "credit by heuristic needs to know which heuristics a rollout follows",
        at: reader.path,
        hint: "name strategies that ask by heuristic, or one with the function 'segment' as 'labels'")
    }
    let referenceModel = try reader.read(Key.referenceModel)
    reference = policy.objective.kl.coefficient > 0 ? referenceModel ?? model : nil
    sampler = try reader.object(Key.sampler).map { sampler in
      let value = (
        model: try sampler.read(Key.samplingModel), interval: try sampler.read(Key.refreshEvery),
        stepsAhead: try sampler.read(Key.ahead)
      )
      try sampler.finish()
      if value.stepsAhead > 0 { try Self.checkAhead(policy, value.interval, at: sampler.place("ahead")) }
      return value
    }
    var settings = Reinforcement.Settings(
      steps: try reader.read(Key.steps), promptsPerStep: try reader.read(Key.promptsPerStep),
      groupSize: try reader.read(Key.groupSize), sampling: try Sampling(reader),
      credit: policy.credit, objective: policy.objective, filters: policy.filters,
      updatesPerRollout: try reader.read(Key.updatesPerRollout), schedule: optimizer.schedule,
      weightDecay: optimizer.weightDecay, clipNorm: optimizer.clipNorm,
      tokensPerMicrobatch: optimizer.tokensPerMicrobatch)
    let measured = try ValidationKeys(reader)
    validation = measured.validation
    settings.stopRules = measured.stopRules
    correction = policy.correction
    settings.judgedParts = try reader.read(Key.judgedParts)
    settings.trainsOnQuestion = try reader.read(Key.trainAfter) == .question
    self.settings = settings
  }

  private static func checkAhead(_ policy: PolicyKeys, _ interval: Int, at place: String) throws {
    guard case .always = policy.correction else {
      throw PolyaError(
        .configuration,
        "rollouts that are sampled ahead have older weights, which only a correction takes away",
        at: place, hint: #"set correction: "truncated", "masked", or "banded""#)
    }
    guard interval == 1 else {
      throw PolyaError(
        .configuration, "cannot be combined with refresh-every \(interval)", at: place,
        hint: "'ahead' says how old the sampler's weights may become")
    }
    guard policy.filters.extraRounds == 0 else {
      throw PolyaError(
        .configuration,
        "cannot be combined with equal-groups 'resample', which samples again after advantages are known",
        at: place)
    }
  }

  private static func quotas(_ reader: ObjectReader) throws -> [String: Int] {
    guard let map = try reader.object(Key.quotas) else { return [:] }
    let pairs = try map.keys.map { ($0, try map.required($0, map.integer($0, in: 1...100_000))) }
    return Dictionary(pairs) { first, _ in first }
  }

  /// How the stage asks; nil if it asks the bare question.
  func approaches(_ context: StageContext) throws -> Approaches? {
    guard !strategies.isEmpty else { return nil }
    return try Approaches(try strategies.map(context.roles.strategy), quotas: quotas)
  }

  /// Saved training progress is reused.
  package var continuesPartialWork: Bool { true }
  /// The model that it starts from.
  package var trains: String? { model }

  /// The names that the settings refer to.
  package var needs: StageNeeds {
    StageNeeds(
      strategies: Set(strategies + (labels.map { [$0] } ?? [])).sorted(),
      rewards: rewards.map(\.use).reduce(into: []) { if !$0.contains($1) { $0.append($1) } },
      tasks: [tasks] + (validation.map { [$0.tasks] } ?? []),
      models: models,
      template: [.prompt])
  }

  /// Each once.
  private var models: [String] {
    [model, reference, sampler?.model].compactMap(\.self).reduce(into: []) {
      if !$0.contains($1) { $0.append($1) }
    }
  }

  /// Returns the samples of validation, the rollouts, and the sequences of all updates.
  package func work(_ context: StageContext) throws -> [ModelWork] {
    let rollouts = ModelWork.product(settings.steps, settings.promptsPerStep, settings.groupSize)
    let samples = ModelWork(
      model: sampler?.model ?? model, samples: rollouts, perPrompt: settings.groupSize,
      maxTokens: settings.sampling.maxTokens)
    let measured = try validation.map { tasks, measured in
      ModelWork(
        model: model,
        samples: ModelWork.product(
          try context.taskCount(tasks), measured.samples,
          (settings.steps + measured.every - 1) / measured.every),
        perPrompt: measured.samples, maxTokens: settings.sampling.maxTokens)
    }
    return (measured.map { [$0] } ?? []) + [
      samples, ModelWork(model: model, sequences: ModelWork.product(rollouts, settings.updatesPerRollout)),
    ]
  }

  func reinforcement(
    of model: any LanguageModel, _ rewards: [Reinforcement.WeightedReward], _ context: StageContext
  ) throws -> Reinforcement {
    guard !model.info.isQuantized else {
      throw PolyaError(
        .configuration, "the model '\(self.model)' computes in 8 bits, so it can sample but not be trained",
        at: "stages.\(context.name)",
        hint: #"train with "bf16" or "float32", and name a model of 8 bits as 'sampler'"#)
    }
    let sampler = try rolloutSampler(context, model)
    var settings = settings
    settings.objective.correction = correction.correction(for: sampler?.model.info)
    return try Reinforcement(
      settings, maxUnscored: context.maxUnscored, model: model,
      reference: try reference.map { try sharingTokens(try context.model($0).model, with: model, $0) },
      sampler: sampler, approaches: try approaches(context),
      labeler: try labels.map(context.roles.strategy),
      rewards: rewards, template: context.template, random: context.random)
  }

  /// Trains the model and writes the rollouts and the checkpoint.
  package func run(_ context: StageContext) throws -> StageResult {
    let set = try context.taskSet(tasks)
    let loaded = try context.model(model)
    let weighted = try RewardEntry.rewards(rewards, context)
    let reinforcement = try reinforcement(of: loaded.model, weighted, context)
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
      validation: try validation.map { tasks, settings in
        var settings = settings
        settings.tasks = try context.taskSet(tasks).tasks
        return settings
      },
      refused: { rollouts, what, reasons in
        // A resumed attempt that gets further writes the same shards again.
        try append(rollouts, step: reached)
        try writer.flush()
        return context.tooManyUnscored(what, reasons, records: "rollouts")
      },
      best: { try context.saveCandidate(loaded.model, $0) }
    ) { rollouts, done in
      try append(rollouts, step: done.steps - 1)
      reached = done.steps
      // A resumed attempt must begin with new weights for the sampler, as an uninterrupted one does.
      let period = max(sampler?.interval ?? 1, (sampler?.stepsAhead ?? 0) + 1)
      guard done.steps.isMultiple(of: period) else { return }
      let rest = writer.unwritten
      let isSaved = try progress.keep(
        loaded.model, step: done.steps, state: ReinforceState(done, rest).json,
        files: [(Self.pending, rest.lines)])
      // An interrupted training that goes on from an earlier state may need an earlier one.
      if isSaved, done.health.best != nil { try context.dropCandidates(but: done.health.bestStep) }
    }
    try writer.flush()
    if let best = summary.bestStep {
      try context.chooseCandidate(best)
    } else {
      try context.save(loaded.model)
    }
    var figures: JSON.Members = [
      "rollouts": JSON(summary.rollouts), "unscored": JSON(summary.unscored),
      "tokens": JSON(summary.tokens),
      "first_reward": summary.firstReward.map { JSON($0) } ?? .null,
      "last_reward": summary.lastReward.map { JSON($0) } ?? .null,
    ]
    figures["best_step"] = summary.bestStep.map { JSON($0) }
    figures["stopped"] = summary.stopped.map { .string("after \(summary.steps) steps: \($0)") }
    return StageResult(summary: figures, modelPlugin: loaded.plugin)
  }
}

extension ReinforceStage {
  private static let pending = "rollouts.jsonl"

  /// Loads the progress of an interrupted attempt and its model, and returns the progress and the writer of
  /// its rollouts. Returns the initial ones if there is none.
  private func resume(_ progress: StageProgress, _ model: any LanguageModel, folder: String) throws -> (
    Reinforcement.Progress, ShardWriter
  ) {
    guard let kept = try progress.resume(model) else {
      return (Reinforcement.Progress(), ShardWriter(folder: folder, name: "rollouts"))
    }
    let state: ReinforceState
    do { state = try ReinforceState(kept.state) } catch let error as PolyaError {
      throw PolyaError(
        .corrupt, "holds the progress of a training that another version of polya began: \(error.message)",
        at: folder,
        hint: "delete this folder to begin the stage anew")
    }
    let rest = ShardWriter.Pending(
      lines: try kept.file(Self.pending), records: state.records, count: state.count, shard: state.shard)
    return (state.progress, ShardWriter(folder: folder, name: "rollouts", resuming: rest))
  }

  private func rolloutSampler(_ context: StageContext, _ policy: any LanguageModel) throws -> RolloutSampler?
  {
    guard let sampler else { return nil }
    let model = try sharingTokens(try context.model(sampler.model).model, with: policy, sampler.model)
    guard model.info.tokenizerHash != nil else {
      throw PolyaError(
        .configuration,
        "the sampler '\(sampler.model)' does not say which tokenizer its token ids are of, so its samples cannot be trained on",
        at: "stages.\(context.name)", hint: "for polya.server, give 'folder'")
    }
    return RolloutSampler(
      model, name: sampler.model, interval: sampler.interval, stepsAhead: sampler.stepsAhead,
      folder: context.folder + "/.sampler")
  }

  /// Returns a model that works on the policy's tokens, after checking that it shares its token ids.
  private func sharingTokens(
    _ other: any LanguageModel, with policy: any LanguageModel, _ name: String
  ) throws -> any LanguageModel {
    guard policy.info.sharesTokens(with: other.info) else {
      throw PolyaError(
        .configuration,
        "the model '\(name)' has a different tokenizer from '\(model)', so that they cannot share tokens",
        hint: "use a model with the same tokenizer, for example the one that the training starts from"
      )
    }
    return other
  }
}
