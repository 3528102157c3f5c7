public import PolyaCore

/// Group-relative policy optimisation (Shao et al. 2024, arXiv:2402.03300).
///
/// How this differs: every token of a step counts the same (token mean over the step, as in DAPO, arXiv:2503.14476,
/// not per-sequence means); groups whose rewards are all equal are sampled but not trained on; a rollout for which no
/// reward has a verdict, or one failed, takes part in nothing.
public final class Reinforcement {
  /// Numbers of the training.
  public struct Settings: Sendable, Equatable {
    /// Optimizer steps; each samples anew.
    public var steps: Int
    /// Questions per step.
    public var questions: Int
    /// Rollouts per question.
    public var group: Int
    /// How rollouts are sampled.
    public var sampling: Sampling
    /// Group statistics.
    public var advantage: Advantage
    /// Of several rewards.
    public var combination: RewardCombination
    /// Clipping and penalty.
    public var loss: PolicyLoss
    /// Updates on the same rollouts.
    public var updates: Int
    /// Learning rate.
    public var schedule: Schedule
    /// Decoupled.
    public var weightDecay: Double
    /// Global gradient norm at most; 0: no clipping.
    public var clipNorm: Double
    /// Tokens per forward pass.
    public var tokensPerPass: Int
    /// Share of missing verdicts above which the run stops.
    public var maximumMissing: Double

    /// Numbers of the training.
    public init(
      steps: Int, questions: Int, group: Int, sampling: Sampling, advantage: Advantage,
      combination: RewardCombination, loss: PolicyLoss,
      updates: Int,
      schedule: Schedule, weightDecay: Double, clipNorm: Double, tokensPerPass: Int, maximumMissing: Double
    ) {
      self.steps = steps
      self.questions = questions
      self.group = group
      self.sampling = sampling
      self.advantage = advantage
      self.combination = combination
      self.loss = loss
      self.updates = updates
      self.schedule = schedule
      self.weightDecay = weightDecay
      self.clipNorm = clipNorm
      self.tokensPerPass = tokensPerPass
      self.maximumMissing = maximumMissing
    }
  }

  /// A reward and its weight in the sum.
  public struct WeightedReward {
    let name: String
    let reward: any Reward
    let weight: Double

    /// A reward, as the manifest calls it, and its weight.
    public init(_ name: String, _ reward: any Reward, weight: Double) {
      self.name = name
      self.reward = reward
      self.weight = weight
    }
  }

  /// What a training did.
  public struct Summary: Sendable, Equatable {
    /// Rollouts sampled, and those without a reward.
    public var rollouts, missing: Int
    /// Mean reward of the first and the last tenth of the steps.
    public var firstReward, lastReward: Double
    /// Tokens sampled.
    public var tokens: Int
  }

  /// What an interrupted training goes on from.
  public struct Progress: Sendable, Equatable {
    /// Steps of the loop, and those of the optimizer.
    public var steps, taken: Int
    /// As in ``Summary``.
    public var rollouts, missing, tokens: Int
    /// Sums of the mean rewards of the first and the last tenth of the steps.
    public var firstSum, lastSum: Double

    /// What was done so far.
    public init(
      steps: Int = 0, taken: Int = 0, rollouts: Int = 0, missing: Int = 0, tokens: Int = 0,
      firstSum: Double = 0, lastSum: Double = 0
    ) {
      self.steps = steps
      self.taken = taken
      self.rollouts = rollouts
      self.missing = missing
      self.tokens = tokens
      self.firstSum = firstSum
      self.lastSum = lastSum
    }
  }

  private let settings: Settings
  private let model: any LanguageModel
  private let reference: (any LanguageModel)?
  private let rewards: [WeightedReward]
  private let frame: TextFrame
  private let random: Randomness
  private var progress = Progress()

  /// Sampling and training log-probs of one token may differ by rounding, not by more.
  private static let largestMismatch = 1e-4

  /// - Parameter reference: needed when the penalty has a weight.
  public init(
    _ settings: Settings, model: any LanguageModel, reference: (any LanguageModel)?,
    rewards: [WeightedReward],
    frame: TextFrame, random: Randomness
  ) {
    precondition(settings.loss.klWeight == 0 || reference != nil)
    self.settings = settings
    self.model = model
    self.reference = settings.loss.klWeight == 0 ? nil : reference
    self.rewards = rewards
    self.frame = frame
    self.random = random
  }

  /// Trains the model in place; every step's rollouts are handed to `keep`, with what was done so far.
  ///
  /// - Parameters:
  ///   - done: what an interrupted training did, whose model this is.
  ///   - refused: gets the rollouts of a step after which too many have no verdict, and why; gives the error that ends
  ///     the training.
  public func run(
    tasks all: [Task], observer: any StageObserver, after done: Progress = Progress(),
    refused: ([Rollout], String, MissingReasons) throws -> PolyaError,
    keep: ([Rollout], Progress) throws -> Void
  ) throws -> Summary {
    progress = done
    let allPrompts = try model.promptTokens(for: all.map { frame.chat(for: $0.question) })
    let fitting = all.indices.filter { model.info.refusal(ofPrompt: allPrompts[$0].count) == nil }
    let (tasks, prompts) = (fitting.map { all[$0] }, fitting.map { allPrompts[$0] })
    guard !tasks.isEmpty else { throw PolyaError(.run, "no question fits into the model's context") }
    if tasks.count < all.count {
      observer.warn("\(all.count - tasks.count) of \(all.count) questions do not fit into the context")
    }
    for step in progress.steps..<max(progress.steps, settings.steps) {
      try observer.checkStop()
      var rollouts = try collect(step, tasks, prompts)
      try judge(&rollouts, step, observer)
      progress.rollouts += rollouts.count
      progress.missing += rollouts.count { $0.reward == nil }
      progress.tokens += rollouts.reduce(0) { $0 + $1.completion.tokens.count }
      try checkMissing(rollouts, refused)
      let mean = describe(rollouts, step, observer)
      if step < tenth { progress.firstSum += mean }
      if step >= settings.steps - tenth { progress.lastSum += mean }
      try learn(from: rollouts, step, observer)
      progress.steps = step + 1
      try keep(rollouts, progress)
      observer.progress(step + 1, of: settings.steps, "reward \(mean.formatted(3))")
    }
    return summary()
  }

  private var tenth: Int { max(1, settings.steps / 10) }

  private func summary() -> Summary {
    Summary(
      rollouts: progress.rollouts, missing: progress.missing, firstReward: progress.firstSum / Double(tenth),
      lastReward: progress.lastSum / Double(tenth), tokens: progress.tokens)
  }

  private func checkMissing(
    _ rollouts: [Rollout], _ refused: ([Rollout], String, MissingReasons) throws -> PolyaError
  ) throws {
    let share = Double(progress.missing) / Double(progress.rollouts)
    guard share > settings.maximumMissing else { return }
    var reasons = MissingReasons()
    for rollout in rollouts where rollout.reward == nil {
      for (entry, verdict) in zip(rewards, rollout.verdicts) { reasons.add(verdict, of: entry.name) }
    }
    throw try refused(
      rollouts, "\(progress.missing) of \(progress.rollouts) rollouts have no verdict", reasons)
  }

  /// Samples the groups of one step and asks for their rewards.
  private func collect(_ step: Int, _ tasks: [Task], _ prompts: [[Int32]]) throws -> [Rollout] {
    let chosen = (0..<settings.questions).map { slot in
      let position = step * settings.questions + slot
      return random.stream("order").stream(UInt64(position / tasks.count)).permutation(tasks.count)[
        position % tasks.count]
    }
    let requests = chosen.enumerated().map { slot, index in
      GenerationRequest(
        id: UInt64(slot), seed: random.stream("rollouts").stream(UInt64(step)).stream(UInt64(slot)).key,
        tokens: prompts[index], samples: settings.group, sampling: settings.sampling)
    }
    var rollouts: [Rollout] = []
    for (slot, completions) in try model.generate(requests).enumerated() {
      rollouts += completions.enumerated().filter { !$1.tokens.isEmpty }.map { sample, completion in
        Rollout(
          task: tasks[chosen[slot]], group: slot, sample: sample, seed: requests[slot].seed,
          sequence: TokenSequence(
            tokens: requests[slot].tokens + completion.tokens, from: requests[slot].tokens.count,
            group: UInt64(slot + 1), temperature: settings.sampling.temperature),
          completion: completion, reward: nil, verdicts: [], advantage: nil)
      }
    }
    return rollouts
  }

  /// Asks for the rewards, one after the other, and forms the advantages.
  private func judge(_ rollouts: inout [Rollout], _ step: Int, _ observer: any StageObserver) throws {
    let answers = rollouts.enumerated().map { index, rollout in
      Answer(
        id: UInt64(index), groupID: UInt64(rollout.group), task: rollout.task,
        completion: rollout.completion.text,
        tokens: rollout.completion.tokens, logprobs: rollout.completion.logprobs,
        transcript: frame.chat(for: rollout.task.question))
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

  /// What one reward said of a step's rollouts.
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

  private func describe(_ rollouts: [Rollout], _ step: Int, _ observer: any StageObserver) -> Double {
    let rewards = rollouts.compactMap(\.reward)
    let mean = rewards.reduce(0, +) / Double(max(rewards.count, 1))
    let mixed = Set(rollouts.filter { ($0.advantage ?? 0) != 0 }.map(\.group)).count
    let count = Double(max(rollouts.count, 1))
    observer.metric(.rewardMean, mean, step: step)
    observer.metric(.rewardMissing, Double(rollouts.count - rewards.count) / count, step: step)
    observer.metric(.groupsMixed, Double(mixed) / Double(settings.questions), step: step)
    observer.metric(
      .completionTokens, Double(rollouts.reduce(0) { $0 + $1.completion.tokens.count }) / count, step: step)
    observer.metric(
      .completionCut, Double(rollouts.count { $0.completion.finish == .length }) / count, step: step)
    return mean
  }

  /// One or more optimizer steps on rollouts that tell something.
  private func learn(from rollouts: [Rollout], _ step: Int, _ observer: any StageObserver) throws {
    let useful = rollouts.filter { ($0.advantage ?? 0) != 0 }
    guard !useful.isEmpty else { return }
    let references = try reference?.score(useful.map(\.sequence))
    let rate = settings.schedule.rate(step, of: settings.steps)
    for update in 0..<settings.updates {
      let statistics = try accumulate(useful, references, checkMismatch: update == 0)
      let report = try model.step(
        OptimizerStep(
          learningRate: rate, weightDecay: settings.weightDecay, clipNorm: settings.clipNorm,
          index: progress.taken))
      // Steps of the loop whose groups tell nothing take none.
      progress.taken += 1
      if report.skipped { observer.warn("step \(step) was left out: its gradient norm is not finite") }
      guard update == 0 else { continue }
      observer.metric(.loss, statistics.loss, step: step)
      observer.metric(.entropy, statistics.entropy, step: step)
      observer.metric(.clipped, statistics.clipped, step: step)
      observer.metric(.mismatch, statistics.mismatch, step: step)
      if reference != nil { observer.metric(.kl, statistics.kl, step: step) }
      observer.metric(.learningRate, rate, step: step)
      observer.metric(.gradientNorm, report.gradientNorm, step: step)
    }
  }

  private struct Statistics {
    var loss = 0.0
    var entropy = 0.0
    var clipped = 0.0
    var kl = 0.0
    var mismatch = 0.0
  }

  /// Adds the gradient of the mean loss per token.
  private func accumulate(_ rollouts: [Rollout], _ references: [ScoredSequence]?, checkMismatch: Bool) throws
    -> Statistics
  {
    let sequences = rollouts.map(\.sequence)
    let scale = 1 / Double(sequences.reduce(0) { $0 + $1.scoredCount })
    var sum = Statistics()
    for range in MicroBatches.split(sequences, tokens: settings.tokensPerPass) {
      let pass = try model.forward(Array(sequences[range]))
      let gradients = zip(range, pass.scored).map { index, scored in
        let sampled = rollouts[index].completion.logprobs
        return scored.logprobs.indices.map { position -> Float in
          let logprob = Double(scored.logprobs[position])
          let token = settings.loss.token(
            logprob: logprob, sampled: Double(sampled[position]),
            reference: references.map { Double($0[index].logprobs[position]) },
            advantage: rollouts[index].advantage ?? 0)
          sum.loss += token.loss * scale
          sum.entropy += Double(scored.entropies[position]) * scale
          sum.clipped += token.isClipped ? scale : 0
          sum.kl += token.kl * scale
          sum.mismatch = max(sum.mismatch, abs(logprob - Double(sampled[position])))
          return Float(token.gradient * scale)
        }
      }
      try model.backward(pass, gradients: gradients)
    }
    if checkMismatch, model.info.sharesForward, sum.mismatch > Self.largestMismatch {
      throw PolyaError(
        .run,
        "a token's log-prob is \(sum.mismatch) apart between sampling and training, which share one forward pass",
        cure: "report it to the model's author: training would be wrong")
    }
    return sum
  }
}
