/// What a stage tells the world while it works. Called from the stage's own thread.
public protocol StageObserver: AnyObject {
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

/// The names of metrics, `area/name`.
public enum MetricName: String, Sendable, CaseIterable {
  case loss = "loss/mean"
  case learningRate = "optimizer/learning-rate"
  case gradientNorm = "optimizer/gradient-norm"
  case updateNorm = "optimizer/update-norm"
  case rewardMean = "reward/mean"
  case rewardMissing = "reward/missing"
  case groupsMixed = "group/mixed"
  case completionTokens = "completion/tokens"
  case completionCut = "completion/cut"
  case entropy = "policy/entropy"
  case clipped = "policy/clipped"
  case kl = "policy/kl"
  case mismatch = "policy/sampling-mismatch"
  case verified = "candidates/verified"
}
