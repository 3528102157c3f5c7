public import PolyaCore

/// What a training is told, what it tells, and what an interrupted one resumes from.
extension Reinforcement {
  /// Hyperparameters of the training.
  public struct Settings: Sendable, Equatable {
    /// Rounds of sampling, each with its updates; at least 1.
    public var steps: Int
    /// Questions per step; at least 1.
    public var promptsPerStep: Int
    /// Rollouts per question; at least 2.
    public var groupSize: Int
    /// How rollouts are sampled.
    public var sampling: Sampling
    /// The group statistics that make advantages of rewards.
    public var advantage: Advantage
    /// How several rewards become one advantage.
    public var combination: RewardCombination
    /// Clip range and coefficients.
    public var loss: PolicyLoss
    /// Updates of the weights with the same rollouts; at least 1.
    public var updatesPerRollout: Int
    /// The learning rate of each step.
    public var schedule: Schedule
    /// Decoupled weight decay per step, times the learning rate.
    public var weightDecay: Double
    /// The largest norm of the whole gradient, to which larger ones are scaled; 0 does not clip.
    public var clipNorm: Double
    /// The most tokens of one forward and backward pass.
    public var tokensPerMicrobatch: Int

    /// Hyperparameters of the training.
    public init(
      steps: Int, promptsPerStep: Int, groupSize: Int, sampling: Sampling, advantage: Advantage,
      combination: RewardCombination, loss: PolicyLoss, updatesPerRollout: Int, schedule: Schedule,
      weightDecay: Double, clipNorm: Double, tokensPerMicrobatch: Int
    ) {
      self.steps = steps
      self.promptsPerStep = promptsPerStep
      self.groupSize = groupSize
      self.sampling = sampling
      self.advantage = advantage
      self.combination = combination
      self.loss = loss
      self.updatesPerRollout = updatesPerRollout
      self.schedule = schedule
      self.weightDecay = weightDecay
      self.clipNorm = clipNorm
      self.tokensPerMicrobatch = tokensPerMicrobatch
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
    public var rollouts, unscored: Int
    /// Mean reward of the first and the last tenth of the steps, over those with a verdict; nil when none of them has one.
    public var firstReward, lastReward: Double?
    /// Tokens sampled.
    public var tokens: Int
  }

  /// What an interrupted training resumes from.
  public struct Progress: Sendable, Equatable {
    /// Steps of the loop, and those of the optimizer.
    public var steps, taken: Int
    /// As in ``Summary``.
    public var rollouts, unscored, tokens: Int
    /// Sums of the mean rewards of the first and the last tenth of the steps.
    public var firstSum, lastSum: Double
    /// How many steps those sums are of: a step without any verdict has no mean.
    public var firstCount, lastCount: Int

    /// What was done so far.
    public init(
      steps: Int = 0, taken: Int = 0, rollouts: Int = 0, unscored: Int = 0, tokens: Int = 0,
      firstSum: Double = 0, lastSum: Double = 0, firstCount: Int = 0, lastCount: Int = 0
    ) {
      self.steps = steps
      self.taken = taken
      self.rollouts = rollouts
      self.unscored = unscored
      self.tokens = tokens
      self.firstSum = firstSum
      self.lastSum = lastSum
      self.firstCount = firstCount
      self.lastCount = lastCount
    }
  }
}
