internal import PolyaCore
internal import PolyaTraining

extension ObjectReader {
  /// The sampling numbers of a stage.
  func sampling() throws -> Sampling {
    Sampling(
      maxTokens: try integer("max-tokens", in: 1...1_000_000) ?? 256,
      temperature: try real("temperature", in: 0...100) ?? 1, topK: try integer("top-k") ?? 0,
      topP: try real("top-p", in: 0...1) ?? 1, minP: try real("min-p", in: 0...1) ?? 0,
      stop: try strings("stop") ?? [])
  }

  /// The optimizer's numbers of a stage.
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

/// Numbers that mid-training and reinforcement learning share.
struct OptimizerSettings: Sendable {
  var schedule: Schedule
  var weightDecay: Double
  var clipNorm: Double
  var tokensPerPass: Int
}
