internal import PolyaCore

/// The keys of a reinforce stage that measure the training and may end it.
struct ValidationKeys {
  /// The task set, and the validation without its tasks; nil for none.
  let validation: (tasks: String, settings: Validation)?
  let stopRules: StopRules

  static let all: [any DeclaredSetting] = [validation, stopWhen]

  private static let validation = NestedSetting.object(
    "validation", of: [tasks, every, samples, k, patience],
    "Questions on which pass@k is measured during the training. The checkpoint of the stage is the best one."
  ).optional("the checkpoint is the last one")
  private static let tasks = Setting.string("tasks", "The task set.")
  private static let every = Setting.integer(
    "every", in: 1...Int(Int32.max), "Steps between two measurements; the last step is measured too."
  ).standard(10)
  private static let samples = Setting.integer("samples", in: 1...100_000, "Samples of each question.")
    .standard(8)
  private static let k = Setting.integer(
    "k", in: 1...100_000, "The k of the pass@k by which the best checkpoint is chosen."
  ).optional("as 'samples'")
  private static let patience = Setting.integer(
    "patience", in: 1...Int(Int32.max), "Measurements without a better one after which the training ends."
  ).optional("the training goes on")

  private static let stopWhen = NestedSetting.object(
    "stop-when", of: [stepsWithoutAdvantage, lowEntropy], "When the training ends before its last step."
  ).optional("its defaults")
  private static let stepsWithoutAdvantage = Setting.integer(
    "steps-without-advantage", in: 1...Int(Int32.max), "Steps in a row in which no group has an advantage."
  ).standard(50)
  private static let lowEntropy = Setting.real(
    "low-entropy", in: 0...1e6,
    "The mean entropy per token, in nats, below which \(StopRules.stepsOfLowEntropy) steps in a row end the training."
  ).optional("no limit")

  init(_ reader: ObjectReader) throws {
    validation = try reader.object(Self.validation).map { reader in
      let samples = try reader.read(Self.samples)
      let k = try reader.read(Self.k) ?? samples
      guard k <= samples else {
        throw PolyaError(
          .configuration, "must be at most \(samples), the number of samples, not \(k)", at: reader.place("k")
        )
      }
      let settings = Validation(
        tasks: [], every: try reader.read(Self.every), samples: samples, k: k,
        patience: try reader.read(Self.patience))
      let tasks = try reader.read(Self.tasks)
      try reader.finish()
      return (tasks, settings)
    }
    var rules = StopRules()
    if let reader = try reader.object(Self.stopWhen) {
      rules = StopRules(
        stepsWithoutAdvantage: try reader.read(Self.stepsWithoutAdvantage),
        lowEntropy: try reader.read(Self.lowEntropy))
      try reader.finish()
    }
    stopRules = rules
  }
}
