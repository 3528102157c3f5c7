public import PolyaCore
public import PolyaPipeline
internal import PolyaRecords

/// `evaluate`: pass@k of models on task sets, with intervals and paired differences.
public struct EvaluateStage: Stage {
  private let models: [String]
  private let tasks: [String]
  private let reward: String
  private let samples: Int
  private let sampling: Sampling
  private let ks: [Int]
  private let compare: [(String, String)]
  private let questionsPerShard: Int

  /// Reads the settings of the stage.
  public init(_ reader: ObjectReader) throws {
    models = try reader.required("models", reader.strings("models"))
    tasks = try reader.required("tasks", reader.strings("tasks"))
    reward = try reader.required("verify", reader.string("verify"))
    let samples = try reader.integer("samples", in: 1...100_000) ?? 64
    self.samples = samples
    sampling = try reader.sampling()
    ks = try reader.integers("k") ?? PassAtK.curve(samples: samples)
    if let wrong = ks.first(where: { $0 < 1 || $0 > samples }) {
      throw PolyaError(.configuration, "pass@\(wrong) needs 1 to \(samples) samples", at: reader.place("k"))
    }
    compare =
      try reader.objects("compare")?.map { pair in
        let names = (
          try pair.required("first", pair.string("first")), try pair.required("second", pair.string("second"))
        )
        try pair.finish()
        return names
      } ?? []
    for name in compare.flatMap({ [$0.0, $0.1] }) where !models.contains(name) {
      throw PolyaError(
        .configuration, "'\(name)' is not among the models", at: reader.place("compare"),
        cure: Suggestion.cure(for: name, among: models))
    }
    questionsPerShard = try reader.integer("questions-per-shard", in: 1...100_000) ?? 64
  }

  /// What the settings name.
  public var needs: StageNeeds { StageNeeds(plugins: [reward], tasks: tasks, models: models) }

  /// A shard is written whole, so what an interrupted attempt finished is used again.
  public var continuesPartialWork: Bool { true }

  /// Does the work of the stage.
  public func run(_ context: StageContext) throws -> StageResult {
    let verifier = try context.roles.reward(reward)
    let sets = try tasks.map { try context.taskSet($0) }
    let questions = sets.reduce(0) { $0 + $1.tasks.count }
    var done = 0
    var records: [String: [EvaluationRecord]] = [:]
    var shard = 0
    for name in models {
      let loaded = try context.model(name)
      let evaluation = Evaluation(
        model: loaded.model, reward: verifier, samples: samples, sampling: sampling, frame: context.frame,
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

  /// The records of some questions: as an interrupted attempt wrote them, or made anew.
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
    let missing = all.reduce(0) { $0 + $1.missing }
    let total = all.count * samples
    var reasons = MissingReasons()
    for name in models { for set in tasks { of(name, set).forEach { reasons.add($0.reasons) } } }
    guard Double(missing) <= context.maximumMissing * Double(total) else {
      throw context.tooManyMissing(
        "\(missing) of \(total) samples have no verdict", reasons, records: "results")
    }
    try ResultsRecord(taskSets: sets, scores: scores, comparisons: comparisons).write(folder: context.folder)
    return StageResult(
      summary: ["samples": JSON(total), "missing": JSON(missing), "missing_reasons": reasons.json])
  }
}
