internal import PolyaCore

/// The hyperparameters that mid-training and reinforcement learning share.
struct OptimizerSettings: Sendable {
  var schedule: Schedule
  var weightDecay: Double
  var clipNorm: Double
  var tokensPerMicrobatch: Int

  /// The keys, with the defaults of a kind of stage.
  struct Keys: Sendable {
    let learningRate: Setting<Double>
    let schedule: Setting<Schedule.Shape>
    let warmup = Setting.integer(
      "warmup", "Steps in which the learning rate grows from zero to its full size."
    ).standard(0)
    let weightDecay = Setting.real(
      "weight-decay", in: 0...10, "Decoupled decay of the weights per step, times the learning rate."
    ).standard(0)
    let clipNorm = Setting.real(
      "clip-norm", in: 0...1e6,
      "The largest norm of the whole gradient, to which larger ones are scaled; 0 does not clip."
    ).standard(1)
    let tokensPerMicrobatch = Setting.integer(
      "max-tokens-per-microbatch", in: 1...1_000_000,
      "The most tokens of one forward and backward pass: decides memory, not results."
    ).standard(8192).formerly("tokens-per-pass")

    init(learningRate: Double, shape: Schedule.Shape) {
      self.learningRate = Setting.real(
        "learning-rate", in: 0...1, "The largest learning rate of the schedule."
      ).standard(learningRate)
      schedule = Setting<Schedule.Shape>.choice(
        "schedule", "How the learning rate continues after the warm-up."
      ).standard(shape)
    }

    var all: [any DeclaredSetting] {
      [learningRate, schedule, warmup, weightDecay, clipNorm, tokensPerMicrobatch]
    }
  }

  /// Reads the optimizer settings of a stage.
  init(_ reader: ObjectReader, _ keys: Keys) throws {
    schedule = Schedule(
      peak: try reader.read(keys.learningRate), shape: try reader.read(keys.schedule),
      warmup: try reader.read(keys.warmup))
    weightDecay = try reader.read(keys.weightDecay)
    clipNorm = try reader.read(keys.clipNorm)
    tokensPerMicrobatch = try reader.read(keys.tokensPerMicrobatch)
  }
}
