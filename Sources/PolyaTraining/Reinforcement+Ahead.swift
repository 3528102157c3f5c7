internal import PolyaCore
internal import PolyaPipeline

/// Sampling ahead: while the model learns from the rollouts of one step, another model samples those of the next with the
/// weights before it (Noukhovitch et al. 2024, arXiv:2410.18252). The correction for the difference is the objective's.
///
/// Every so many steps, sampling waits for the trained weights, so that there is a state that can be saved: what is resumed
/// from there repeats the same bytes.
extension Reinforcement {
  /// Returns the rollouts of a step with their advantages: those that were sampled ahead, or new ones.
  func rollouts(of step: Int, _ tasks: [Task]) throws -> [Rollout] {
    guard let drawn = ahead.removeValue(forKey: step) else {
      try sampler?.refresh(from: model, step: step)
      return try sample(step, tasks)
    }
    progress.asked += settings.promptsPerStep
    var rollouts = counted(drawn, step)
    assign(&rollouts, step)
    return rollouts
  }

  /// Learns from the rollouts of a step, and has those of the next one sampled meanwhile if the sampler is ahead in it.
  func learnWhileSampling(
    from rollouts: [Rollout], _ step: Int, _ tasks: [Task], _ observer: any StageObserver
  ) throws -> (entropy: Double?, isBroken: Bool)? {
    let next = step + 1
    guard let sampler, sampler.isAhead(in: next), next < settings.steps else {
      return try learn(from: rollouts, step, observer)
    }
    try sampler.refresh(from: model, step: next)
    let (asked, slots) = (progress.asked, 0..<settings.promptsPerStep)
    let (drawn, learned) = try runConcurrently { [self] in
      try draw(next, 0, slots, tasks, asked: asked)
    } _: {
      try learn(from: rollouts, step, observer)
    }
    ahead[next] = drawn
    return learned
  }
}
