package import PolyaCore

/// What a training is told, what it tells, and what an interrupted one resumes from.
extension Reinforcement {
  /// Hyperparameters of the training.
  package struct Settings: Sendable, Equatable {
    /// Rounds of sampling, each with its updates; at least 1.
    package var steps: Int
    /// Questions per step; at least 1.
    package var promptsPerStep: Int
    /// Rollouts per question; at least 2.
    package var groupSize: Int
    /// How rollouts are sampled.
    package var sampling: Sampling
    /// The group statistics that make advantages of rewards.
    package var advantage: Advantage
    /// How several rewards become one advantage.
    package var combination: RewardCombination
    /// Clip range and coefficients.
    package var loss: PolicyLoss
    /// Updates of the weights with the same rollouts; at least 1.
    package var updatesPerRollout: Int
    /// The learning rate of each step.
    package var schedule: Schedule
    /// Decoupled weight decay per step, times the learning rate.
    package var weightDecay: Double
    /// The largest norm of the whole gradient, to which larger ones are scaled; 0 does not clip.
    package var clipNorm: Double
    /// The most tokens of one forward and backward pass.
    package var tokensPerMicrobatch: Int

    /// Hyperparameters of the training.
    package init(
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
  package struct WeightedReward {
    let name: String
    let reward: any Reward
    let weight: Double

    /// A reward, as the manifest calls it, and its weight.
    package init(_ name: String, _ reward: any Reward, weight: Double) {
      self.name = name
      self.reward = reward
      self.weight = weight
    }
  }

  /// What a training did.
  package struct Summary: Sendable, Equatable {
    /// Rollouts sampled, and those without a reward.
    package var rollouts, unscored: Int
    /// Mean reward of the first and the last tenth of the steps, over those with a verdict; nil when none of them has one.
    package var firstReward, lastReward: Double?
    /// Tokens sampled.
    package var tokens: Int
  }

  /// What an interrupted training resumes from.
  package struct Progress: Sendable, Equatable {
    /// Steps of the loop, and those of the optimizer.
    package var steps, taken: Int
    /// As in ``Summary``.
    package var rollouts, unscored, tokens: Int
    /// Sums of the mean rewards of the first and the last tenth of the steps.
    package var firstSum, lastSum: Double
    /// How many steps those sums are of: a step without any verdict has no mean.
    package var firstCount, lastCount: Int

    /// What was done so far.
    package init(
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
