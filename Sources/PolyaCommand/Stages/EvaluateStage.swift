internal import PolyaCore
internal import PolyaEvaluation
internal import PolyaPipeline
internal import PolyaRecords

/// `evaluate`: pass@k of models on task sets, with intervals and paired differences.
struct EvaluateStage: Stage {
  private let models: [String]
  private let tasks: [String]
  private let reward: String
  private let samples: Int
  private let sampling: Sampling
  private let ks: [Int]
  private let compare: [(String, String)]
  private let questionsPerShard: Int

  init(_ reader: ObjectReader) throws {
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

  var needs: StageNeeds { StageNeeds(plugins: [reward], tasks: tasks, models: models) }

  /// A shard is written whole, so what an interrupted attempt finished is used again.
  var continuesPartialWork: Bool { true }

  func run(_ context: StageContext) throws -> StageResult {
    let verifier = try context.roles.reward(reward)
    let sets = try tasks.map { ($0, try context.taskSet($0).tasks) }
    let questions = sets.reduce(0) { $0 + $1.1.count }
    var done = 0
    var records: [String: [EvaluationRecord]] = [:]
    var shard = 0
    for name in models {
      let loaded = try context.model(name)
      let evaluation = Evaluation(
        model: loaded.model, reward: verifier, samples: samples, sampling: sampling, frame: context.frame,
        random: context.random)
      for (set, all) in sets {
        for start in stride(from: 0, to: all.count, by: questionsPerShard) {
          try context.observer.checkStop()
          let part = Array(all[start..<min(start + questionsPerShard, all.count)])
          var writer = ShardWriter(
            folder: context.folder, name: "results", recordsPerShard: .max, first: shard)
          let file = writer.nextFile
          let key = "\(name)\u{0}\(set)"
          let kept = try Shards.reuse(file: file, warn: context.observer.warn) { try EvaluationRecord($0) }
          if let kept, kept.count == part.count {
            records[key, default: []] += kept
          } else {
            let first = done
            for record in try evaluation.records(
              of: part, model: name, tasks: set, id: { context.recordID(first + $0) })
            {
              try writer.append(record.json)
            }
            try writer.flush()
            records[key, default: []] += try Shards.read(file: file).map { try EvaluationRecord($0) }
          }
          shard += 1
          done += part.count
          context.observer.progress(done, of: questions * models.count, "\(name) on \(set)")
        }
      }
    }
    return try summarise(records, context)
  }

  private func summarise(_ records: [String: [EvaluationRecord]], _ context: StageContext) throws
    -> StageResult
  {
    func of(_ model: String, _ set: String) -> [EvaluationRecord] { records["\(model)\u{0}\(set)"] ?? [] }
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
    let results: JSON = [
      "scores": .array(scores.map(\.json)), "comparisons": .array(comparisons.map(\.json)),
    ]
    try FileBytes.create(context.folder + "/results.json", with: Array((results.pretty + "\n").utf8))
    return StageResult(
      summary: ["samples": JSON(total), "missing": JSON(missing), "missing_reasons": reasons.json])
  }
}
