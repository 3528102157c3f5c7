package import PolyaCore
package import PolyaPipeline
internal import PolyaRecords

/// The stage `evaluate`: measures pass@k of models on task sets, with intervals and paired differences.
package struct EvaluateStage: Stage {
  let models: [String]
  let tasks: [String]
  let reward: String
  let samples: Int
  let sampling: Sampling
  private let ks: [Int]
  private let compare: [(String, String)]
  private let questionsPerShard: Int

  /// The name of the kind in the manifest.
  package static let kind = "evaluate"
  /// A sentence that describes the kind.
  package static let summary =
    "Measures pass@k of models on task sets, with intervals and paired comparisons."
  /// The keys of its settings.
  package static let settings: [any DeclaredSetting] =
    [Key.models, Key.tasks, Key.verify, Key.samples, Key.k, Key.compare, Key.questionsPerShard]
    + Sampling.settings

  private enum Key {
    static let models = Setting.strings("models", "The plugins and stages whose models are evaluated.")
    static let tasks = Setting.strings("tasks", "The task sets.")
    static let verify = Setting.string("verify", "The reward plugin that decides which samples are right.")
    static let samples = Setting.integer("samples", in: 1...100_000, "Samples of each question.").standard(64)
    static let k = Setting.integers("k", "The values of k of pass@k.").optional(
      "powers of two up to 'samples'")
    static let compare = NestedSetting.objects(
      "compare", of: [first, second], "Pairs of the models, compared on the same questions."
    ).optional("none")
    static let first = Setting.string("first", "One of the models.")
    static let second = Setting.string("second", "The model that is subtracted from it.")
    static let questionsPerShard = Setting.integer(
      "questions-per-shard", in: 1...100_000, "Questions of which the results are stored in one file."
    ).standard(64)
  }

  /// Reads the settings of the stage.
  package init(_ reader: ObjectReader) throws {
    models = try reader.read(Key.models)
    tasks = try reader.read(Key.tasks)
    reward = try reader.read(Key.verify)
    let samples = try reader.read(Key.samples)
    self.samples = samples
    sampling = try Sampling(reader)
    ks = try reader.read(Key.k) ?? PassAtK.curve(samples: samples)
    if let wrong = ks.first(where: { $0 < 1 || $0 > samples }) {
      throw PolyaError(
        .configuration, "must be from 1 to \(samples), the number of samples, not \(wrong)",
        at: reader.place("k"))
    }
    compare =
      try reader.objects(Key.compare)?.map { pair in
        let names = (try pair.read(Key.first), try pair.read(Key.second))
        try pair.finish()
        return names
      } ?? []
    for name in compare.flatMap({ [$0.0, $0.1] }) where !models.contains(name) {
      throw PolyaError(
        .configuration, "'\(name)' is not among the models", at: reader.place("compare"),
        hint: Suggestion.hint(for: name, among: models))
    }
    questionsPerShard = try reader.read(Key.questionsPerShard)
  }

  /// The names that the settings refer to.
  package var needs: StageNeeds {
    StageNeeds(plugins: [reward], tasks: tasks, models: models, template: [.prompt])
  }

  /// Shards are written whole, so those of an interrupted attempt are reused.
  package var continuesPartialWork: Bool { true }

  /// Samples and scores the answers and writes the results.
  package func run(_ context: StageContext) throws -> StageResult {
    let verifier = try context.roles.reward(reward)
    let sets = try tasks.map { try context.taskSet($0) }
    let questions = sets.reduce(0) { $0 + $1.tasks.count }
    var done = 0
    var records: [String: [EvaluationRecord]] = [:]
    var shard = 0
    for name in models {
      let loaded = try context.model(name)
      let evaluation = Evaluation(
        model: loaded.model, reward: verifier, samples: samples, sampling: sampling,
        template: context.template,
        random: context.random)
      for set in sets {
        for start in stride(from: 0, to: set.tasks.count, by: questionsPerShard) {
          try context.observer.checkStop()
          let part = Array(set.tasks[start..<min(start + questionsPerShard, set.tasks.count)])
          records[Self.key(name, set.description.name), default: []] += try self.records(
            of: part, model: name, set.description.name, evaluation, shard: shard, first: done, context)
          shard += 1
          done += part.count
          context.observer.progress(
            done, of: questions * models.count, "\(name) on \(set.description.name)")
        }
      }
    }
    return try summarize(records, sets.map(\.description), context)
  }

  private static func key(_ model: String, _ set: String) -> String { "\(model)\u{0}\(set)" }

  /// Returns the records of some questions, either from an interrupted attempt or newly computed.
  private func records(
    of part: [Task], model: String, _ set: String, _ evaluation: Evaluation, shard: Int, first: Int,
    _ context: StageContext
  ) throws -> [EvaluationRecord] {
    var writer = ShardWriter(folder: context.folder, name: "results", recordsPerShard: .max, first: shard)
    let file = writer.nextFile
    let kept = try Shards.reuse(file: file, warn: context.observer.warn) { try EvaluationRecord($0) }
    if let kept, kept.count == part.count { return kept }
    let records = try evaluation.records(
      of: part, model: model, tasks: set, id: { context.recordID(first + $0) })
    for record in records { try writer.append(record.json) }
    try writer.flush()
    return try Shards.read(file: file).map { try EvaluationRecord($0) }
  }

  private func summarize(
    _ records: [String: [EvaluationRecord]], _ sets: [TaskSetRecord], _ context: StageContext
  ) throws -> StageResult {
    func of(_ model: String, _ set: String) -> [EvaluationRecord] { records[Self.key(model, set)] ?? [] }
    let scoring = Scoring(ks: ks, seed: context.random.stream("bootstrap").key)
    let scores = try models.flatMap { model in
      try tasks.flatMap { try scoring.scores(of(model, $0), model: model, tasks: $0) }
    }
    let comparisons = try compare.flatMap { pair in
      try tasks.flatMap { set in
        try scoring.compare(of(pair.0, set), of(pair.1, set), names: pair, tasks: set)
      }
    }
    let all = records.values.flatMap { $0 }
    let unscored = all.reduce(0) { $0 + $1.unscored }
    let total = all.count * samples
    var reasons = UnscoredReasons()
    for name in models { for set in tasks { of(name, set).forEach { reasons.add($0.reasons) } } }
    guard Double(unscored) <= context.maxUnscored * Double(total) else {
      throw context.tooManyUnscored(
        "\(unscored) of \(total) samples have no verdict", reasons, records: "results")
    }
    try ResultsRecord(taskSets: sets, scores: scores, comparisons: comparisons).write(folder: context.folder)
    return StageResult(
      summary: ["samples": JSON(total), "unscored": JSON(unscored), "unscored_reasons": reasons.json])
  }
}
