package import PolyaCore
package import PolyaPipeline
internal import PolyaRecords

/// The stage `bootstrap`: a model solves tasks by many heuristics, and every candidate is verified and kept.
package struct BootstrapStage: ShardedStage {
  let model: String
  let tasks: String
  let strategies: [String]
  let samples: Int
  let stopAfterCorrect: Int?
  let sampling: Sampling
  let tokens: Int?
  let minutes: Double?
  let verifier: String
  let adherence: String?
  let exemplars: Int
  let tasksPerShard: Int

  /// The name of the kind in the manifest.
  package static let kind = "bootstrap"
  /// A sentence that describes the kind.
  package static let summary =
    "Lets a model solve tasks by many heuristics; every candidate is verified and kept."
  /// The keys of its settings.
  package static let settings: [any DeclaredSetting] =
    [
      Key.model, Key.tasks, Key.strategies, Key.samples, Key.verify, Key.adherence, Key.exemplars,
      Key.stopAfterCorrect, Key.budgetTokens, Key.budgetMinutes, Key.tasksPerShard,
    ] + Sampling.settings

  private enum Key {
    static let model = Setting.string("model", "The plugin or stage whose model solves the tasks.")
    static let tasks = Setting.string("tasks", "The task set to solve.")
    static let strategies = Setting.strings("strategies", "The strategy plugins; each brings its heuristics.")
    static let samples = Setting.integer(
      "samples", in: 1...100_000, "Candidates of each task by each heuristic."
    ).standard(4)
    static let verify = Setting.string("verify", "The reward plugin that decides which candidates are right.")
    static let adherence = Setting.string(
      "adherence", "A reward plugin that scores how well a right candidate follows its heuristic."
    ).optional("not scored")
    static let exemplars = Setting.integer(
      "exemplars", in: 0...64,
      "Worked examples of the task source in each prompt; 0 leaves them to the strategy."
    ).standard(0)
    static let stopAfterCorrect = Setting.integer(
      "stop-after-correct", in: 1...100_000,
      "Right candidates of a task by a heuristic, not truncated, after which no more are sampled."
    ).optional("samples all").formerly("enough")
    static let budgetTokens = Setting.integer(
      "budget-tokens", in: 1...Int.max, "Sampled tokens after which no new candidates are begun."
    ).optional("unlimited")
    static let budgetMinutes = Setting.real(
      "budget-minutes", in: 0...1e6, "Minutes after which no new candidates are begun."
    ).optional("unlimited")
    static let tasksPerShard = Setting.integer(
      "tasks-per-shard", in: 1...100_000, "Tasks of which the candidates are stored in one file."
    ).standard(64)
  }

  /// Reads the settings of the stage.
  package init(_ reader: ObjectReader) throws {
    model = try reader.read(Key.model)
    tasks = try reader.read(Key.tasks)
    strategies = try reader.read(Key.strategies)
    samples = try reader.read(Key.samples)
    stopAfterCorrect = try reader.read(Key.stopAfterCorrect)
    sampling = try Sampling(reader)
    tokens = try reader.read(Key.budgetTokens)
    minutes = try reader.read(Key.budgetMinutes)
    verifier = try reader.read(Key.verify)
    adherence = try reader.read(Key.adherence)
    exemplars = try reader.read(Key.exemplars)
    tasksPerShard = try reader.read(Key.tasksPerShard)
  }

  /// The names that the settings refer to.
  package var needs: StageNeeds {
    StageNeeds(
      strategies: strategies, rewards: [verifier] + (adherence.map { [$0] } ?? []), tasks: [tasks],
      models: [model],
      judges: ["verify": verifier, "adherence": adherence].compactMapValues { $0 })
  }

  /// Shards are written whole, so those of an interrupted attempt are reused.
  package var continuesPartialWork: Bool { true }

  /// Returns the samples of all tasks by all heuristics, each of one turn.
  package func work(_ context: StageContext) throws -> [ModelWork] {
    let strategies = try strategies.map { try context.roles.strategy($0) }
    let perTask = Bootstrapping.candidatesPerTask(strategies, samples: samples)
    var work = ModelWork(
      model: model, samples: ModelWork.product(try context.taskCount(tasks), perTask), perPrompt: samples,
      maxTokens: sampling.maxTokens)
    work.mostTokens = tokens
    return [work]
  }

  /// Samples and verifies the candidates and writes them as shards.
  package func run(_ context: StageContext) throws -> StageResult {
    let (tally, done) = try solve(.whole, context)
    return StageResult(summary: summary(tally, tasks: done))
  }

  /// The name of the shards.
  package static let records = "candidates"

  /// Returns the number of shards that the tasks fill.
  package func shardCount(_ context: StageContext) throws -> Int {
    (try context.taskSet(tasks).tasks.count + tasksPerShard - 1) / tasksPerShard
  }

  /// Samples and verifies the candidates of a share of the shards.
  package func write(_ share: ShardShare, _ context: StageContext) throws {
    if tokens != nil || minutes != nil {
      throw PolyaError(
        .configuration, "a budget is for all tasks together, which no process of several can keep",
        at: "stages.\(context.name).budget-\(tokens == nil ? "minutes" : "tokens")",
        hint: "remove it from the manifest, or run the stage without --shard")
    }
    _ = try solve(share, context)
  }

  /// Returns the tally of the share's candidates and the number of its tasks that are solved.
  private func solve(_ share: ShardShare, _ context: StageContext) throws -> (CandidateTally, tasks: Int) {
    let set = try context.taskSet(tasks)
    let strategies = try strategies.map { try context.roles.strategy($0) }
    var tally = CandidateTally()
    var yield = YieldMetric()
    var shards = self.shards(set, Bootstrapping.candidatesPerTask(strategies, samples: samples), context)
      .filter { share.contains($0.number) }
    let all = shards.reduce(0) { $0 + $1.tasks.count }
    try shards.removeAll { try reuse($0, &tally, &yield, context) }
    // What stopped the last attempt stops this one, too.
    try check(tally, context)
    // Without work, no model is opened: shards are merged where no model is.
    guard !shards.isEmpty else { return (tally, all) }
    var waiting = shards[...]
    let deadline = minutes.map { MonotonicClock.seconds() + 60 * $0 }
    var done = all - shards.reduce(0) { $0 + $1.tasks.count }
    let checkpoints = ShardCheckpoints(folder: context.folder)
    let settings = Bootstrapping.Settings(
      samples: samples, stopAfterCorrect: stopAfterCorrect, sampling: sampling, tokens: tokens)
    let bootstrapping = try bootstrapping(
      by: try context.model(model), strategies, of: set, settings, context)
    let isShort = try bootstrapping.run(
      { waiting.popFirst() }, observer: context.observer, spent: tally.tokens,
      before: {
        .init(
          known: try earlier($0, context),
          kept: try checkpoints.restore($0.number, warn: context.observer.warn))
      },
      isTimeUp: { deadline.map { MonotonicClock.seconds() > $0 } ?? false },
      isTimeToKeep: { checkpoints.isDue }, keeping: { try checkpoints.save($0.number, $1) }
    ) { shard, candidates in
      var writer = writer(shard, context)
      for candidate in candidates {
        try writer.append(candidate.json)
        tally.add(candidate)
      }
      try writer.flush()
      try checkpoints.remove(shard.number)
      done += shard.tasks.count
      yield.add(candidates, of: shard.number, to: context.observer)
      try report(tally, done, of: all, context)
    }
    if isShort { context.observer.warn("the budget ended before every question had its samples") }
    return (tally, done)
  }

  /// Adds the candidates of a shard that an interrupted attempt wrote. Returns whether there is one.
  private func reuse(
    _ shard: Bootstrapping.Shard, _ tally: inout CandidateTally, _ yield: inout YieldMetric,
    _ context: StageContext
  ) throws -> Bool {
    let file = writer(shard, context).nextFile
    guard
      let candidates = try Shards.reuse(
        file: file, warn: context.observer.warn, { try CandidateRecord($0) })
    else { return false }
    candidates.forEach { tally.add($0) }
    yield.add(candidates, of: shard.number, to: context.observer)
    return true
  }

  /// Returns the work of the stage.
  func bootstrapping(
    by loaded: LoadedModel, _ strategies: [any Strategy], of set: TaskSet, _ settings: Bootstrapping.Settings,
    _ context: StageContext
  ) throws -> Bootstrapping {
    Bootstrapping(
      model: loaded.model, origin: loaded.origin, strategies: strategies, settings: settings,
      verifier: try context.reward(verifier),
      adherence: try adherence.map { try context.reward($0) },
      exemplars: try demonstrations(set, strategies, context), random: context.random)
  }

  private func summary(_ tally: CandidateTally, tasks: Int) -> JSON.Members {
    var summary: JSON.Members = ["tasks": JSON(tasks), "candidates": JSON(tally.all)]
    for outcome in Outcome.allCases { summary[outcome.rawValue] = JSON(tally.count(outcome)) }
    summary["truncated"] = JSON(tally.truncated)
    summary["unscored_reasons"] = tally.reasons.json
    return summary
  }

  private func shards(_ set: TaskSet, _ perTask: Int, _ context: StageContext) -> [Bootstrapping.Shard] {
    let key = context.key
    return stride(from: 0, to: set.tasks.count, by: tasksPerShard).enumerated().map { number, start in
      Bootstrapping.Shard(
        number: number, tasks: Array(set.tasks[start..<min(start + tasksPerShard, set.tasks.count)]),
        firstNumber: start * perTask, recordID: { StageContext.recordID($0, key: key) })
    }
  }

  private func writer(_ shard: Bootstrapping.Shard, _ context: StageContext) -> ShardWriter {
    ShardWriter(folder: context.folder, name: Self.records, recordsPerShard: .max, first: shard.number)
  }

  /// Returns the candidates that an earlier run sampled for a shard, which are verified again.
  private func earlier(_ shard: Bootstrapping.Shard, _ context: StageContext) throws -> [CandidateRecord] {
    guard let folder = context.earlierSamples else { return [] }
    let file = ShardWriter(folder: folder, name: Self.records, first: shard.number).nextFile
    guard try Shards.files(in: folder, name: Self.records).contains(file) else { return [] }
    return try Shards.read(file: file).map { try CandidateRecord($0) }
  }

  private func report(
    _ tally: CandidateTally, _ done: Int, of all: Int, _ context: StageContext
  ) throws {
    try check(tally, context)
    func percent(_ count: Int) -> String {
      "\((100 * Double(count) / Double(max(tally.all, 1))).formatted(1))%"
    }
    context.observer.progress(
      done, of: all, "right \(percent(tally.count(.right))), truncated \(percent(tally.truncated))")
    context.observer.table { tally.table }
  }

  private func check(_ tally: CandidateTally, _ context: StageContext) throws {
    let unscored = Outcome.allCases.reduce(0) { $0 + ($1.isVerdict ? 0 : tally.count($1)) }
    if let share = tally.shares.excess(over: context.maxUnscored) {
      throw context.tooManyUnscored(
        "\(share.unscored) of \(share.all) candidates with references of the kind '\(share.kind)' have no verdict",
        tally.reasons, records: Self.records)
    }
    guard Double(unscored) > context.maxUnscored * Double(tally.all) else { return }
    throw context.tooManyUnscored(
      "\(unscored) of \(tally.all) candidates have no verdict", tally.reasons, records: Self.records)
  }

  /// Returns worked examples from the task source, whose questions are not among those to solve.
  func demonstrations(_ set: TaskSet, _ strategies: [any Strategy], _ context: StageContext) throws
    -> [String: [Exemplar]]
  {
    guard exemplars > 0 else { return [:] }
    guard let source = set.source, let place = set.tasks.first?.place else {
      throw PolyaError(
        .configuration, "tasks from a file have no exemplars", at: "stages.\(context.name).exemplars",
        hint: "remove this key to use the strategy's own exemplars")
    }
    let solved = Set(set.tasks.map(\.question))
    let known = source.heuristics.map(\.id)
    let pool = try source.tasks(
      split: place.split, range: 0..<exemplars * 32, seed: context.random.stream("exemplars").key
    ).filter { !solved.contains($0.question) }
    var found: [String: [Exemplar]] = [:]
    for heuristic in strategies.flatMap({ $0.heuristics.map(\.id) }) where known.contains(heuristic) {
      let requests = pool.compactMap { task in
        task.place.map { DemonstrationRequest(place: $0, heuristic: heuristic, id: 0) }
      }
      // A failed demonstration is replaced by that of the next task.
      let worked = zip(pool, try source.demonstrate(requests)).compactMap { task, outcome in
        outcome.solution.map {
          Exemplar(question: task.question, heuristic: heuristic, solution: $0)
        }
      }
      found[heuristic] = Array(worked.prefix(exemplars))
    }
    return found
  }
}

extension Result<String?, PolyaError> {
  /// The worked solution; nil if the heuristic does not fit or the demonstration failed.
  fileprivate var solution: String? { if case .success(let solution) = self { solution } else { nil } }
}
