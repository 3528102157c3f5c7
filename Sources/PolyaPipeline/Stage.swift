package import PolyaCore
package import PolyaRecords

/// A step of a run with its own settings. The composition root lists the available kinds.
package protocol Stage: Sendable {
  /// The name of the kind in the manifest, such as "reinforce".
  static var kind: String { get }
  /// One sentence that describes the kind.
  static var summary: String { get }
  /// The keys of its settings, in addition to those that every stage has.
  static var settings: [any DeclaredSetting] { get }
  /// Reads the settings of the stage.
  init(_ reader: ObjectReader) throws
  /// The names in the manifest that it uses.
  var needs: StageNeeds { get }
  /// Whether files that an interrupted attempt left in the stage's folder may be reused.
  var continuesPartialWork: Bool { get }
  /// The plugin or stage whose model it trains and writes as its checkpoint; nil if it trains none.
  var trains: String? { get }
  /// Returns what it will ask of models; empty if nothing.
  func work(_ context: StageContext) throws -> [ModelWork]
  /// Does the work: writes into the context's folder and returns the figures for tables.
  func run(_ context: StageContext) throws -> StageResult
}

extension Stage {
  /// False by default: most stages start again.
  package var continuesPartialWork: Bool { false }
  /// None by default.
  package var trains: String? { nil }
  /// Nothing by default.
  package func work(_ context: StageContext) throws -> [ModelWork] { [] }
}

/// The names that a stage uses.
package struct StageNeeds: Sendable, Equatable {
  /// The strategy plugins it uses.
  package var strategies: [String]
  /// The reward plugins it uses.
  package var rewards: [String]
  /// The task sets it uses.
  package var tasks: [String]
  /// The stages whose records it reads.
  package var stages: [String]
  /// The plugins or stages that provide its models.
  package var models: [String]
  /// The plugins that only judge samples, by the setting that names each. If nothing else differs from an
  /// earlier stage, the stage may reuse that stage's samples.
  package var judges: [String: String]
  /// The parts of the run's prompt template that it uses. A change of another part does not concern it.
  package var template: Set<TemplatePart>

  /// A part of the run's prompt template.
  package enum TemplatePart: String, Sendable, CaseIterable {
    /// How a bare question becomes a prompt.
    case prompt
    /// How a solution becomes the text to learn.
    case target
  }

  /// All plugins but those of its models.
  package var plugins: [String] { strategies + rewards }

  /// Creates the needs of a stage.
  package init(
    strategies: [String] = [], rewards: [String] = [], tasks: [String] = [], stages: [String] = [],
    models: [String] = [],
    judges: [String: String] = [:], template: Set<TemplatePart> = []
  ) {
    self.strategies = strategies
    self.rewards = rewards
    self.tasks = tasks
    self.stages = stages
    self.models = models
    self.judges = judges
    self.template = template
  }
}

/// What a stage produces in addition to its files.
package struct StageResult: Sendable {
  /// Figures for tables and the journal.
  package var summary: JSON.Members
  /// The plugin of the model whose checkpoint is in the folder "checkpoint"; nil if there is none.
  package var modelPlugin: String?

  /// Creates a result.
  package init(summary: JSON.Members, modelPlugin: String? = nil) {
    self.summary = summary
    self.modelPlugin = modelPlugin
  }
}

/// Provides plugins by their names in the manifest.
package protocol RoleProvider: AnyObject {
  /// Returns the digest of the plugin's file, its id, and its version, for keys and lineage. The result stays
  /// the same until the next ``stageBegins()``.
  func identity(of name: String) throws -> PluginIdentity
  /// Returns the descriptor in the plugin's file, without looking at its options.
  func description(of name: String) throws -> RunRecord.Plugin
  /// Returns the kind of the plugin: "strategy", "reward", "model", or "tasks".
  func kind(of name: String) throws -> String
  /// Whether the plugin opens connections, so that to create it takes a server.
  func needsNetwork(_ name: String) throws -> Bool
  /// Picks up strategies and rewards that were rebuilt since the last stage.
  func stageBegins()
  /// Creates an instance of a strategy.
  func strategy(_ name: String) throws -> any Strategy
  /// Creates an instance of a reward.
  func reward(_ name: String) throws -> any Reward
  /// Creates an instance of a task source.
  func taskSource(_ name: String) throws -> any TaskSource
  /// Creates an instance of a model.
  func model(_ name: String) throws -> any LanguageModel
}

/// Identifies the exact version of a plugin.
package struct PluginIdentity: Sendable, Equatable {
  /// The plugin's id.
  package var id: String
  /// The plugin's version.
  package var version: String
  /// The digest of the plugin's file.
  package var sha256: String
  /// The digests of the files and folders that its options refer to, by option.
  package var inputs: [String: String]
  /// The digest of the plugin's descriptor, which includes for example its options' defaults.
  package var description: String

  /// Creates an identity.
  package init(
    id: String, version: String, sha256: String, inputs: [String: String] = [:], description: String = ""
  ) {
    self.id = id
    self.version = version
    self.sha256 = sha256
    self.inputs = inputs
    self.description = description
  }
}

/// A stage whose folder is complete.
package struct FinishedStage: Sendable {
  /// The stage's name in the manifest.
  package var name: String
  /// The kind of the stage, as in the manifest.
  package var kind: String
  /// The stage's key.
  package var key: String
  /// The folder with its files.
  package var folder: String
  /// The result of the stage.
  package var result: StageResult
  /// The content of stage.json.
  package var json: JSON

  /// Its figures in one line, for people.
  package var figures: String {
    result.summary.compactMap { key, value in
      switch value {
      case .integer(let number): "\(key.replacing("_", with: " ")) \(number)"
      case .real(let number): "\(key.replacing("_", with: " ")) \(number.formatted(3))"
      default: nil
      }
    }.joined(separator: ", ")
  }
}

/// A model that a stage uses.
package struct LoadedModel {
  /// The model.
  package var model: any LanguageModel
  /// The name of its plugin in the manifest.
  package var plugin: String
  /// Its origin in lineage: the key of a stage, or the plugin.
  package var origin: String
}

/// A task set that a stage uses.
package struct TaskSet {
  /// The tasks in order.
  package var tasks: [Task]
  /// The task source that can demonstrate them; nil for tasks from files.
  package var source: (any TaskSource)?
  /// How reports describe the task set.
  package var description: TaskSetRecord
}

/// Everything that a running stage works with.
package final class StageContext {
  /// The stage's name in the manifest.
  package let name: String
  /// The stage's key.
  package let key: String
  /// The folder to write to. It becomes the stage's folder when the stage is done.
  package let folder: String
  /// The root of the stage's randomness.
  package let random: Randomness
  /// The prompt template of the run.
  package let template: PromptTemplate
  /// The run's limit on the share of rows without a verdict, 0...1.
  package let maxUnscored: Double
  /// Provides plugins by name.
  package let roles: any RoleProvider
  /// Receives metrics, progress, and warnings.
  package let observer: any StageObserver
  /// The saved progress, from which training resumes after an interruption.
  package var progress: StageProgress {
    StageProgress(folder: folder, observer: observer, minutes: manifest.checkpointMinutes)
  }
  /// Counts what the stage asks of models.
  let meter = UsageMeter()
  private let manifest: Manifest
  private let finished: [String: FinishedStage]
  /// The digests of task files on which the stage's key is based.
  private let taskFiles: [String: String]
  /// The folder of a finished stage with the same samples but other judges; nil if there is none.
  package let earlierSamples: String?

  init(
    name: String, key: String, folder: String, random: Randomness, manifest: Manifest,
    roles: any RoleProvider,
    observer: any StageObserver, finished: [String: FinishedStage], taskFiles: [String: String],
    earlierSamples: String?
  ) {
    self.earlierSamples = earlierSamples
    self.name = name
    self.key = key
    self.folder = folder
    self.random = random
    self.manifest = manifest
    self.template = manifest.template
    self.maxUnscored = manifest.maxUnscored
    self.roles = roles
    self.observer = observer
    self.finished = finished
    self.taskFiles = taskFiles
  }

  /// Returns the error for a stage in which too many rows have no verdict.
  ///
  /// - Parameter records: The name of the shards that hold the reason of each row.
  package func tooManyUnscored(_ what: String, _ reasons: UnscoredReasons, records: String) -> PolyaError {
    PolyaError(
      .run, what + reasons.sentence, at: "stages.\(name)",
      hint:
        "each row's reason is in \(folder)/\(records)-*.jsonl.zst (polya data head); fix the plugin, or raise "
        + "run.max-unscored (\(maxUnscored))")
  }

  /// Returns the id of a record of this stage.
  package func recordID(_ number: Int) -> String { Self.recordID(number, key: key) }

  /// Returns the id of a record of the stage with the given key.
  package static func recordID(_ number: Int, key: String) -> String { "\(key.prefix(12)):\(number)" }

  /// Returns a finished stage that this one needs.
  package func stage(_ name: String) throws -> FinishedStage {
    guard let stage = finished[name] else { throw notRun(name) }
    return stage
  }

  /// The error for a stage that is looked at before those it needs have run.
  private func notRun(_ need: String) -> PolyaError {
    PolyaError(
      .run, "needs the stage '\(need)', which has not run yet", at: "stages.\(name)",
      hint: "run it with polya run MANIFEST --stage \(need), or name another model")
  }

  /// Returns a stage that this one needs if it has finished.
  package func finishedStage(_ name: String) -> FinishedStage? { finished[name] }

  /// Returns the number of tasks in a task set, without opening a task source.
  package func taskCount(_ name: String) throws -> Int {
    guard case .source(_, _, _, let count, _)? = manifest.tasks.first(where: { $0.name == name })?.tasks
    else {
      return try taskSet(name).tasks.count
    }
    return count
  }

  /// Returns a task set by name. Throws if its file was changed since the run began.
  package func taskSet(_ name: String) throws -> TaskSet {
    guard let entry = manifest.tasks.first(where: { $0.name == name })?.tasks else {
      preconditionFailure("'\(name)' is not among the stage's needs")
    }
    let set = try entry.load(folder: manifest.folder, roles: roles, name: name)
    guard case .file(let path, _, _, _, _) = entry, let expected = taskFiles[name] else { return set }
    // The content must be what the stage's key is based on.
    guard try FileBytes.digest(of: Folder.resolve(path, in: manifest.folder)).sha256 == expected else {
      throw PolyaError(
        .file, "was changed during the run", at: "tasks.\(name), \(path)",
        hint: "run the same command again to repeat what depends on it")
    }
    return set
  }

  /// Returns a reward by the name of a plugin or of a panel.
  package func reward(_ name: String) throws -> any Reward { try manifest.reward(name, roles) }

  /// Returns a model by the name of a stage, with its checkpoint, or of a plugin, as its options configure
  /// it.
  package func model(_ name: String) throws -> LoadedModel {
    guard let stage = finished[name] else {
      guard !manifest.stages.contains(where: { $0.name == name }) else { throw notRun(name) }
      guard manifest.plugins.contains(where: { $0.name == name }) else {
        throw PolyaError(
          .configuration, "there is no plugin or stage '\(name)'",
          hint: Suggestion.hint(for: name, among: manifest.plugins.map(\.name) + manifest.stages.map(\.name)))
      }
      return metered(try roles.model(name), plugin: name, origin: "plugin \(name)")
    }
    guard let plugin = stage.result.modelPlugin else {
      throw PolyaError(
        .configuration, "the stage '\(name)' (\(stage.kind)) produces no model", at: "stages.\(self.name)",
        hint: "name a train or reinforce stage, or a model plugin")
    }
    let model = try roles.model(plugin)
    try model.load(from: "\(stage.folder)/\(Self.checkpoint)")
    return metered(model, plugin: plugin, origin: stage.key)
  }

  private func metered(_ model: any LanguageModel, plugin: String, origin: String) -> LoadedModel {
    meter.note(plugin, model.info)
    return LoadedModel(
      model: MeteredModel(model, plugin: plugin, meter: meter), plugin: plugin, origin: origin)
  }

  /// Saves a model that may become the stage's checkpoint, under a number.
  package func saveCandidate(_ model: any LanguageModel, _ number: Int) throws {
    try save(model, as: Self.candidate + String(number))
  }

  /// Removes the models that were saved under other numbers.
  package func dropCandidates(but number: Int) throws {
    for name in try Folder.names(in: folder)
    where name.hasPrefix(Self.candidate) && name != Self.candidate + String(number) {
      try Durable.remove("\(folder)/\(name)")
    }
  }

  /// Makes the model that was saved under a number the stage's checkpoint. An attempt that was interrupted may have done so
  /// already.
  package func chooseCandidate(_ number: Int) throws {
    let (path, final) = ("\(folder)/\(Self.candidate)\(number)", "\(folder)/\(Self.checkpoint)")
    guard Folder.exists(path) || !Folder.exists(final) else { return }
    try Durable.remove(final)
    try Durable.rename(path, to: final)
  }

  /// The name of the folder with a stage's model, and the beginning of the names of those that may become it.
  static let checkpoint = "checkpoint"
  static let candidate = ".candidate-"

  /// Saves a model as the stage's checkpoint, without the moments: no training continues from a finished
  /// stage, since the next one begins anew.
  package func save(_ model: any LanguageModel) throws { try save(model, as: Self.checkpoint) }

  private func save(_ model: any LanguageModel, as name: String) throws {
    let aside = folder + "/.checkpoint"
    try Durable.remove(aside)
    try Folder.create(aside)
    try model.save(to: aside)
    try Folder.remove(aside + "/" + CheckpointFolder.training)
    try Durable.commit(aside, as: folder + "/" + name)
  }
}
