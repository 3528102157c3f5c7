package import PolyaCore
internal import PolyaRecords

extension Pipeline {
  /// Writes a share of a stage's shards into a folder of their own, and returns that folder, or that of the stage if it has finished.
  /// A share that is already there is not written again, nor are shards that another share holds; an interrupted one continues.
  ///
  /// The stages that it needs must have finished: each process would train the same model again.
  ///
  /// - Throws: `configuration` if the stage has no shards or too few, `run` if a stage that it needs has not finished or another
  ///   process writes the share.
  package func write(_ share: ShardShare, of name: String, observer: any StageObserver) throws -> String {
    let (step, stage) = try shardedStage(name)
    guard !step.isFinished else { return folder.stageFolder(name, step.key) }
    let shards = folder.shardsFolder(name, step.key)
    let (final, aside) = ("\(shards)/\(share.folder)", "\(shards)/.part-\(share.folder)")
    let lock = try RunLock("\(shards)/.lock-\(share.folder)", of: "share \(share) of '\(name)'")
    defer { withExtendedLifetime(lock) {} }
    let earlier = try earlierSamples(of: step)
    let (_, context) = try context(of: name, in: aside, earlierSamples: earlier, observer: observer)
    let files = try files(of: stage, context)
    guard share.count <= max(files.count, 1) else {
      throw PolyaError(
        .configuration,
        "the records of '\(name)' are in \(files.count) files, too few for \(share.count) processes",
        at: "--shard",
        hint:
          "use at most --shard I/\(max(files.count, 1)), or lower tasks-per-shard (questions-per-shard of evaluate)"
      )
    }
    let needs = try seals(of: step)
    if try isWritten(share, at: final, step, needs, observer) { return final }
    try Folder.create(aside)
    try Durable.sweep(shards)
    for number in files.indices where share.contains(number) {
      try take(files[number], into: aside, from: shards, step, needs)
    }
    try stage.write(share, context)
    try removeWorkingFiles(in: aside)
    try WrittenShare(folder: aside).seal(
      .init(stage: name, key: step.key, share: share, needs: needs, usage: usage(context, of: nil)))
    try Durable.commit(aside, as: final)
    return final
  }

  /// Whether the share is there already. One that is damaged is set aside.
  private func isWritten(
    _ share: ShardShare, at final: String, _ step: Plan.Step, _ needs: JSON, _ observer: any StageObserver
  ) throws -> Bool {
    guard Folder.exists(final) else { return false }
    do {
      let facts = try WrittenShare(folder: final).facts(stage: step.name, key: step.key)
      if facts.share == share, facts.needs == needs { return true }
      throw PolyaError(.corrupt, "holds share \(facts.share), or one of another model", at: final)
    } catch let error as PolyaError where [.corrupt, .file].contains(error.code) {
      observer.warn(
        "\(error.message) (\(error.place ?? final)); the folder was renamed to \(try Durable.setAside(final)), and the share is written again"
      )
      return false
    }
  }

  /// Copies a shard that another share holds.
  private func take(_ file: String, into aside: String, from shards: String, _ step: Plan.Step, _ needs: JSON)
    throws
  {
    guard !Durable.isThere("\(aside)/\(file)") else { return }
    for other in try WrittenShare.all(in: shards) where Durable.isThere("\(other.folder)/\(file)") {
      let facts = try other.facts(stage: step.name, key: step.key)
      guard facts.needs == needs, facts.files[file] != nil else { continue }
      return try Durable.replace("\(aside)/\(file)", with: try FileBytes.read("\(other.folder)/\(file)"))
    }
  }

  /// Returns the stages of the plan of which shares lie in one of the run folders.
  ///
  /// - Parameter targets: The stages to look at; all if empty.
  package func stagesWithShares(targets: [String], in folders: [RunFolder]) throws -> [Plan.Step] {
    try plan(targets: targets).steps.filter { step in
      try folders.contains { try !WrittenShare.all(in: $0.shardsFolder(step.name, step.key)).isEmpty }
    }
  }

  /// Returns the stages of the plan that can be shared.
  package func shareableStages(targets: [String]) throws -> [Plan.Step] {
    try plan(targets: targets).steps.filter { step in
      (targets.isEmpty || targets.contains(step.name)) && entry(of: step.name).stage is any ShardedStage
    }
  }

  /// Copies all shards of a stage to where an interrupted run would have left them, so that ``run(targets:observer:)`` only adds
  /// what is computed from all of them.
  ///
  /// - Throws: `run` if shards are missing, `corrupt` if a shard was changed or two folders hold different ones.
  package func collectShards(of name: String, from folders: [RunFolder], observer: any StageObserver) throws {
    let (step, stage) = try shardedStage(name)
    let (_, context) = try context(of: name, observer: observer)
    let needs = try seals(of: step)
    var found: [String: (path: String, sha256: String)] = [:]
    var usage: [JSON] = []
    var processes = 1
    for written in try folders.flatMap({ try WrittenShare.all(in: $0.shardsFolder(name, step.key)) }) {
      let facts = try written.facts(stage: name, key: step.key)
      guard facts.needs == needs else { throw otherWeights(written, name) }
      processes = max(processes, facts.share.count)
      usage.append(facts.usage)
      for (file, sha256) in facts.files {
        let path = "\(written.folder)/\(file)"
        if let other = found[file], other.sha256 != sha256 {
          throw PolyaError(
            .corrupt, "differs from \(other.path), which holds the same records", at: path,
            hint:
              "a model that does not repeat its samples wrote them twice: delete the folder of one of the two"
          )
        }
        found[file] = (path, sha256)
      }
    }
    let files = try files(of: stage, context)
    let missing = files.indices.filter { found[files[$0]] == nil }
    guard missing.isEmpty else { throw lacking(missing, of: files.count, processes, name, folders) }
    let aside = folder.asideFolder(name, step.key)
    try Folder.create(aside)
    for file in files {
      guard let (path, _) = found[file] else { continue }
      try Durable.replace("\(aside)/\(file)", with: try FileBytes.read(path))
    }
    try Journal(path: folder.file("journal.jsonl")).write(
      "shards merged",
      [
        "stage": .string(name), "kind": .string(step.kind), "key": .string(step.key),
        "usage": UsageMeter.sum(usage),
      ])
  }

  private func otherWeights(_ written: WrittenShare, _ name: String) -> PolyaError {
    PolyaError(
      .run, "was written with another result of a stage that '\(name)' needs", at: written.folder,
      hint:
        "train once and copy the run's folder to each machine: the same training need not give the same weights twice"
    )
  }

  private func lacking(
    _ missing: [Int], of count: Int, _ processes: Int, _ name: String, _ folders: [RunFolder]
  ) -> PolyaError {
    let shares = Set(missing.map { $0 % processes + 1 }).sorted().map { "\($0)/\(processes)" }
    let more = shares.count > 8 ? ", …" : ""
    let others = folders.dropFirst().isEmpty ? ", or name the folders of the runs that did" : ""
    return PolyaError(
      .run, "\(missing.count) of \(count) files of records are missing", at: "stages.\(name)",
      hint:
        "run polya run --stage \(name) with --shard \(shares.prefix(8).joined(separator: ", "))\(more)\(others)"
    )
  }

  /// Removes the shards of a finished stage from the run's folder: its result holds them.
  package func removeShards(of name: String) throws {
    guard let step = try plan(targets: [name]).steps.last, step.isFinished else { return }
    try Durable.remove(folder.shardsFolder(name, step.key))
    let shards = folder.file("shards")
    if Folder.exists(shards), try Folder.names(in: shards).isEmpty { try Durable.remove(shards) }
  }

  private func files(of stage: any ShardedStage, _ context: StageContext) throws -> [String] {
    (0..<(try stage.shardCount(context))).map { Shards.file(type(of: stage).records, $0) }
  }

  /// The seals of the results that a stage reads, by name.
  private func seals(of step: Plan.Step) throws -> JSON {
    var keys = stageKeys()
    var seals: JSON.Members = [:]
    for name in graph.closure(of: [step.name]) {
      let key = try keys.key(of: name)
      if step.needs.contains(name) { seals[name] = try folder.finishedStage(name, key: key)?.json["seal"] }
    }
    return .object(seals)
  }

  /// Returns a stage that has shards, and whose needs have finished.
  private func shardedStage(_ name: String) throws -> (step: Plan.Step, stage: any ShardedStage) {
    let steps = try plan(targets: [name]).steps
    guard let step = steps.last, let stage = entry(of: name).stage as? any ShardedStage else {
      throw PolyaError(
        .configuration, "several processes cannot share '\(name)' (\(entry(of: name).kind))", at: "--shard",
        hint: "only bootstrap and evaluate stages can be shared")
    }
    guard let need = steps.dropLast().last(where: { !$0.isFinished }) else { return (step, stage) }
    if let damage = need.damage {
      throw PolyaError(
        .run, "the result of the stage '\(need.name)' is damaged: \(damage)", at: "stages.\(name)")
    }
    throw PolyaError(
      .run, "needs the stage '\(need.name)', which has not finished in this folder", at: "stages.\(name)",
      hint: "run polya run MANIFEST --stage \(need.name) first, once for all processes")
  }
}
