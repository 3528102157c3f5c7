internal import PolyaCore

extension Reinforcement {
  /// Takes one or more optimizer steps on the rollouts that teach something.
  ///
  /// - Returns: The mean entropy per token, nil if unknown, and whether loss or gradient were not finite; nil if nothing was
  ///   learned.
  func learn(
    from rollouts: [Rollout], _ step: Int, _ observer: any StageObserver
  ) throws -> (entropy: Double?, isBroken: Bool)? {
    let trained = rollouts.filter(isTrained)
    guard !trained.isEmpty else { return nil }
    let objective = settings.objective
    let references =
      objective.kl.place == .loss ? try reference.map { try logprobs(of: trained, by: $0) } : nil
    let gradient = try gradient(of: trained, among: rollouts, step)
    let rate = settings.schedule.rate(step, of: settings.steps)
    var begun: [[Double]]?
    var learned: (entropy: Double?, isBroken: Bool)?
    for update in 0..<settings.updatesPerRollout {
      let statistics = try gradient.accumulate(trained, references, begun: begun, in: model)
      if update == 0 {
        if !settings.trainsOnQuestion { try check(statistics.mismatch, step: step) }
        begun = statistics.logprobs
      }
      let report = try model.step(
        OptimizerStep(
          learningRate: rate, weightDecay: settings.weightDecay, clipNorm: settings.clipNorm,
          index: progress.taken))
      // Not incremented for steps of the loop without such rollouts.
      progress.taken += 1
      if report.skipped { observer.warn("step \(step) was skipped because its gradient norm is not finite") }
      guard update == 0 else { continue }
      describe(statistics, report, rate, step, observer)
      adapt(to: statistics.entropy)
      learned = (statistics.entropy, report.skipped || !statistics.loss.isFinite)
    }
    return learned
  }

  /// Whether a rollout passes through the model: it has an advantage, or a term of the loss that needs none.
  private func isTrained(_ rollout: Rollout) -> Bool {
    guard let advantage = rollout.advantage, !rollout.parts.isEmpty, !isMasked(rollout) else { return false }
    let objective = settings.objective
    let hasOtherTerms =
      reference != nil && objective.kl.place == .loss || progress.entropyCoefficient != 0
    return advantage != 0 || settings.filters.equalGroups == .counted && hasOtherTerms
  }

  /// Returns a model's log-probs of the trained tokens of each rollout.
  func logprobs(of rollouts: [Rollout], by model: any LanguageModel) throws -> [[Double]] {
    var scored = try model.score(rollouts.flatMap { $0.parts.map(\.sequence) })[...]
    return rollouts.map { rollout in
      defer { scored = scored.dropFirst(rollout.parts.count) }
      return scored.prefix(rollout.parts.count).flatMap { $0.logprobs.map(Double.init) }
    }
  }

  /// Whether a rollout is left out of the loss because it was cut off.
  private func isMasked(_ rollout: Rollout) -> Bool {
    settings.filters.masksTruncated && rollout.isTruncated
  }

  /// Prepares the gradient of a step: what depends on all of its tokens.
  private func gradient(of trained: [Rollout], among rollouts: [Rollout], _ step: Int) throws
    -> PolicyGradient
  {
    let objective = settings.objective
    let counted =
      settings.filters.equalGroups == .counted
      ? rollouts.filter { $0.advantage != nil && !$0.parts.isEmpty && !isMasked($0) } : trained
    let lengths = counted.map(\.tokenCount)
    let tokens = trained.map { rollout in
      rollout.logprobs.map {
        CovarianceToken(logprob: Double($0), advantage: rollout.advantage ?? 0)
      }
    }
    return PolicyGradient(
      objective: objective, tokensPerMicrobatch: settings.tokensPerMicrobatch,
      entropyCoefficient: progress.entropyActs ? progress.entropyCoefficient : 0,
      leastEntropy: try leastEntropy(trained),
      chosen: objective.loss.chosen(tokens, random.stream("loss").stream(UInt64(step))),
      weights: trained.map {
        objective.aggregation.weight(
          $0.tokenCount, among: lengths, limit: settings.sampling.maxTokens)
      }, comparesBegun: settings.trainsOnQuestion)
  }

  /// The entropy below which the policy loss leaves a token out.
  private func leastEntropy(_ trained: [Rollout]) throws -> Double {
    let share = settings.objective.entropy.tokenShare
    guard share < 1 else { return -.infinity }
    let scored = try model.score(trained.flatMap { $0.parts.map(\.sequence) })
    try requireEntropies(scored)
    return EntropyBonus.threshold(scored.flatMap { $0.entropies.map(Double.init) }, share: share)
  }

  /// Moves the entropy coefficient toward its target.
  private func adapt(to entropy: Double?) {
    guard let entropy else { return }
    (progress.entropyCoefficient, progress.entropyActs) = settings.objective.entropy.next(
      progress.entropyCoefficient, after: entropy)
  }

  private func describe(
    _ statistics: PolicyGradient.Statistics, _ report: StepReport, _ rate: Double, _ step: Int,
    _ observer: any StageObserver
  ) {
    observer.metric(.loss, statistics.loss, step: step)
    if let entropy = statistics.entropy { observer.metric(.entropy, entropy, step: step) }
    if settings.objective.entropy.target != nil {
      observer.metric(.entropyCoefficient, progress.entropyActs ? progress.entropyCoefficient : 0, step: step)
    }
    observer.metric(.clipFraction, statistics.clipped, step: step)
    observer.metric(.mismatch, statistics.mismatch.largest, step: step)
    observer.metric(.mismatchMean, statistics.mismatch.mean, step: step)
    observer.metric(.mismatch99, statistics.mismatch.percentile99, step: step)
    if settings.objective.correction != nil {
      observer.metric(.correctionWeight, statistics.correction, step: step)
      observer.metric(.correctionCut, statistics.corrected, step: step)
    }
    if reference != nil, settings.objective.kl.place == .loss {
      observer.metric(.kl, statistics.kl, step: step)
    }
    observer.metric(.learningRate, rate, step: step)
    observer.metric(.gradientNorm, report.gradientNorm, step: step)
    observer.metric(.updateNorm, report.updateNorm, step: step)
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
