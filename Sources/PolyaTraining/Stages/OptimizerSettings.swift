internal import PolyaCore

/// Hyperparameters that mid-training and reinforcement learning share.
struct OptimizerSettings: Sendable {
  var schedule: Schedule
  var weightDecay: Double
  var clipNorm: Double
  var tokensPerPass: Int
}

extension ObjectReader {
  /// The optimizer's hyperparameters of a stage, with the stage's own defaults.
  func optimizer(learningRate: Double, shape: Schedule.Shape) throws -> OptimizerSettings {
    OptimizerSettings(
      schedule: Schedule(
        peak: try real("learning-rate", in: 0...1) ?? learningRate,
        shape: try choice("schedule", Schedule.Shape.self) ?? shape, warmup: try integer("warmup") ?? 0),
      weightDecay: try real("weight-decay", in: 0...10) ?? 0,
      clipNorm: try real("clip-norm", in: 0...1e6) ?? 1,
      tokensPerPass: try integer("tokens-per-pass", in: 1...1_000_000) ?? 8192)
  }
}
