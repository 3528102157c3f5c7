package import PolyaCore

/// Group-relative policy optimization (Shao et al. 2024, arXiv:2402.03300).
///
/// It differs from the paper in three ways. All tokens of a step have the same weight (the token mean of
/// DAPO, arXiv:2503.14476, instead of per-sequence means). Groups whose rewards are all equal are sampled but
/// not trained on. Rollouts without a verdict, or with a failed reward, are excluded from everything.
package final class Reinforcement {
  private let settings: Settings
  private let maxUnscored: Double
  private let model: any LanguageModel
  private let reference: (any LanguageModel)?
  private let sampler: RolloutSampler?
  private let rewards: [WeightedReward]
  private let template: PromptTemplate
  private let random: Randomness
  private var progress = Progress()
  /// Since this process began.
  private var shares = UnscoredShares()

  /// Creates a training.
  ///
  /// - Parameters:
  ///  - maxUnscored: The share of rollouts without a verdict, 0...1, above which the training stops with an
  ///    error.
  ///  - reference: The reference model, required if the KL coefficient is not zero.
  ///  - sampler: Samples the rollouts; by default the model itself.
  package init(
    _ settings: Settings, maxUnscored: Double, model: any LanguageModel, reference: (any LanguageModel)?,
    sampler: RolloutSampler? = nil, rewards: [WeightedReward],
    template: PromptTemplate, random: Randomness
  ) {
    precondition(settings.loss.klCoefficient == 0 || reference != nil)
    self.settings = settings
    self.maxUnscored = maxUnscored
    self.model = model
    self.reference = settings.loss.klCoefficient == 0 ? nil : reference
    self.sampler = sampler
    self.rewards = rewards
    self.template = template
    self.random = random
  }

  /// Trains the model in place and passes the rollouts of each step to `keep`, with the progress so far.
  ///
  /// - Parameters:
  ///  - done: The progress of an interrupted training, whose model was loaded.
  ///  - refused: Receives the rollouts of the step after which too many have no verdict, with a message and
  ///    the reasons, and returns the error to throw.
  package func run(
    tasks all: [Task], observer: any StageObserver, after done: Progress = Progress(),
    refused: ([Rollout], String, UnscoredReasons) throws -> PolyaError,
    keep: ([Rollout], Progress) throws -> Void
  ) throws -> Summary {
    progress = done
    let allPrompts = try model.promptTokens(for: all.map { template.chat(for: $0.question) })
    let fitting = all.indices.filter { model.info.refusal(ofPrompt: allPrompts[$0].count) == nil }
    let (tasks, prompts) = (fitting.map { all[$0] }, fitting.map { allPrompts[$0] })
    guard !tasks.isEmpty else {
      throw PolyaError(.run, "none of the questions fits into the model's context")
    }
    if tasks.count < all.count {
      observer.warn("\(all.count - tasks.count) of \(all.count) questions do not fit into the context")
    }
    try requirePass(after: prompts[0])
    for step in progress.steps..<max(progress.steps, settings.steps) {
      try observer.checkStop()
      try sampler?.refresh(from: model, step: step)
      var rollouts = try collect(step, tasks, prompts)
      try judge(&rollouts, step, observer)
      progress.rollouts += rollouts.count
      progress.unscored += rollouts.count { $0.reward == nil }
      for rollout in rollouts {
        shares.add(rollout.task.referenceKind, unscored: rollout.reward == nil ? 1 : 0)
      }
      progress.tokens += rollouts.reduce(0) { $0 + $1.completion.tokens.count }
      try checkUnscored(rollouts, refused)
      let mean = describe(rollouts, step, observer)
      if let mean { remember(mean, of: step) }
      try learn(from: rollouts, step, observer)
      progress.steps = step + 1
      try keep(rollouts, progress)
      observer.progress(
        step + 1, of: settings.steps, mean.map { "reward \($0.formatted(3))" } ?? "no verdict")
    }
    return summary()
  }

  private var tenth: Int { max(1, settings.steps / 10) }

  private func remember(_ mean: Double, of step: Int) {
    if step < tenth {
      progress.firstSum += mean
      progress.firstCount += 1
    }
    if step >= settings.steps - tenth {
      progress.lastSum += mean
      progress.lastCount += 1
    }
  }

  private func summary() -> Summary {
    func mean(_ sum: Double, _ count: Int) -> Double? { count == 0 ? nil : sum / Double(count) }
    return Summary(
      rollouts: progress.rollouts, unscored: progress.unscored,
      firstReward: mean(progress.firstSum, progress.firstCount),
      lastReward: mean(progress.lastSum, progress.lastCount), tokens: progress.tokens)
  }

  /// Checks before anything is sampled that the model can do what the loss needs: a pass at the temperature of
  /// the samples, with entropies if they count.
  private func requirePass(after prompt: [Int32]) throws {
    let pass = try model.forward([
      TokenSequence(
        tokens: prompt + prompt.prefix(1), from: prompt.count, temperature: settings.sampling.temperature)
    ])
    try model.drop(pass)
    guard settings.loss.entropyCoefficient != 0,
      pass.scored.contains(where: { $0.entropies.count != $0.logprobs.count })
    else { return }
    throw PolyaError(
      .configuration,
      "the entropy coefficient is \(settings.loss.entropyCoefficient), but the model '\(model.info.name)' provides no entropies",
      hint: "remove 'entropy-coefficient' or use a model that provides entropies")
  }

  private func checkUnscored(
    _ rollouts: [Rollout], _ refused: ([Rollout], String, UnscoredReasons) throws -> PolyaError
  ) throws {
    let share = Double(progress.unscored) / Double(progress.rollouts)
    let kind = shares.excess(over: maxUnscored)
    guard share > maxUnscored || kind != nil else { return }
    var reasons = UnscoredReasons()
    for rollout in rollouts where rollout.reward == nil {
      for (entry, verdict) in zip(rewards, rollout.verdicts) { reasons.add(verdict, of: entry.name) }
    }
    throw try refused(
      rollouts,
      kind.map {
        "\($0.unscored) of \($0.all) rollouts with references of the kind '\($0.kind)' have no verdict"
      }
        ?? "\(progress.unscored) of \(progress.rollouts) rollouts have no verdict", reasons)
  }

  /// Samples the groups of one step and gets their rewards.
  private func collect(_ step: Int, _ tasks: [Task], _ prompts: [[Int32]]) throws -> [Rollout] {
    let chosen = (0..<settings.promptsPerStep).map { slot in
      let position = step * settings.promptsPerStep + slot
      return random.stream("order").stream(UInt64(position / tasks.count)).permutation(tasks.count)[
        position % tasks.count]
    }
    let requests = chosen.enumerated().map { slot, index in
      GenerationRequest(
        id: UInt64(slot), seed: random.stream("rollouts").stream(UInt64(step)).stream(UInt64(slot)).key,
        tokens: prompts[index], samples: settings.groupSize, sampling: settings.sampling)
    }
    let sent = try model.text(of: requests.map(\.tokens))
    let source = sampler?.model ?? model
    var rollouts: [Rollout] = []
    for (slot, completions) in try source.generate(requests).enumerated() {
      guard completions.allSatisfy({ $0.logprobs.count == $0.tokens.count }) else {
        throw PolyaError(
          .plugin,
          "the model '\(source.info.name)' provides no log-probs of its samples, which reinforcement learning needs",
          hint: "use a model that provides them")
      }
      rollouts += completions.enumerated().filter { !$1.tokens.isEmpty }.map { sample, completion in
        Rollout(
          task: tasks[chosen[slot]], group: slot, sample: sample, seed: requests[slot].seed,
          prompt: sent[slot],
          sequence: TokenSequence(
            tokens: requests[slot].tokens + completion.tokens, from: requests[slot].tokens.count,
            group: UInt64(slot + 1), temperature: settings.sampling.temperature),
          completion: completion, reward: nil, verdicts: [], advantage: nil)
      }
    }
    return rollouts
  }

  /// Gets the verdicts of each reward and computes the advantages.
  private func judge(_ rollouts: inout [Rollout], _ step: Int, _ observer: any StageObserver) throws {
    let answers = rollouts.enumerated().map { index, rollout in
      Answer(
        id: UInt64(index), groupID: UInt64(rollout.group), task: rollout.task,
        completion: rollout.completion.text,
        tokens: rollout.completion.tokens, logprobs: rollout.completion.logprobs,
        transcript: template.chat(for: rollout.task.question))
    }
    let seed = random.stream("rewards").stream(UInt64(step)).key
    let verdicts = try rewards.map { entry in
      let verdicts = try entry.reward.score(answers, seed: seed)
      describe(entry, verdicts, step, observer)
      return verdicts
    }
    let weights = rewards.map(\.weight)
    let counting = rollouts.indices.map { index in RewardCombination.counting(verdicts.map { $0[index] }) }
    for index in rollouts.indices {
      rollouts[index].verdicts = verdicts.map { $0[index] }
      rollouts[index].reward = RewardCombination.sum(counting[index], weights: weights)
    }
    let advantages = settings.combination.advantages(
      counting, weights: weights, groups: rollouts.map(\.group), settings.advantage)
    for (index, advantage) in zip(rollouts.indices, advantages) { rollouts[index].advantage = advantage }
  }

  /// Records the metrics of one reward for the rollouts of a step.
  private func describe(
    _ entry: WeightedReward, _ verdicts: [Verdict], _ step: Int, _ observer: any StageObserver
  ) {
    let count = Double(max(verdicts.count, 1))
    var (abstained, failed) = (0, 0)
    var sums = Array(repeating: (sum: 0.0, count: 0), count: 1 + entry.reward.components.count)
    for verdict in verdicts {
      switch verdict.status {
      case .abstained: abstained += 1
      case .failed, .timedOut: failed += 1
      case .scored(let score):
        for (index, value) in ([score] + verdict.components).enumerated() where !value.isNaN {
          sums[index].sum += value
          sums[index].count += 1
        }
      }
    }
    for (name, sum) in zip(["mean"] + entry.reward.components, sums) where sum.count > 0 {
      observer.metric(.reward(entry.name, name), sum.sum / Double(sum.count), step: step)
    }
    observer.metric(.reward(entry.name, "abstained"), Double(abstained) / count, step: step)
    observer.metric(.reward(entry.name, "failed"), Double(failed) / count, step: step)
  }

  /// Records the metrics of a step and returns the mean reward, or nil if no rollout has one.
  private func describe(_ rollouts: [Rollout], _ step: Int, _ observer: any StageObserver) -> Double? {
    let rewards = rollouts.compactMap(\.reward)
    // Rollouts without a verdict do not count as zero.
    let mean = rewards.isEmpty ? nil : rewards.reduce(0, +) / Double(rewards.count)
    let mixed = Set(rollouts.filter { ($0.advantage ?? 0) != 0 }.map(\.group)).count
    let count = Double(max(rollouts.count, 1))
    if let mean { observer.metric(.rewardMean, mean, step: step) }
    observer.metric(.rewardUnscored, Double(rollouts.count - rewards.count) / count, step: step)
    observer.metric(.groupsMixed, Double(mixed) / Double(settings.promptsPerStep), step: step)
    observer.metric(
      .completionTokens, Double(rollouts.reduce(0) { $0 + $1.completion.tokens.count }) / count, step: step)
    observer.metric(
      .completionTruncated, Double(rollouts.count { $0.completion.finish == .length }) / count, step: step)
    return mean
  }

  /// Takes one or more optimizer steps on the rollouts with a nonzero advantage.
  private func learn(from rollouts: [Rollout], _ step: Int, _ observer: any StageObserver) throws {
    let useful = rollouts.filter { ($0.advantage ?? 0) != 0 }
    guard !useful.isEmpty else { return }
    let references = try reference?.score(useful.map(\.sequence))
    let rate = settings.schedule.rate(step, of: settings.steps)
    let gradient = PolicyGradient(loss: settings.loss, tokensPerMicrobatch: settings.tokensPerMicrobatch)
    for update in 0..<settings.updatesPerRollout {
      let statistics = try gradient.accumulate(useful, references, in: model)
      if update == 0 { try check(statistics.mismatch, step: step) }
      let report = try model.step(
        OptimizerStep(
          learningRate: rate, weightDecay: settings.weightDecay, clipNorm: settings.clipNorm,
          index: progress.taken))
      // Not incremented for steps of the loop without such rollouts.
      progress.taken += 1
      if report.skipped { observer.warn("step \(step) was skipped because its gradient norm is not finite") }
      guard update == 0 else { continue }
      observer.metric(.loss, statistics.loss, step: step)
      if let entropy = statistics.entropy { observer.metric(.entropy, entropy, step: step) }
      observer.metric(.clipFraction, statistics.clipped, step: step)
      observer.metric(.mismatch, statistics.mismatch.largest, step: step)
      observer.metric(.mismatchMean, statistics.mismatch.mean, step: step)
      observer.metric(.mismatch99, statistics.mismatch.percentile99, step: step)
      if reference != nil { observer.metric(.kl, statistics.kl, step: step) }
      observer.metric(.learningRate, rate, step: step)
      observer.metric(.gradientNorm, report.gradientNorm, step: step)
      observer.metric(.updateNorm, report.updateNorm, step: step)
    }
  }

  /// Stops a training whose model does not sample from what it trains, before it takes a step.
  private func check(_ mismatch: SamplingMismatch, step: Int) throws {
    let temperature = settings.sampling.temperature
    let limit = SamplingMismatch.Limit(model.info, temperature: temperature)
    if let sampler {
      let other = SamplingMismatch.Limit(
        sampler.model.info, temperature: temperature, most: SamplingMismatch.Limit.mostOfAnotherEngine)
      return try sampler.check(mismatch, step: step, limit, coarsest: max(limit, other))
    }
    guard model.info.sharesForward, mismatch.exceeds(limit) else { return }
    throw PolyaError(
      .run,
      "the log-probs of sampling and training differ by \(mismatch.mean) on average (99th percentile \(mismatch.percentile99)), although both use one forward pass; rounding explains \(limit.mean) (\(limit.percentile99))",
      hint: "report this to the author of the model, since training would be wrong")
  }
}
