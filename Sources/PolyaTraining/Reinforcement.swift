package import PolyaCore
package import PolyaDialogue

/// Policy optimization with groups of rollouts (Shao et al. 2024, arXiv:2402.03300), made of parts that the settings choose:
/// how rewards become advantages, what the loss of a token is, and which rollouts count.
///
/// Rollouts without a verdict, or with a failed reward, are excluded from everything.
package final class Reinforcement {
  let settings: Settings
  let maxUnscored: Double
  let model: any LanguageModel
  let reference: (any LanguageModel)?
  let sampler: RolloutSampler?
  let approaches: Approaches
  let labeler: (any Strategy)?
  let rewards: [WeightedReward]
  let template: PromptTemplate
  let random: Randomness
  var progress = Progress()
  /// The rollouts, without advantages, of a step that was sampled ahead of its turn.
  var ahead: [Int: Drawn] = [:]
  /// The dialogues of a step without any reply, and why the first has none.
  var missing: [Int: (count: Int, why: String?)] = [:]
  /// Since this process began.
  private var shares = UnscoredShares()

  /// Creates a training.
  ///
  /// - Parameters:
  ///  - maxUnscored: The share of rollouts without a verdict, 0...1, above which the training stops with an
  ///    error.
  ///  - reference: The reference model, required if the KL coefficient is not zero.
  ///  - sampler: Samples the rollouts; by default the model itself.
  ///  - approaches: How the questions are asked; by default bare.
  ///  - labeler: Says which heuristics a rollout follows; by default nothing does.
  package init(
    _ settings: Settings, maxUnscored: Double, model: any LanguageModel, reference: (any LanguageModel)?,
    sampler: RolloutSampler? = nil, approaches: Approaches? = nil, labeler: (any Strategy)? = nil,
    rewards: [WeightedReward], template: PromptTemplate, random: Randomness
  ) throws {
    precondition(settings.objective.kl.coefficient == 0 || reference != nil)
    self.settings = settings
    self.maxUnscored = maxUnscored
    self.model = model
    self.reference = settings.objective.kl.coefficient == 0 ? nil : reference
    self.sampler = sampler
    self.approaches = try approaches ?? Approaches([BareQuestion(template)])
    self.labeler = labeler
    self.rewards = rewards
    self.template = template
    self.random = random
  }

  /// Trains the model in place and passes the rollouts of each step to `keep`, with the progress so far.
  ///
  /// - Parameters:
  ///  - done: The progress of an interrupted training, whose model was loaded.
  ///  - validation: Measures the model from time to time; by default it is not measured.
  ///  - best: Called with the step when the model is better than at every measurement before.
  ///  - refused: Receives the rollouts of the step after which too many have no verdict, with a message and
  ///    the reasons, and returns the error to throw.
  package func run(
    tasks all: [Task], observer: any StageObserver, after done: Progress = Progress(),
    validation: Validation? = nil,
    refused: ([Rollout], String, UnscoredReasons) throws -> PolyaError,
    best: (Int) throws -> Void = { _ in },
    keep: ([Rollout], Progress) throws -> Void
  ) throws -> Summary {
    progress = done
    if done.steps == 0 { progress.entropyCoefficient = settings.objective.entropy.coefficient }
    let allPrompts = try model.promptTokens(for: all.map { template.chat(for: $0.question) })
    let fitting = all.indices.filter { model.info.refusal(ofPrompt: allPrompts[$0].count) == nil }
    let (tasks, prompts) = (fitting.map { all[$0] }, fitting.map { allPrompts[$0] })
    guard !tasks.isEmpty else {
      throw PolyaError(.run, "none of the questions fits into the model's context")
    }
    if tasks.count < all.count {
      observer.warn("\(all.count - tasks.count) of \(all.count) questions do not fit into the context")
    }
    if settings.sampling.isCut, !usesMasks {
      observer.warn(
        "top-k, top-p, and min-p cut what is drawn, and a model does not tell how; the loss takes the rollouts as drawn from all tokens, which biases it"
      )
    }
    try requirePass(after: prompts[0])
    for step in progress.steps..<max(progress.steps, settings.steps) where progress.stopped == nil {
      try observer.checkStop()
      let rollouts = try rollouts(of: step, tasks)
      progress.rollouts += rollouts.count
      progress.unscored += rollouts.count { $0.reward == nil }
      for rollout in rollouts {
        shares.add(rollout.task.referenceKind, unscored: rollout.reward == nil ? 1 : 0)
      }
      progress.tokens += rollouts.reduce(0) { $0 + $1.sampledTokens }
      let (lost, why) = missing.removeValue(forKey: step) ?? (0, nil)
      if lost > 0 {
        observer.warn(
          "\(lost) dialogues of step \(step) have no reply\(why.map { "; the first one: \($0)" } ?? "")")
      }
      try checkUnscored(rollouts, Array(repeating: why ?? "has no reply", count: lost), refused)
      describe(rollouts, step, observer)
      let mean = Self.meanReward(rollouts)
      if let mean { remember(mean, of: step) }
      let learned = try learnWhileSampling(from: rollouts, step, tasks, observer)
      remember(solved: rollouts)
      progress.stopped = try progress.health.note(
        mixed: Self.mixedGroups(rollouts), allRight: rollouts.allSatisfy { $0.reward == nil || $0.isRight },
        entropy: learned?.entropy, isBroken: learned?.isBroken ?? false, reward: mean, settings.stopRules)
      if let validation, validation.isDue(after: step, of: settings.steps) || progress.stopped != nil {
        let scores = try validate(validation, after: step, observer)
        let (isBest, stop) = progress.health.note(scores, after: step, patience: validation.patience)
        progress.stopped = progress.stopped ?? stop
        if isBest { try best(step) }
      }
      if let why = progress.stopped { observer.warn("stopped after step \(step): \(why)") }
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

  /// Remembers which questions were answered rightly, if a weighting asks.
  private func remember(solved rollouts: [Rollout]) {
    guard settings.credit.weighting.contains(where: \.usesHistory) else { return }
    progress.solved.formUnion(rollouts.filter(\.isRight).map(\.task.key))
  }

  private func summary() -> Summary {
    func mean(_ sum: Double, _ count: Int) -> Double? { count == 0 ? nil : sum / Double(count) }
    return Summary(
      rollouts: progress.rollouts, unscored: progress.unscored,
      firstReward: mean(progress.firstSum, progress.firstCount),
      lastReward: mean(progress.lastSum, progress.lastCount), tokens: progress.tokens,
      stopped: progress.stopped, steps: progress.steps,
      bestStep: progress.health.best == nil ? nil : progress.health.bestStep)
  }

  /// Checks before anything is sampled that the model can do what the loss needs: a pass at the temperature of
  /// the samples, with entropies if they count.
  private func requirePass(after prompt: [Int32]) throws {
    let pass = try model.forward([
      TokenSequence(
        tokens: prompt + prompt.prefix(1), from: prompt.count, temperature: settings.sampling.temperature)
    ])
    try model.drop(pass)
    if settings.objective.entropy.needsEntropies { try requireEntropies(pass.scored) }
  }

  /// Checks that the model provided an entropy for each token.
  func requireEntropies(_ scored: [ScoredSequence]) throws {
    guard scored.contains(where: { $0.entropies.count != $0.logprobs.count }) else { return }
    throw PolyaError(
      .configuration, "the loss depends on entropies, but the model '\(model.info.name)' provides none",
      hint: "remove 'entropy-coefficient', 'entropy-target', and 'entropy-tokens', or use another model")
  }

  private func checkUnscored(
    _ rollouts: [Rollout], _ lost: [String],
    _ refused: ([Rollout], String, UnscoredReasons) throws -> PolyaError
  ) throws {
    let share = Double(progress.unscored) / Double(progress.rollouts)
    let kind = shares.excess(over: maxUnscored)
    guard share > maxUnscored || kind != nil else { return }
    var reasons = UnscoredReasons()
    for why in lost { reasons.add(why) }
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
}
