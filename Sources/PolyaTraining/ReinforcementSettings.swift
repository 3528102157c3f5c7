public import PolyaCore

/// What a training is told, what it tells, and what an interrupted one goes on from.
extension Reinforcement {
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
    /// Mean reward of the first and the last tenth of the steps, over those with a verdict; nil when none of them has one.
    public var firstReward, lastReward: Double?
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
    /// How many steps those sums are of: a step without any verdict has no mean.
    public var firstCount, lastCount: Int

    /// What was done so far.
    public init(
      steps: Int = 0, taken: Int = 0, rollouts: Int = 0, missing: Int = 0, tokens: Int = 0,
      firstSum: Double = 0, lastSum: Double = 0, firstCount: Int = 0, lastCount: Int = 0
    ) {
      self.steps = steps
      self.taken = taken
      self.rollouts = rollouts
      self.missing = missing
      self.tokens = tokens
      self.firstSum = firstSum
      self.lastSum = lastSum
      self.firstCount = firstCount
      self.lastCount = lastCount
    }
  }
}
