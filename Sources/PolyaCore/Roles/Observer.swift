/// Receives what a stage reports while it runs. All methods are called on the stage's own thread.
package protocol StageObserver: AnyObject {
  /// Records a metric. `step` counts within the stage. Times must not be recorded, since metrics repeat byte
  /// for byte.
  func metric(_ name: MetricName, _ value: Double, step: Int)
  /// Reports that `done` of `total` units of work are complete.
  func progress(_ done: Int, of total: Int, _ note: String)
  /// Shows the current figures as rows of cells, with a heading first. `rows` is called only if they are
  /// displayed.
  func table(_ rows: () -> [[String]])
  /// Shows a warning to the user.
  func warn(_ message: String)
  /// Gives the user a chance to stop the stage.
  ///
  /// - Throws: If the user asked to stop.
  func checkStop() throws
}

/// The name of a metric, in the form `area/name`.
package struct MetricName: RawRepresentable, Sendable, Hashable {
  /// The name as it is stored.
  package let rawValue: String

  /// Creates a name from its stored form.
  package init(rawValue: String) { self.rawValue = rawValue }

  private init(_ rawValue: String) { self.rawValue = rawValue }

  /// The mean loss per token.
  package static let loss = MetricName("loss/mean")
  /// The learning rate of the step.
  package static let learningRate = MetricName("optimizer/learning-rate")
  /// The global gradient norm before clipping.
  package static let gradientNorm = MetricName("optimizer/gradient-norm")
  /// The norm of the change of the weights.
  package static let updateNorm = MetricName("optimizer/update-norm")
  /// The mean reward of the rollouts that have one.
  package static let rewardMean = MetricName("reward/mean")
  /// The share of rollouts without a reward.
  package static let rewardUnscored = MetricName("reward/unscored")
  /// The share of groups with an advantage, whose rewards mostly differ.
  package static let groupsMixed = MetricName("group/mixed")
  /// The share of groups whose answers are all right.
  package static let groupsRight = MetricName("group/all-right")
  /// The share of groups whose answers are all wrong.
  package static let groupsWrong = MetricName("group/all-wrong")
  /// The mean length of a completion in tokens.
  package static let completionTokens = MetricName("completion/tokens")
  /// The share of completions that were cut off by the token limit.
  package static let completionTruncated = MetricName("completion/truncated")
  /// The mean number of tokens of a rollout that the model was sent between its replies, which are not trained on.
  package static let insertedTokens = MetricName("completion/inserted-tokens")
  /// The mean entropy per token, in nats.
  package static let entropy = MetricName("policy/entropy")
  /// The share of tokens whose ratio was clipped.
  package static let clipFraction = MetricName("policy/clip-fraction")
  /// The weight of the entropy bonus, if it has a target.
  package static let entropyCoefficient = MetricName("policy/entropy-coefficient")
  /// The mean weight of a token's correction for another sampler.
  package static let correctionWeight = MetricName("policy/correction-weight")
  /// The share of tokens whose correction was cut.
  package static let correctionCut = MetricName("policy/correction-cut")
  /// The mean KL divergence from the reference model per token, in nats.
  package static let kl = MetricName("policy/kl")
  /// The largest difference of a log-prob between sampling and training.
  package static let mismatch = MetricName("policy/sampling-mismatch")
  /// The mean difference between the log-probs of sampling and training.
  package static let mismatchMean = MetricName("policy/sampling-mismatch-mean")
  /// The 99th percentile of those differences.
  package static let mismatch99 = MetricName("policy/sampling-mismatch-p99")
  /// The share of candidates that are right.
  package static let verified = MetricName("candidates/verified")

  /// The share of right answers that follow several heuristics.
  package static let composed = MetricName("heuristics/composed")

  /// Returns the name for pass@k on the questions of validation.
  package static func validation(_ k: Int) -> MetricName { MetricName("validation/pass@\(k)") }

  /// Returns the name for the share of right answers that follow a heuristic.
  package static func heuristic(_ id: String) -> MetricName { MetricName("heuristics/\(id)") }

  /// Returns the name for a figure of one reward: "mean", "abstained", "failed", or one of its components.
  package static func reward(_ name: String, _ figure: String) -> MetricName {
    MetricName("reward/\(name)/\(figure)")
  }
}
