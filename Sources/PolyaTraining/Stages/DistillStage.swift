package import PolyaCore
internal import PolyaDialogue
package import PolyaPipeline
internal import PolyaRecords

/// The stage `distill`: the model, asked by its heuristics, teaches the model that is asked the bare question.
package struct DistillStage: Stage {
  private let model: String
  private let teacher: String
  private let tasks: String
  private let strategies: [String]
  private let settings: SelfDistillation.Settings

  /// The name of the kind in the manifest.
  package static let kind = "distill"
  /// A sentence that describes the kind.
  package static let summary =
    "Teaches a model, on its own answers to bare questions, what it says when it is asked by heuristic."
  /// The keys of its settings.
  package static let settings: [any DeclaredSetting] =
    [Key.model, Key.teacher, Key.tasks, Key.strategies, Key.steps, Key.promptsPerStep, Key.groupSize]
    + Key.optimizer.all + Sampling.settings

  private enum Key {
    static let model = Setting.string("model", "The plugin or stage whose model is trained.")
    static let teacher = Setting.string(
      "teacher", "The plugin or stage whose frozen model teaches, with the same tokenizer."
    ).optional("as 'model'")
    static let tasks = Setting.string("tasks", "The task set whose questions are answered.")
    static let strategies = Setting.strings(
      "strategies",
      "Strategy plugins, whose first prompts the teacher is given; answers are divided among their heuristics."
    )
    static let steps = Setting.integer("steps", in: 1...Int(Int32.max), "Updates, each on new answers.")
    static let promptsPerStep = Setting.integer(
      "prompts-per-step", in: 1...100_000, "Questions of one step."
    ).standard(32)
    static let groupSize = Setting.integer(
      "group-size", in: 1...100_000, "Answers to each question in a step."
    ).standard(4)
    static let optimizer = OptimizerSettings.Keys(learningRate: 1e-6, shape: .constant)
  }

  /// Reads the settings of the stage.
  package init(_ reader: ObjectReader) throws {
    model = try reader.read(Key.model)
    teacher = try reader.read(Key.teacher) ?? model
    tasks = try reader.read(Key.tasks)
    strategies = try reader.read(Key.strategies)
    let optimizer = try OptimizerSettings(reader, Key.optimizer)
    settings = SelfDistillation.Settings(
      steps: try reader.read(Key.steps), promptsPerStep: try reader.read(Key.promptsPerStep),
      groupSize: try reader.read(Key.groupSize), sampling: try Sampling(reader), schedule: optimizer.schedule,
      weightDecay: optimizer.weightDecay, clipNorm: optimizer.clipNorm,
      tokensPerMicrobatch: optimizer.tokensPerMicrobatch)
  }

  /// Saved training progress is reused.
  package var continuesPartialWork: Bool { true }
  /// The model that it starts from.
  package var trains: String? { model }

  /// The names that the settings refer to.
  package var needs: StageNeeds {
    StageNeeds(
      strategies: strategies, tasks: [tasks], models: teacher == model ? [model] : [model, teacher],
      template: [.prompt])
  }

  /// Returns the student's answers and the sequences that it is trained on.
  package func work(_ context: StageContext) -> [ModelWork] {
    let answers = ModelWork.product(settings.steps, settings.promptsPerStep, settings.groupSize)
    return [
      ModelWork(
        model: model, samples: answers, perPrompt: settings.groupSize, maxTokens: settings.sampling.maxTokens),
      ModelWork(model: model, sequences: answers),
    ]
  }

  /// Trains the model and writes the checkpoint.
  package func run(_ context: StageContext) throws -> StageResult {
    let loaded = try context.model(model)
    let frozen = try context.model(teacher).model
    guard loaded.model.info.sharesTokens(with: frozen.info) else {
      throw PolyaError(
        .configuration,
        "the model '\(teacher)' has a different tokenizer from '\(model)', so that it cannot score its tokens",
        at: "stages.\(context.name).teacher")
    }
    let distillation = SelfDistillation(
      settings: settings, student: loaded.model, teacher: frozen,
      approaches: try Approaches(try strategies.map(context.roles.strategy)), template: context.template,
      random: context.random)
    let progress = context.progress
    let done = try progress.resume(loaded.model).map { try SelfDistillation.Progress($0.state) }
    let summary = try distillation.run(
      tasks: try context.taskSet(tasks).tasks, observer: progress, after: done ?? SelfDistillation.Progress()
    ) { try progress.keep(loaded.model, step: $0.steps, state: $0.json) }
    try context.save(loaded.model)
    return StageResult(
      summary: [
        "steps": JSON(summary.steps), "tokens": JSON(summary.tokens), "first_kl": JSON(summary.firstKL),
        "last_kl": JSON(summary.lastKL),
      ], modelPlugin: loaded.plugin)
  }
}

extension SelfDistillation.Progress {
  fileprivate var json: JSON {
    ["steps": JSON(steps), "tokens": JSON(tokens), "first_kl": JSON(firstKL), "last_kl": JSON(lastKL)]
  }

  fileprivate init(_ json: JSON) throws {
    let reader = try ObjectReader(json, at: "the progress of a training")
    self.init()
    steps = try reader.required("steps", reader.integer("steps"))
    tokens = try reader.required("tokens", reader.integer("tokens", in: 0...Int.max))
    firstKL = try reader.required("first_kl", reader.real("first_kl"))
    lastKL = try reader.required("last_kl", reader.real("last_kl"))
  }
}
