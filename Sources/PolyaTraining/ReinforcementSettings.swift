package import PolyaCore

/// The settings, results, and resumable progress of a training.
extension Reinforcement {
  /// The hyperparameters of the training.
  package struct Settings: Sendable {
    /// The number of sampling rounds, each with its updates; at least 1.
    package var steps: Int
    /// The number of questions per step; at least 1.
    package var promptsPerStep: Int
    /// The number of rollouts per question; at least 2.
    package var groupSize: Int
    /// The sampling parameters of rollouts.
    package var sampling: Sampling
    /// Whether the answer is trained on after the bare question, whatever the model was asked. Earlier turns are then not
    /// trained on.
    package var trainsOnQuestion = false
    /// How scores become advantages.
    package var credit: CreditAssignment
    /// The loss.
    package var objective: PolicyObjective
    /// Which rollouts are trained on.
    package var filters: RolloutFilters
    /// When the training ends before its last step.
    package var stopRules = StopRules()
    /// The number of weight updates per batch of rollouts; at least 1.
    package var updatesPerRollout: Int
    /// The learning rate of each step.
    package var schedule: Schedule
    /// The coefficient of the decoupled weight decay, which is multiplied by the learning rate.
    package var weightDecay: Double
    /// The maximum global gradient norm; 0 turns clipping off.
    package var clipNorm: Double
    /// The number of parts of a step's groups, of which one is judged while the next is sampled; at least 1.
    package var judgedParts = 1
    /// The maximum number of tokens in one forward and backward pass.
    package var tokensPerMicrobatch: Int

    /// Creates settings.
    package init(
      steps: Int, promptsPerStep: Int, groupSize: Int, sampling: Sampling, credit: CreditAssignment,
      objective: PolicyObjective, filters: RolloutFilters, updatesPerRollout: Int, schedule: Schedule,
      weightDecay: Double, clipNorm: Double, tokensPerMicrobatch: Int
    ) {
      self.steps = steps
      self.promptsPerStep = promptsPerStep
      self.groupSize = groupSize
      self.sampling = sampling
      self.credit = credit
      self.objective = objective
      self.filters = filters
      self.updatesPerRollout = updatesPerRollout
      self.schedule = schedule
      self.weightDecay = weightDecay
      self.clipNorm = clipNorm
      self.tokensPerMicrobatch = tokensPerMicrobatch
    }
  }

  /// A reward with its weight in the sum.
  package struct WeightedReward {
    let name: String
    let reward: any Reward
    let weight: Double

    /// Creates a weighted reward with its name in the manifest.
    package init(_ name: String, _ reward: any Reward, weight: Double) {
      self.name = name
      self.reward = reward
      self.weight = weight
    }
  }

  /// The results of a training.
  package struct Summary: Sendable, Equatable {
    /// The number of rollouts, and of those without a reward.
    package var rollouts, unscored: Int
    /// The mean reward in the first and the last tenth of the steps; nil if no rollout there has one.
    package var firstReward, lastReward: Double?
    /// The number of sampled tokens.
    package var tokens: Int
    /// Why the training ended before its last step; nil if it did not.
    package var stopped: String?
    /// The number of steps.
    package var steps: Int
    /// The step after which the validation was best, counted from 0; nil without a validation.
    package var bestStep: Int?
  }

  /// The progress from which an interrupted training resumes.
  package struct Progress: Sendable, Equatable {
    /// The number of steps of the loop and of the optimizer.
    package var steps = 0, taken = 0
    /// The number of questions that were asked.
    package var asked = 0
    /// The counts, as in ``Summary``.
    package var rollouts = 0, unscored = 0, tokens = 0
    /// The sums of the mean rewards over the first and the last tenth of the steps.
    package var firstSum = 0.0, lastSum = 0.0
    /// The numbers of steps in those sums, without steps that have no verdict.
    package var firstCount = 0, lastCount = 0
    /// The weight of the entropy bonus, and whether it acts in the next step.
    package var entropyCoefficient = 0.0, entropyActs = true
    /// What may end the training.
    package var health = TrainingHealth()
    /// Why the training ended before its last step.
    package var stopped: String?
    /// The keys of the questions that were answered rightly; empty unless a weighting asks.
    package var solved: Set<String> = []

    /// Creates the progress of a new training.
    package init() {}
  }
}
