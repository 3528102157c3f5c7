package import PolyaCore
internal import PolyaDialogue
package import PolyaPipeline
internal import PolyaRecords

/// The stage `evaluate`: measures pass@k of models on task sets, with intervals and paired differences.
package struct EvaluateStage: ShardedStage {
  let models: [String]
  let tasks: [String]
  let reward: String
  let samples: Int
  let sampling: Sampling
  private let strategies: [String]
  let metrics: [ScoreMetric]
  /// Groups of the models that differ only in their training seeds, by a name of the manifest's.
  let arms: [(name: String, models: [String])]
  let compare: [(String, String)]
  let contamination: ContaminationCheck?
  private let clusterKey: String?
  private let questionsPerShard: Int

  /// The name of the kind in the manifest.
  package static let kind = "evaluate"
  /// A sentence that describes the kind.
  package static let summary =
    "Measures pass@k of models on task sets, with intervals and paired comparisons."
  /// The keys of its settings.
  package static let settings: [any DeclaredSetting] =
    [
      Key.models, Key.tasks, Key.verify, Key.samples, Key.strategies, Key.k, Key.majorityK, Key.greedy,
      Key.arms,
      Key.compare, Key.clusterBy, Key.contamination, Key.questionsPerShard,
    ]
    + Sampling.settings

  private enum Key {
    static let models = Setting.strings("models", "The plugins and stages whose models are evaluated.")
    static let tasks = Setting.strings("tasks", "The task sets.")
    static let verify = Setting.string("verify", "The reward plugin that decides which samples are right.")
    static let samples = Setting.integer("samples", in: 1...100_000, "Samples of each question.").standard(64)
    static let strategies = Setting.strings(
      "strategies",
      "Strategy plugins that ask the questions; the samples of a question are divided evenly among their heuristics."
    ).optional("the bare question is asked")
    static let k = Setting.integers("k", "The values of k of pass@k.").optional(
      "powers of two up to 'samples'")
    static let majorityK = Setting.integers(
      "majority-k", "The values of k of maj@k: how often the most frequent of k answers is right."
    ).optional("none")
    static let greedy = Setting.bool(
      "greedy", "Whether each question is also answered once at temperature 0."
    ).standard(false)
    static let arms = NestedSetting.objects(
      "arms", of: [armName, armModels],
      "Groups of the models that differ only in their training seeds; intervals are over seeds and questions together."
    ).optional("none")
    static let armName = Setting.string("name", "The name of the group.")
    static let armModels = Setting.strings("models", "The models, one per training seed.")
    static let compare = NestedSetting.objects(
      "compare", of: [first, second], "Pairs of the models or arms, compared on the same questions."
    ).optional("none")
    static let first = Setting.string("first", "One of the models or arms.")
    static let second = Setting.string("second", "The model or arm that is subtracted from it.")
    static let clusterBy = Setting.string(
      "cluster-by",
      "The key of the tasks' metadata that names a question's source; intervals are then over sources."
    ).optional("each question stands for itself")
    static let contamination = NestedSetting.object(
      "contamination", of: ContaminationCheck.settings,
      "A search for training questions that resemble those asked here."
    ).optional("none")
    static let questionsPerShard = Setting.integer(
      "questions-per-shard", in: 1...100_000, "Questions of which the results are stored in one file."
    ).standard(64)
  }

  /// Reads the settings of the stage.
  package init(_ reader: ObjectReader) throws {
    models = try Self.distinct(reader.read(Key.models), at: reader.place("models"))
    tasks = try Self.distinct(reader.read(Key.tasks), at: reader.place("tasks"))
    reward = try reader.read(Key.verify)
    let samples = try reader.read(Key.samples)
    self.samples = samples
    sampling = try Sampling(reader)
    strategies = try reader.read(Key.strategies) ?? []
    let ks = try Self.checked(
      reader.read(Key.k) ?? PassAtK.curve(samples: samples), samples, at: reader.place("k"))
    guard !ks.isEmpty else {
      throw PolyaError(
        .configuration, "must have at least one value", at: reader.place("k"),
        hint: "leave it out for powers of two")
    }
    let majorityKs = try Self.checked(
      reader.read(Key.majorityK) ?? [], samples, at: reader.place("majority-k"))
    metrics =
      ks.map { .pass($0) } + majorityKs.map { .majority($0) } + (try reader.read(Key.greedy) ? [.greedy] : [])
    arms = try Self.arms(reader, models)
    clusterKey = try reader.read(Key.clusterBy)
    contamination = try reader.object(Key.contamination).map(ContaminationCheck.init)
    compare =
      try reader.objects(Key.compare)?.map { pair in
        let names = (try pair.read(Key.first), try pair.read(Key.second))
        try pair.finish()
        return names
      } ?? []
    let known = models + arms.map(\.name)
    for name in compare.flatMap({ [$0.0, $0.1] }) where !known.contains(name) {
      throw PolyaError(
        .configuration, "'\(name)' is not among the models", at: reader.place("compare"),
        hint: Suggestion.hint(for: name, among: known))
    }
    questionsPerShard = try reader.read(Key.questionsPerShard)
  }

  private static func checked(_ ks: [Int], _ samples: Int, at place: String) throws -> [Int] {
    if let wrong = ks.first(where: { $0 < 1 || $0 > samples }) {
      throw PolyaError(
        .configuration, "must be from 1 to \(samples), the number of samples, not \(wrong)", at: place)
    }
    return try distinct(ks, at: place)
  }

  private static func distinct<Value: Hashable>(_ values: [Value], at place: String) throws -> [Value] {
    var seen = Set<Value>()
    if let twice = values.first(where: { !seen.insert($0).inserted }) {
      throw PolyaError(.configuration, "names '\(twice)' twice", at: place)
    }
    return values
  }

  private static func arms(_ reader: ObjectReader, _ models: [String]) throws -> [(
    name: String, models: [String]
  )] {
    var taken = models
    return try reader.objects(Key.arms)?.map { arm in
      let (name, members) = (try arm.read(Key.armName), try arm.read(Key.armModels))
      try arm.finish()
      guard !taken.contains(name) else {
        throw PolyaError(
          .configuration, "'\(name)' is already the name of a model or arm", at: arm.place("name"))
      }
      taken.append(name)
      if let unknown = try distinct(members, at: arm.place("models")).first(where: { !models.contains($0) }) {
        throw PolyaError(
          .configuration, "'\(unknown)' is not among the models", at: arm.place("models"),
          hint: Suggestion.hint(for: unknown, among: models))
      }
      guard members.count > 1 else {
        throw PolyaError(
          .configuration, "needs at least two models, since they stand for training seeds",
          at: arm.place("models"))
      }
      return (name, members)
    } ?? []
  }

  /// The names that the settings refer to.
  package var needs: StageNeeds {
    let others = (contamination?.against ?? []).filter { !tasks.contains($0) }
    return StageNeeds(
      strategies: strategies, rewards: [reward], tasks: tasks + others, models: models, template: [.prompt])
  }

  /// Shards are written whole, so those of an interrupted attempt are reused.
  package var continuesPartialWork: Bool { true }

  /// Returns the samples of all questions to each model.
  package func work(_ context: StageContext) throws -> [ModelWork] {
    let questions = try tasks.reduce(0) { try $0 + context.taskCount($1) }
    return models.map {
      ModelWork(
        model: $0, samples: ModelWork.product(questions, samples), perPrompt: samples,
        maxTokens: sampling.maxTokens)
    }
  }

  /// Samples and scores the answers and writes the results.
  package func run(_ context: StageContext) throws -> StageResult {
    let records = try evaluate(.whole, context)
    return try summarize(records, context)
  }

  /// The name of the shards.
  package static let records = "results"

  /// Returns the number of shards that the questions fill, for all models.
  package func shardCount(_ context: StageContext) throws -> Int { try parts(sets(context)).count }

  /// Samples and scores the answers of a share of the shards.
  package func write(_ share: ShardShare, _ context: StageContext) throws { _ = try evaluate(share, context) }

  /// The task sets, without questions that are left out as contaminated.
  private func sets(_ context: StageContext) throws -> [TaskSet] {
    let sets = try tasks.map { try context.taskSet($0) }
    guard let contamination, contamination.excludes else { return sets }
    return try zip(sets, self.contamination(context)).map { set, found in
      var set = set
      let excluded = Set(found.resembling.map(\.task))
      set.tasks.removeAll { excluded.contains($0.key) }
      guard !set.tasks.isEmpty else {
        throw PolyaError(
          .run, "all \(found.questions) questions of '\(set.description.name)' resemble training questions",
          at: "stages.\(context.name).contamination")
      }
      return set
    }
  }

  /// Some questions to a model, whose results are one shard.
  private struct Part {
    let model, set: String
    let tasks: [Task]
    /// The number of the shard, and of the first question among those of all parts.
    let shard, first: Int
  }

  private func parts(_ sets: [TaskSet]) -> [Part] {
    var parts: [Part] = []
    var first = 0
    for model in models {
      for set in sets {
        for start in stride(from: 0, to: set.tasks.count, by: questionsPerShard) {
          let tasks = Array(set.tasks[start..<min(start + questionsPerShard, set.tasks.count)])
          parts.append(
            Part(model: model, set: set.description.name, tasks: tasks, shard: parts.count, first: first))
          first += tasks.count
        }
      }
    }
    return parts
  }

  /// Returns the records of a share of the shards, by model and task set.
  private func evaluate(_ share: ShardShare, _ context: StageContext) throws -> [String: [EvaluationRecord]] {
    let parts = parts(try sets(context)).filter { share.contains($0.shard) }
    let all = parts.reduce(0) { $0 + $1.tasks.count }
    var (records, done): ([String: [EvaluationRecord]], Int) = ([:], 0)
    // Opened when there is something to ask: shards are merged where no model is.
    var opened: (model: String, evaluation: Evaluation)?
    func evaluation(of model: String) throws -> Evaluation {
      if let opened, opened.model == model { return opened.evaluation }
      opened = nil
      let evaluation = Evaluation(
        model: try context.model(model).model, approaches: try approaches(context),
        reward: try context.reward(reward), samples: samples, sampling: sampling, random: context.random,
        includesGreedy: metrics.contains(.greedy), clusterKey: clusterKey)
      opened = (model, evaluation)
      return evaluation
    }
    for part in parts {
      try context.observer.checkStop()
      records[Self.key(part.model, part.set), default: []] += try self.records(of: part, context) {
        try evaluation(of: part.model)
      }
      done += part.tasks.count
      context.observer.progress(done, of: all, "\(part.model) on \(part.set)")
    }
    return records
  }

  /// How the questions are asked.
  func approaches(_ context: StageContext) throws -> Approaches {
    let named = try strategies.map(context.roles.strategy)
    return try Approaches(named.isEmpty ? [BareQuestion(context.template)] : named)
  }

  static func key(_ model: String, _ set: String) -> String { "\(model)\u{0}\(set)" }

  /// Returns the records of some questions, either from an interrupted attempt or newly computed.
  private func records(of part: Part, _ context: StageContext, by evaluation: () throws -> Evaluation) throws
    -> [EvaluationRecord]
  {
    var writer = ShardWriter(
      folder: context.folder, name: Self.records, recordsPerShard: .max, first: part.shard)
    let file = writer.nextFile
    let kept = try Shards.reuse(file: file, warn: context.observer.warn) { try EvaluationRecord($0) }
    if let kept, kept.count == part.tasks.count { return kept }
    let records = try evaluation().records(
      of: part.tasks, model: part.model, tasks: part.set, id: { context.recordID(part.first + $0) })
    for record in records { try writer.append(record.json) }
    try writer.flush()
    return try Shards.read(file: file).map { try EvaluationRecord($0) }
  }
}
