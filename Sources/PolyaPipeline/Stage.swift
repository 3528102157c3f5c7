package import PolyaCore
package import PolyaRecords

/// A step of a run with typed settings; its kinds are listed by the composition root.
package protocol Stage: Sendable {
  /// What the manifest calls its kind: "reinforce".
  static var kind: String { get }
  /// One sentence.
  static var summary: String { get }
  /// The keys of its settings, beyond those that every stage has.
  static var settings: [any DeclaredSetting] { get }
  /// Reads the settings of the stage.
  init(_ reader: ObjectReader) throws
  /// The names of the manifest it uses.
  var needs: StageNeeds { get }
  /// Whether files that an interrupted attempt left in the stage's folder may be used again.
  var continuesPartialWork: Bool { get }
  /// Does the work: writes into the context's folder, returns what tables should show.
  func run(_ context: StageContext) throws -> StageResult
}

extension Stage {
  /// Most stages start again.
  package var continuesPartialWork: Bool { false }
}

/// Names that a stage uses.
package struct StageNeeds: Sendable, Equatable {
  /// Plugins.
  package var plugins: [String]
  /// Task sets.
  package var tasks: [String]
  /// Stages whose records it reads.
  package var stages: [String]
  /// Plugins or stages that give a model.
  package var models: [String]
  /// Those of the plugins that only judge what is sampled, by the setting that names each: a stage that differs from an
  /// earlier one in nothing else may take its samples.
  package var judges: [String: String]

  /// Names that a stage uses.
  package init(
    plugins: [String] = [], tasks: [String] = [], stages: [String] = [], models: [String] = [],
    judges: [String: String] = [:]
  ) {
    self.plugins = plugins
    self.tasks = tasks
    self.stages = stages
    self.models = models
    self.judges = judges
  }
}

/// What a stage leaves beside its files.
package struct StageResult: Sendable {
  /// Figures for tables and the journal.
  package var summary: JSON.Members
  /// The plugin whose checkpoint the stage wrote into "checkpoint"; nil: none.
  package var modelPlugin: String?

  /// A result.
  package init(summary: JSON.Members, modelPlugin: String? = nil) {
    self.summary = summary
    self.modelPlugin = modelPlugin
  }
}

/// Plugins by their name in the manifest.
package protocol RoleProvider: AnyObject {
  /// Digest of the plugin's file, and its id and version, for keys and lineage. The same answer until the next
  /// ``stageBegins()``.
  func identity(of name: String) throws -> PluginIdentity
  /// The descriptor in the plugin's file; its options are not looked at.
  func description(of name: String) throws -> RunRecord.Plugin
  /// From now on strategies and rewards that were rebuilt are the new ones.
  func stageBegins()
  /// A fresh instance.
  func strategy(_ name: String) throws -> any Strategy
  /// A fresh instance.
  func reward(_ name: String) throws -> any Reward
  /// A fresh instance.
  func taskSource(_ name: String) throws -> any TaskSource
  /// A fresh instance.
  func model(_ name: String) throws -> any LanguageModel
}

/// Which plugin exactly.
package struct PluginIdentity: Sendable, Equatable {
  /// The plugin's id.
  package var id: String
  /// Its version.
  package var version: String
  /// Of its file.
  package var sha256: String
  /// Digests of the files and folders that its options name, by option.
  package var inputs: [String: String]
  /// Digest of the plugin's descriptor, such as its options' defaults.
  package var description: String

  /// An identity.
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
  /// In the manifest.
  package var name: String
  /// What `kind` says.
  package var kind: String
  /// Content address.
  package var key: String
  /// Where its files are.
  package var folder: String
  /// What it left.
  package var result: StageResult
  /// stage.json.
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

/// A model in the hands of a stage.
package struct LoadedModel {
  /// The instance.
  package var model: any LanguageModel
  /// The manifest's plugin.
  package var plugin: String
  /// What lineage calls it: the stage's key, or the plugin.
  package var origin: String
}

/// A task set in the hands of a stage.
package struct TaskSet {
  /// In order.
  package var tasks: [Task]
  /// What can demonstrate them; nil for tasks from files.
  package var source: (any TaskSource)?
  /// What a report says of them.
  package var description: TaskSetRecord
}

/// What a stage works with.
package final class StageContext {
  /// The stage's name in the manifest.
  package let name: String
  /// Content address.
  package let key: String
  /// Where its files go; becomes the stage's folder when the stage is done.
  package let folder: String
  /// Randomness of this stage.
  package let random: Randomness
  /// The run's.
  package let template: PromptTemplate
  /// The run's.
  package let maxUnscored: Double
  /// Plugins by name.
  package let roles: any RoleProvider
  /// Metrics, progress, warnings.
  package let observer: any StageObserver
  /// What a training of this stage resumes from when it was interrupted.
  package var progress: StageProgress {
    StageProgress(folder: folder, observer: observer, minutes: manifest.checkpointMinutes)
  }
  private let manifest: Manifest
  private let finished: [String: FinishedStage]
  /// Digests of the files of task sets, as the stage's key has them.
  private let taskFiles: [String: String]
  /// The folder of a finished stage that sampled the same and judged by others; nil when there is none.
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

  /// The error that stops a stage in which too many rows have no verdict.
  ///
  /// - Parameter records: the shards in which each row says why.
  package func tooManyUnscored(_ what: String, _ reasons: UnscoredReasons, records: String) -> PolyaError {
    PolyaError(
      .run, what + reasons.sentence, at: "stages.\(name)",
      hint:
        "each row says why in \(folder)/\(records)-*.jsonl.zst (polya data head); mend the plugin, or raise "
        + "run.max-unscored (\(maxUnscored))")
  }

  /// The id of a record of this stage.
  package func recordID(_ number: Int) -> String { Self.recordID(number, key: key) }

  /// The id of a record of a stage.
  package static func recordID(_ number: Int, key: String) -> String { "\(key.prefix(12)):\(number)" }

  /// A stage this one needs.
  package func stage(_ name: String) throws -> FinishedStage {
    guard let stage = finished[name] else { preconditionFailure("'\(name)' is not among the stage's needs") }
    return stage
  }

  /// A task set by name.
  package func taskSet(_ name: String) throws -> TaskSet {
    guard let entry = manifest.tasks.first(where: { $0.name == name })?.tasks else {
      preconditionFailure("'\(name)' is not among the stage's needs")
    }
    let set = try entry.load(folder: manifest.folder, roles: roles, name: name)
    guard case .file(let path, _, _, _, _) = entry, let expected = taskFiles[name] else { return set }
    // What was read is what the key is of.
    guard try FileBytes.digest(of: Folder.resolve(path, in: manifest.folder)).sha256 == expected else {
      throw PolyaError(
        .file, "was written again while the run went on", at: "tasks.\(name), \(path)",
        hint: "run the same command again: what depends on it is done anew")
    }
    return set
  }

  /// A model by the name of a plugin (untrained, or as its options say) or of a stage (its checkpoint).
  package func model(_ name: String) throws -> LoadedModel {
    guard let stage = finished[name] else {
      return LoadedModel(model: try roles.model(name), plugin: name, origin: "plugin \(name)")
    }
    guard let plugin = stage.result.modelPlugin else {
      throw PolyaError(
        .configuration, "the stage '\(name)' (\(stage.kind)) makes no model", at: "stages.\(self.name)",
        hint: "name a train or reinforce stage, or a model plugin")
    }
    let model = try roles.model(plugin)
    try model.load(from: stage.folder + "/checkpoint")
    return LoadedModel(model: model, plugin: plugin, origin: stage.key)
  }

  /// Stores a model as the stage's checkpoint.
  package func save(_ model: any LanguageModel) throws {
    let aside = folder + "/.checkpoint"
    try Durable.remove(aside)
    try Folder.create(aside)
    try model.save(to: aside)
    try Durable.commit(aside, as: folder + "/checkpoint")
  }
}
