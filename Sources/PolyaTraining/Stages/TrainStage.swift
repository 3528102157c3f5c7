package import PolyaCore
package import PolyaPipeline
internal import PolyaRecords

/// The stage `train`: supervised training of a model on the examples of other stages.
package struct TrainStage: Stage {
  let model: String
  let data: [String]
  private let training: SupervisedTraining

  /// The name of the kind in the manifest.
  package static let kind = "train"
  /// A sentence that describes the kind.
  package static let summary = "Trains a model on the examples of other stages; mid-training uses this kind."
  /// The keys of its settings.
  package static let settings: [any DeclaredSetting] =
    [Key.model, Key.data, Key.epochs, Key.batchSize] + Key.optimizer.all

  private enum Key {
    static let model = Setting.string("model", "The plugin or stage whose model is trained.")
    static let data = Setting.strings(
      "data", "The demonstrate and select stages whose examples it is trained on.")
    static let epochs = Setting.real(
      "epochs", in: 0...1e6, "Passes over the examples, also parts of one."
    ).standard(1)
    static let batchSize = Setting.integer(
      "batch-size", in: 1...1_000_000, "Examples of one step."
    ).standard(64).formerly("batch")
    static let optimizer = OptimizerSettings.Keys(learningRate: 2e-5, shape: .cosine)
  }

  /// Reads the settings of the stage.
  package init(_ reader: ObjectReader) throws {
    model = try reader.read(Key.model)
    data = try reader.read(Key.data)
    let optimizer = try OptimizerSettings(reader, Key.optimizer)
    training = SupervisedTraining(
      epochs: try reader.read(Key.epochs), batchSize: try reader.read(Key.batchSize),
      schedule: optimizer.schedule, weightDecay: optimizer.weightDecay, clipNorm: optimizer.clipNorm,
      tokensPerMicrobatch: optimizer.tokensPerMicrobatch)
  }

  /// The names that the settings refer to.
  package var needs: StageNeeds { StageNeeds(stages: data, models: [model], template: [.target]) }
  /// Saved training progress is reused.
  package var continuesPartialWork: Bool { true }
  /// The model that it starts from.
  package var trains: String? { model }

  /// Returns the sequences of all steps, once the stages that make the examples have finished. Each step has a whole batch.
  package func work(_ context: StageContext) throws -> [ModelWork] {
    let counts = data.map { name in
      let summary = context.finishedStage(name)?.result.summary
      return (summary?["examples"] ?? summary?["variants"])?.integer.map { Int(clamping: $0) }
    }
    guard !counts.contains(nil) else { return [ModelWork(model: model, sequences: nil)] }
    let examples = counts.reduce(0) { $0 + ($1 ?? 0) }
    return [
      ModelWork(model: model, sequences: ModelWork.product(training.steps(for: examples), training.batchSize))
    ]
  }

  /// Trains the model and writes the checkpoint.
  package func run(_ context: StageContext) throws -> StageResult {
    let loaded = try context.model(model)
    let records = try records(context)
    let (examples, tooLong) = try TokenSequence.examples(
      records, for: loaded.model, template: context.template)
    if tooLong > 0 {
      context.observer.warn(
        "\(tooLong) of \(records.count) examples are longer than the model's context and were left out")
    }
    let progress = context.progress
    let done = try progress.resume(loaded.model).map { try SupervisedTraining.Summary($0.state) }
    let summary = try training.run(
      loaded.model, examples: examples, random: context.random, observer: progress, after: done
    ) { try progress.keep(loaded.model, step: $0.steps, state: $0.json) }
    try context.save(loaded.model)
    return StageResult(
      summary: [
        "examples": JSON(examples.count), "too_long": JSON(tooLong), "steps": JSON(summary.steps),
        "tokens": JSON(summary.tokens), "first_loss": JSON(summary.firstLoss),
        "last_loss": JSON(summary.lastLoss),
      ], modelPlugin: loaded.plugin)
  }
}

extension TrainStage {
  /// Returns the examples of the stages that it names.
  func records(_ context: StageContext) throws -> [TrainingRecord] {
    try data.flatMap { name in
      try Shards.read(folder: try context.stage(name).folder, name: "training").map { try TrainingRecord($0) }
    }
  }
}

extension SupervisedTraining.Summary {
  fileprivate var json: JSON {
    [
      "steps": JSON(steps), "tokens": JSON(tokens), "first_loss": JSON(firstLoss),
      "last_loss": JSON(lastLoss),
    ]
  }

  fileprivate init(_ json: JSON) throws {
    let reader = try ObjectReader(json, at: "the progress of a training")
    self.init(
      steps: try reader.required("steps", reader.integer("steps")),
      tokens: try reader.required("tokens", reader.integer("tokens", in: 0...Int.max)),
      firstLoss: try reader.required("first_loss", reader.real("first_loss")),
      lastLoss: try reader.required("last_loss", reader.real("last_loss")))
  }
}
