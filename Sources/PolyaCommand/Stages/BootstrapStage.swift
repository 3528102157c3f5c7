internal import PolyaBootstrap
internal import PolyaCore
internal import PolyaPipeline
internal import PolyaRecords

/// `bootstrap`: the model solves tasks by many heuristics; every candidate is judged and kept.
struct BootstrapStage: Stage {
  private let model: String
  private let tasks: String
  private let strategies: [String]
  private let samples: Int
  private let sampling: Sampling
  private let verifier: String
  private let adherence: String?
  private let exemplars: Int
  private let tasksPerShard: Int

  init(_ reader: ObjectReader) throws {
    model = try reader.required("model", reader.string("model"))
    tasks = try reader.required("tasks", reader.string("tasks"))
    strategies = try reader.required("strategies", reader.strings("strategies"))
    samples = try reader.integer("samples", in: 1...100_000) ?? 4
    sampling = try reader.sampling()
    verifier = try reader.required("verify", reader.string("verify"))
    adherence = try reader.string("adherence")
    exemplars = try reader.integer("exemplars", in: 0...64) ?? 0
    tasksPerShard = try reader.integer("tasks-per-shard", in: 1...100_000) ?? 64
  }

  var needs: StageNeeds {
    StageNeeds(
      plugins: strategies + [verifier] + (adherence.map { [$0] } ?? []), tasks: [tasks], models: [model])
  }

  /// A shard is written whole, so what an interrupted attempt finished is used again.
  var continuesPartialWork: Bool { true }

  func run(_ context: StageContext) throws -> StageResult {
    let set = try context.taskSet(tasks)
    let loaded = try context.model(model)
    let strategies = try strategies.map { try context.roles.strategy($0) }
    let bootstrapping = Bootstrapping(
      model: loaded.model, origin: loaded.origin, strategies: strategies, samples: samples,
      sampling: sampling,
      verifier: try context.roles.reward(verifier),
      adherence: try adherence.map { try context.roles.reward($0) },
      exemplars: try demonstrations(set, strategies, context), random: context.random)
    let perTask = bootstrapping.candidatesPerTask
    var counts: [CandidateRecord.Outcome: Int] = [:]
    let chunks = Array(stride(from: 0, to: set.tasks.count, by: tasksPerShard))
    let there = Set(try Shards.files(in: context.folder, name: "candidates"))
    for (number, start) in chunks.enumerated() {
      try context.observer.checkStop()
      let end = min(start + tasksPerShard, set.tasks.count)
      var writer = ShardWriter(
        folder: context.folder, name: "candidates", recordsPerShard: .max, first: number)
      let file = writer.nextFile
      if !there.contains(file) {
        let candidates = try bootstrapping.candidates(for: Array(set.tasks[start..<end])) {
          context.recordID(start * perTask + $0)
        }
        for candidate in candidates { try writer.append(candidate.json) }
        try writer.flush()
      }
      for candidate in try Shards.read(file: file).map({ try CandidateRecord($0) }) {
        counts[candidate.outcome, default: 0] += 1
      }
      try check(counts, context)
      let total = counts.values.reduce(0, +)
      let share = Double(counts[.verified] ?? 0) / Double(max(total, 1))
      context.observer.metric(.verified, share, step: number)
      context.observer.progress(end, of: set.tasks.count, "verified \((100 * share).formatted(1))%")
    }
    var summary: JSON.Members = [
      "tasks": JSON(set.tasks.count), "candidates": JSON(counts.values.reduce(0, +)),
    ]
    for outcome in CandidateRecord.Outcome.allCases { summary[outcome.rawValue] = JSON(counts[outcome] ?? 0) }
    return StageResult(summary: summary)
  }

  private func check(_ counts: [CandidateRecord.Outcome: Int], _ context: StageContext) throws {
    let missing = (counts[.abstained] ?? 0) + (counts[.failed] ?? 0)
    let total = counts.values.reduce(0, +)
    guard Double(missing) > context.maximumMissing * Double(total) else { return }
    throw PolyaError(
      .run, "\(missing) of \(total) candidates have no verdict", at: "stages.\(context.name)",
      cure: "look at their notes (polya data head), or raise run.maximum-missing (\(context.maximumMissing))")
  }

  /// Worked examples from the task source, of other questions than those to be solved.
  private func demonstrations(_ set: TaskSet, _ strategies: [any Strategy], _ context: StageContext) throws
    -> [String: [Exemplar]]
  {
    guard exemplars > 0 else { return [:] }
    guard let source = set.source, let place = set.tasks.first?.place else {
      throw PolyaError(
        .configuration, "tasks from a file bring no exemplars", at: "stages.\(context.name).exemplars",
        cure: "leave it out: the strategy has its own")
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
      let worked = zip(pool, try source.demonstrate(requests)).compactMap { task, solution in
        solution.map { Exemplar(question: task.question, heuristic: heuristic, solution: $0) }
      }
      found[heuristic] = Array(worked.prefix(exemplars))
    }
    return found
  }
}
