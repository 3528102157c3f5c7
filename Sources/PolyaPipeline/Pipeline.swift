package import PolyaCore
internal import PolyaRecords

/// Runs the stages of a manifest. Finished stages are reused, and only missing or damaged ones run.
package final class Pipeline {
  /// The manifest of the run.
  package let manifest: Manifest
  /// The folder of the run.
  package let folder: RunFolder
  let roles: any RoleProvider
  private let version: String
  let graph: StageGraph
  private let taskFiles = VerifiedFiles()
  /// The keys of the stages reached so far. A plugin that is rebuilt during the run affects only later
  /// stages.
  private var reached: [String: String] = [:]

  /// Creates a pipeline.
  ///
  /// - Parameter version: The version of the host's code, which is part of every stage's key.
  package init(_ manifest: Manifest, folder: RunFolder, roles: any RoleProvider, version: String) throws {
    self.manifest = manifest
    self.folder = folder
    self.roles = roles
    self.version = version
    graph = try StageGraph(manifest)
  }

  /// What a run would do, determined without doing any of it.
  package struct Plan: Sendable {
    /// The stages in the order in which they run.
    package var steps: [Step]

    /// A stage of the plan.
    package struct Step: Sendable {
      /// The stage's name in the manifest.
      package var name: String
      /// The kind of the stage, as in the manifest.
      package var kind: String
      /// The stage's key.
      package var key: String
      /// The names of the stages that it needs.
      package var needs: [String]
      /// Whether its result already exists.
      package var isFinished: Bool
      /// What is wrong with the existing result, which is then set aside and replaced; nil if nothing is
      /// wrong.
      package var damage: String?
      /// The size of its result on disk; nil if nothing is known about it.
      package var disk: DiskUse?
      /// What models will do in it; nil if it is finished, or asks no model.
      package var work: WorkEstimate?
    }
  }

  /// Returns the plan.
  ///
  /// - Parameter targets: The stages to reach; if empty, all stages.
  package func plan(targets: [String] = []) throws -> Plan {
    try checkKinds(of: names(targets))
    var keys = stageKeys()
    return Plan(steps: try names(targets).map { try step($0, &keys) })
  }

  /// Checks that each plugin that the stages use is of the kind that they need.
  ///
  /// - Throws: `configuration` for the first one that is not.
  package func checkKinds(of stages: [String]) throws {
    for entry in manifest.stages where stages.contains(entry.name) {
      let needs = entry.stage.stage.needs
      let models = needs.models.filter { name in manifest.plugins.contains { $0.name == name } }
      for (wanted, names) in [
        ("strategy", needs.strategies), ("reward", needs.rewards.flatMap { manifest.rewards($0) }),
        ("model", models),
      ] {
        for name in names {
          let kind = try roles.kind(of: name)
          guard kind != wanted else { continue }
          throw PolyaError(
            .configuration,
            "needs a \(wanted), but '\(name)' is a \(kind == "tasks" ? "source of tasks" : kind)",
            at: "stages.\(entry.name)", hint: try hint(wanted))
        }
      }
    }
  }

  private func hint(_ kind: String) throws -> String {
    let fitting = try manifest.plugins.map(\.name).filter { try roles.kind(of: $0) == kind }
    return fitting.isEmpty
      ? "add a plugin of this kind to 'plugins'"
      : "the manifest has \(fitting.map { "'\($0)'" }.joined(separator: ", "))"
  }

  func stageKeys() -> StageKeys {
    StageKeys(manifest, roles: roles, version: version, files: taskFiles, known: reached)
  }

  private func step(_ name: String, _ keys: inout StageKeys) throws -> Plan.Step {
    let key = try keys.key(of: name)
    let kind = manifest.stages.first { $0.name == name }?.stage.kind ?? ""
    var step = Plan.Step(name: name, kind: kind, key: key, needs: graph.needs(of: name), isFinished: false)
    switch try folder.found(name, key: key) {
    case .nothing: break
    case .finished: step.isFinished = true
    case .damaged(let error): step.damage = error.description
    }
    return step
  }

  private func names(_ targets: [String]) throws -> [String] {
    guard !targets.isEmpty else { return graph.order }
    for target in targets where !graph.order.contains(target) {
      throw PolyaError(
        .configuration, "there is no stage '\(target)'", at: "--stage",
        hint: Suggestion.hint(for: target, among: graph.order))
    }
    return graph.closure(of: targets)
  }

  /// Runs the stages that have no result yet.
  ///
  /// - Parameter observer: Provides an observer for each stage that runs and is notified of every stage's
  ///   end.
  package func run(targets: [String] = [], observer: any PipelineObserver) throws {
    try Folder.create(folder.file("stages"))
    try Durable.sweep(folder.file("stages"))
    let resolved = Array((manifest.json.pretty + "\n").utf8)
    try Durable.replace(folder.file("manifest.resolved.json"), with: resolved)
    let journal = Journal(path: folder.file("journal.jsonl"))
    try journal.write(
      "run started",
      [
        "run": .string(manifest.name), "folder": .string(manifest.folder), "polya": .string(version),
        "manifest_sha256": .string(SHA256.hex(of: resolved)),
      ])
    reached = [:]
    // Find and check everything before anything runs.
    var plan = try plan(targets: targets)
    for step in plan.steps { try heal(step, journal, observer) }
    try folder.write(try record(of: plan))
    var finished: [String: FinishedStage] = [:]
    do {
      for name in try names(targets) {
        roles.stageBegins()
        var keys = stageKeys()
        let step = try step(name, &keys)
        reached[name] = step.key
        if !plan.steps.contains(where: { $0.name == name && $0.key == step.key }) {
          // A plugin that was rebuilt meanwhile also changes the keys of later stages.
          plan = try self.plan(targets: targets)
          try folder.write(try record(of: plan))
        }
        if let stage = try folder.finishedStage(step.name, key: step.key) {
          finished[step.name] = stage
          try observer.stageReused(stage)
        } else {
          finished[step.name] = try run(step, finished, keys.taskFiles, journal, observer)
        }
      }
    } catch {
      try journal.write("run stopped", ["reason": .string("\(error)")])
      throw error
    }
    try journal.write("run finished")
  }

  /// Sets aside a damaged result, so that the stage runs again, and any files in a result that the stage did
  /// not write.
  private func heal(_ step: Plan.Step, _ journal: Journal, _ observer: any PipelineObserver) throws {
    func setAside(_ path: String, in keeper: String? = nil, _ reason: String) throws {
      let place = try Durable.setAside(path, in: keeper)
      try journal.write(
        "set aside", ["stage": .string(step.name), "reason": .string(reason), "now": .string(place)])
      observer.setAside(step.name, reason: reason, place: place)
    }
    let path = folder.stageFolder(step.name, step.key)
    switch try folder.found(step.name, key: step.key) {
    case .nothing: break
    case .damaged(let error): try setAside(path, error.description)
    case .finished(_, let strays):
      try removeWorkingFiles(in: path)
      for stray in strays {
        try setAside("\(path)/\(stray)", in: path, "\(path)/\(stray): does not belong to this stage")
      }
    }
    let aside = folder.asideFolder(step.name, step.key)
    try clean(aside)
    if Durable.isThere(aside), !Folder.exists(aside) { try setAside(aside, "\(aside): is not a folder") }
  }

  /// Prepares the folder of an interrupted attempt: keeps shards, saved training progress, and models that are or may become
  /// its checkpoint, and removes everything else.
  private func clean(_ aside: String) throws {
    guard Folder.exists(aside) else { return }
    for name in try Folder.names(in: aside) {
      let isKept =
        name.hasPrefix(StageProgress.prefix) || name.hasPrefix(StageContext.candidate)
        || name == StageContext.checkpoint || Durable.isSetAside(name)
      let isStale = ["metrics.jsonl", RunFolder.description].contains(name)
      if isStale || Folder.exists("\(aside)/\(name)") && !isKept { try Durable.remove("\(aside)/\(name)") }
    }
  }

  /// Removes hidden entries, which are a stage's working files and not part of its result.
  func removeWorkingFiles(in path: String) throws {
    for name in try Folder.names(in: path) where name.hasPrefix(".") && !Durable.isSetAside(name) {
      try Durable.remove("\(path)/\(name)")
    }
  }

  /// Returns a stage and a context with the finished stages that it needs, to look at its work without doing it.
  ///
  /// - Parameter folder: The folder to write to; nil for that of the stage.
  func context(
    of name: String, in folder: String? = nil, earlierSamples: String? = nil, observer: any StageObserver
  ) throws -> (stage: any Stage, context: StageContext) {
    _ = try names([name])
    let entry = entry(of: name)
    var keys = stageKeys()
    var finished: [String: FinishedStage] = [:]
    for need in graph.closure(of: [name]) {
      let key = try keys.key(of: need)
      if need != name { finished[need] = try self.folder.finishedStage(need, key: key) }
    }
    let key = try keys.key(of: name)
    let context = StageContext(
      name: name, key: key, folder: folder ?? self.folder.asideFolder(name, key), random: random(of: entry),
      manifest: manifest, roles: roles, observer: observer, finished: finished, taskFiles: keys.taskFiles,
      earlierSamples: earlierSamples)
    return (entry.stage, context)
  }

  func entry(of name: String) -> StageEntry {
    guard let entry = manifest.stages.first(where: { $0.name == name })?.stage else {
      preconditionFailure("no stage '\(name)'")
    }
    return entry
  }

  private func random(of entry: StageEntry) -> Randomness {
    Randomness(seed: manifest.seed).stream(entry.kind).stream(entry.seed)
  }

  private func run(
    _ step: Plan.Step, _ finished: [String: FinishedStage], _ taskFiles: [String: String], _ journal: Journal,
    _ observer: any PipelineObserver
  ) throws -> FinishedStage {
    let entry = entry(of: step.name)
    let aside = folder.asideFolder(step.name, step.key)
    if !entry.stage.continuesPartialWork { try Durable.remove(aside) }
    let isContinued = Folder.exists(aside)
    try Folder.create(aside)
    try Durable.sweep(aside)
    try journal.write("stage started", ["stage": .string(step.name), "key": .string(step.key)])
    let start = MonotonicClock.seconds()
    let recorder = try observer.stageStarted(step.name, kind: step.kind, folder: aside)
    if !isContinued, try !WrittenShare.all(in: folder.shardsFolder(step.name, step.key)).isEmpty {
      recorder.warn(
        "shares of this stage, which polya run --shard has written, are not used; polya merge does that")
    }
    let context = StageContext(
      name: step.name, key: step.key, folder: aside, random: random(of: entry), manifest: manifest,
      roles: roles,
      observer: recorder, finished: finished.filter { step.needs.contains($0.key) },
      taskFiles: taskFiles,
      earlierSamples: try earlierSamples(of: step))
    // Only of a stage that runs as a whole is it known what the samples were for.
    let isWhole = !isContinued && context.earlierSamples == nil
    let work = isWhole ? try entry.stage.work(context) : nil
    let result = try entry.stage.run(context)
    try recorder.flush()
    try writeDescription(step, entry, result, to: aside)
    let final = folder.stageFolder(step.name, step.key)
    try Durable.commit(aside, as: final)
    try removeWorkingFiles(in: final)
    let seconds = MonotonicClock.seconds() - start
    try journal.write(
      "stage finished",
      [
        "stage": .string(step.name), "kind": .string(step.kind), "key": .string(step.key),
        "seconds": .real((seconds * 1000).rounded() / 1000),
        "summary": .object(result.summary),
        "usage": usage(context, of: work),
      ])
    guard let stage = try folder.finishedStage(step.name, key: step.key) else {
      throw PolyaError(.corrupt, "disappeared right after the stage finished", at: final)
    }
    try observer.stageFinished(stage, seconds: seconds)
    return stage
  }

  func earlierSamples(of step: Plan.Step) throws -> String? {
    guard let samples = try samplesKey(of: step) else { return nil }
    for stage in try folder.finishedStages() where stage.json["samples_key"]?.string == samples {
      if case .finished = try folder.found(stage.name, key: stage.key) { return stage.folder }
    }
    return nil
  }

  private func samplesKey(of step: Plan.Step) throws -> String? {
    var keys = stageKeys()
    for name in graph.closure(of: [step.name]) where name != step.name { _ = try keys.key(of: name) }
    return try keys.samplesKey(of: step.name)
  }

  /// Writes stage.json, which explains every record of the stage. It has no times, so it repeats byte for
  /// byte.
  private func writeDescription(
    _ step: Plan.Step, _ entry: StageEntry, _ result: StageResult, to folder: String
  ) throws {
    let needs = entry.stage.needs
    var inputs: JSON.Members = [:]
    var keys = stageKeys()
    for name in graph.closure(of: [step.name]) {
      let key = try keys.key(of: name)
      if step.needs.contains(name) { inputs[name] = .string(key) }
    }
    var plugins: JSON.Members = [:]
    let sources = manifest.tasks.filter { needs.tasks.contains($0.name) }.compactMap { _, entry in
      if case .source(let plugin, _, _, _, _) = entry { plugin } else { nil }
    }
    let modelPlugins = needs.models.filter { name in manifest.plugins.contains { $0.name == name } }
    for name in Set(manifest.plugins(of: needs) + sources + modelPlugins).sorted() {
      let identity = try roles.identity(of: name)
      let inputs = identity.inputs.sorted { $0.key < $1.key }.map { ($0.key, JSON.string($0.value)) }
      let options = manifest.plugins.first { $0.name == name }?.plugin.options ?? [:]
      plugins[name] = [
        "id": .string(identity.id), "version": .string(identity.version), "sha256": .string(identity.sha256),
        "options": .object(options), "inputs": .object(JSON.Members(inputs)),
      ]
    }
    var json: JSON.Members = [
      "name": .string(step.name), "kind": .string(step.kind), "key": .string(step.key),
      "settings": entry.settings,
      "seed": JSON(manifest.seed), "inputs": .object(inputs), "plugins": .object(plugins),
      "polya": .string(version), "summary": .object(result.summary),
    ]
    let panels = manifest.panels(of: needs)
    if !panels.pairs.isEmpty { json["panels"] = .object(panels) }
    if let plugin = result.modelPlugin { json["model_plugin"] = .string(plugin) }
    if let samples = try samplesKey(of: step) { json["samples_key"] = .string(samples) }
    let name = RunFolder.description
    let document = try FolderSeal.document(json, of: folder, name: name)
    try FileBytes.create("\(folder)/\(name)", with: document)
  }

  private func record(of plan: Plan) throws -> RunRecord {
    RunRecord(
      name: manifest.name, seed: manifest.seed,
      stages: plan.steps.map { .init(name: $0.name, kind: $0.kind, key: $0.key, needs: $0.needs) },
      plugins: try manifest.plugins.map { try roles.description(of: $0.name) })
  }
}

/// Is notified of what a pipeline does.
package protocol PipelineObserver: AnyObject {
  /// Called when a stage starts; returns the observer of that stage.
  func stageStarted(_ name: String, kind: String, folder: String) throws -> any StageRecorder
  /// Called when a stage's folder is complete.
  func stageFinished(_ stage: FinishedStage, seconds: Double) throws
  /// Called for a stage whose result already existed.
  func stageReused(_ stage: FinishedStage) throws
  /// Called when something that the stage did not write was found in place of its result, or in it, and was
  /// set aside.
  func setAside(_ stage: String, reason: String, place: String)
}

/// A stage observer that stores what it receives.
package protocol StageRecorder: StageObserver {
  /// Writes everything that is pending.
  func flush() throws
}
