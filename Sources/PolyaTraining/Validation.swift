package import PolyaCore

/// Measures the policy during a training on questions that it is not trained on.
package struct Validation: Sendable {
  /// The questions.
  package var tasks: [Task]
  /// The number of steps between two measurements; the last step is measured too.
  package var every: Int
  /// The number of samples of each question.
  package var samples: Int
  /// The k of the pass@k by which the best checkpoint is chosen; at most ``samples``.
  package var k: Int
  /// The number of measurements without a better one after which the training ends; nil goes on.
  package var patience: Int?

  /// Creates a validation.
  package init(tasks: [Task], every: Int, samples: Int, k: Int, patience: Int?) {
    self.tasks = tasks
    self.every = every
    self.samples = samples
    self.k = k
    self.patience = patience
  }

  /// What one measurement found.
  struct Scores: Sendable, Equatable {
    /// The mean over questions; nil if no question has enough verdicts.
    var passAt1, passAtK: Double?
  }

  /// Whether a step, counted from 0, is measured after.
  func isDue(after step: Int, of steps: Int) -> Bool { (step + 1).isMultiple(of: every) || step + 1 == steps }

  /// Returns the scores of right and judged samples of each question.
  func scores(_ counts: [(right: Int, judged: Int)]) -> Scores {
    func mean(_ k: Int) -> Double? {
      let values = counts.filter { $0.judged >= k }.map {
        1 - Subsets.share($0.judged - $0.right, $0.judged, k)
      }
      return values.isEmpty ? nil : values.mean
    }
    return Scores(passAt1: mean(1), passAtK: mean(k))
  }
}

/// When a training ends before its last step, since it no longer learns what it should.
package struct StopRules: Sendable, Equatable {
  /// The number of steps in a row without any advantage.
  package var stepsWithoutAdvantage: Int
  /// The mean entropy per token, in nats, that ``stepsOfLowEntropy`` steps in a row stay below; nil means no limit.
  package var lowEntropy: Double?

  /// The number of steps of low entropy.
  static let stepsOfLowEntropy = 10
  /// The number of steps in a row whose loss or gradient is not finite.
  static let brokenSteps = 3
  /// The number of measurements in a row in which the reward of training rises and the score of validation falls.
  static let contraryMeasurements = 3

  /// Creates rules.
  package init(stepsWithoutAdvantage: Int = 50, lowEntropy: Double? = nil) {
    self.stepsWithoutAdvantage = stepsWithoutAdvantage
    self.lowEntropy = lowEntropy
  }
}

/// What a training has seen that may end it, as far as it is needed to go on after an interruption.
package struct TrainingHealth: Sendable, Equatable {
  /// Steps in a row.
  package var withoutAdvantage = 0, ofLowEntropy = 0, broken = 0
  /// The best score of validation.
  package var best: Double?
  /// The step after which it was measured.
  package var bestStep = 0
  /// The measurements since then.
  package var sinceBest = 0
  /// The sum and number of mean rewards since the last measurement.
  package var rewardSum = 0.0, rewardCount = 0
  /// The mean reward before the last measurement and its pass@1.
  package var lastReward: Double?, lastScore: Double?
  /// Measurements in a row in which reward and score moved apart.
  package var contrary = 0

  /// Creates the health of a new training.
  package init() {}

  /// Takes note of a step, and returns why the training ends, if it does.
  ///
  /// - Parameters:
  ///   - mixed: The number of groups with an advantage.
  ///   - right: Whether all judged answers of the step are right.
  mutating func note(
    mixed: Int, allRight: Bool, entropy: Double?, isBroken: Bool, reward: Double?, _ rules: StopRules
  ) throws -> String? {
    withoutAdvantage = mixed == 0 ? withoutAdvantage + 1 : 0
    broken = isBroken ? broken + 1 : 0
    if let entropy, let low = rules.lowEntropy { ofLowEntropy = entropy < low ? ofLowEntropy + 1 : 0 }
    if let reward {
      rewardSum += reward
      rewardCount += 1
    }
    if broken >= StopRules.brokenSteps {
      throw PolyaError(
        .run, "the training diverged: the loss or gradient of \(broken) steps in a row is not finite",
        hint: "lower 'learning-rate', or 'clip-norm'; polya run goes on from the last saved step")
    }
    if withoutAdvantage >= rules.stepsWithoutAdvantage {
      return "no group had an advantage for \(withoutAdvantage) steps; in the last one, "
        + (allRight ? "all answers are right" : "the answers of each group have the same reward")
    }
    if let low = rules.lowEntropy, ofLowEntropy >= StopRules.stepsOfLowEntropy {
      return "the entropy collapsed: it was below \(low) nats per token for \(ofLowEntropy) steps"
    }
    return nil
  }

  /// Takes note of a measurement.
  ///
  /// - Returns: Whether it is the best one, and why the training ends, if it does.
  mutating func note(_ scores: Validation.Scores, after step: Int, patience: Int?) -> (
    isBest: Bool, stop: String?
  ) {
    let reward = rewardCount == 0 ? nil : rewardSum / Double(rewardCount)
    if let reward, let last = lastReward, let score = scores.passAt1, let before = lastScore {
      contrary = reward > last && score < before ? contrary + 1 : 0
    }
    (lastReward, lastScore) = (reward ?? lastReward, scores.passAt1 ?? lastScore)
    (rewardSum, rewardCount) = (0, 0)
    let isBest = scores.passAtK.map { $0 > best ?? -.infinity } ?? false
    if isBest { (best, bestStep) = (scores.passAtK, step) }
    sinceBest = isBest ? 0 : sinceBest + 1
    if contrary >= StopRules.contraryMeasurements {
      return (
        isBest,
        "the reward rises and the score of validation falls, \(contrary) times in a row: a sign of reward hacking"
      )
    }
    if let patience, sinceBest >= patience {
      return (isBest, "validation has not improved for \(sinceBest) measurements")
    }
    return (isBest, nil)
  }
}
