/// What a stage tells the world while it works. Called from the stage's own thread.
package protocol StageObserver: AnyObject {
  /// A number of the run; `step` counts inside the stage. Never a time: metrics repeat byte for byte.
  func metric(_ name: MetricName, _ value: Double, step: Int)
  /// How far the stage is.
  func progress(_ done: Int, of total: Int, _ note: String)
  /// Where the stage stands in figures: rows of cells, the first one the heading. Asked for only when it is shown.
  func table(_ rows: () -> [[String]])
  /// Something the user should know.
  func warn(_ message: String)
  /// - Throws: when the user asked to stop.
  func checkStop() throws
}

/// The name of a metric, `area/name`.
package struct MetricName: RawRepresentable, Sendable, Hashable {
  /// As it is stored.
  package let rawValue: String

  /// A name, as it is stored.
  package init(rawValue: String) { self.rawValue = rawValue }

  private init(_ rawValue: String) { self.rawValue = rawValue }

  /// Mean loss per token.
  package static let loss = MetricName("loss/mean")
  /// Of the step.
  package static let learningRate = MetricName("optimizer/learning-rate")
  /// Before clipping.
  package static let gradientNorm = MetricName("optimizer/gradient-norm")
  /// Of the change of the weights.
  package static let updateNorm = MetricName("optimizer/update-norm")
  /// Of the rollouts with a verdict.
  package static let rewardMean = MetricName("reward/mean")
  /// Share of rollouts without a reward.
  package static let rewardUnscored = MetricName("reward/unscored")
  /// Share of groups whose rewards differ.
  package static let groupsMixed = MetricName("group/mixed")
  /// Mean length.
  package static let completionTokens = MetricName("completion/tokens")
  /// Share of completions that the limit ended.
  package static let completionTruncated = MetricName("completion/truncated")
  /// Mean per token, in nats.
  package static let entropy = MetricName("policy/entropy")
  /// Share of tokens.
  package static let clipFraction = MetricName("policy/clip-fraction")
  /// Mean per token, to the reference.
  package static let kl = MetricName("policy/kl")
  /// Largest difference of a log-prob between sampling and training.
  package static let mismatch = MetricName("policy/sampling-mismatch")
  /// Share of right candidates.
  package static let verified = MetricName("candidates/verified")

  /// A figure of one reward, such as "mean", "abstained", "failed", or one of its components.
  package static func reward(_ name: String, _ figure: String) -> MetricName {
    MetricName("reward/\(name)/\(figure)")
  }
}
