public import PolyaCore

/// A run as the user wrote it, with every key read and every name resolved.
public struct Manifest: Sendable {
  /// The run's name and folder.
  public var name: String
  /// Root of all randomness.
  public var seed: UInt64
  /// How questions and solutions become text.
  public var frame: TextFrame
  /// Share of missing verdicts above which a stage stops.
  public var maximumMissing: Double
  /// By name, in the order written.
  public var plugins: [(name: String, plugin: PluginEntry)]
  /// By name, in the order written.
  public var tasks: [(name: String, tasks: TaskSetEntry)]
  /// By name, in the order written.
  public var stages: [(name: String, stage: StageEntry)]
  /// The folder paths are relative to.
  public var folder: String
  /// What was read, with `--set` applied.
  public var json: JSON

  /// Reads a manifest.
  ///
  /// - Parameters:
  ///   - kinds: what `kind` of a stage may say, and how to read its settings.
  ///   - overrides: "key.path=value" pairs; a value is JSON5, or a text when it is not.
  ///   - folder: what paths are relative to; nil: the file's own folder.
  public static func read(
    file: String, kinds: [String: @Sendable (ObjectReader) throws -> any Stage], overrides: [String] = [],
    folder: String? = nil
  ) throws -> Manifest {
    var json = try JSONParser.parse(try FileBytes.read(file), .json5, at: file)
    for override in overrides { json = try Override.apply(override, to: json) }
    let own = file.lastIndex(of: "/").map { String(file[..<$0]) } ?? "."
    return try Manifest(json, folder: folder ?? own, kinds: kinds)
  }

  init(_ json: JSON, folder: String, kinds: [String: @Sendable (ObjectReader) throws -> any Stage]) throws {
    self.json = json
    self.folder = folder
    let root = try ObjectReader(json, at: "")
    guard try root.required("polya", root.integer("polya")) == 1 else {
      throw PolyaError(.configuration, "this host reads manifests of version 1", at: "polya")
    }
    let run = try root.required("run", root.object("run"))
    name = try run.required("name", run.string("name"))
    guard name.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || "-_.".contains($0)) }),
      name.first != "."
    else {
      throw PolyaError(
        .configuration, "'\(name)' cannot be a folder: use letters, digits, - and _", at: "run.name")
    }
    seed = UInt64(try run.integer("seed", in: 0...Int.max) ?? 0)
    frame = try TextFrame(
      prompt: try run.string("prompt") ?? "Question: {question}\nAnswer:",
      target: try run.string("target") ?? " {solution}")
    maximumMissing = try run.real("maximum-missing", in: 0...1) ?? 0.1
    try run.finish()
    plugins = try Self.entries(root, "plugins") { try PluginEntry($0) }
    tasks = try Self.entries(root, "tasks") { try TaskSetEntry($0) }
    stages = try Self.entries(root, "stages") { try StageEntry($0, kinds: kinds) }
    try root.finish()
    try checkNames()
  }

  private static func entries<T>(_ root: ObjectReader, _ key: String, _ read: (ObjectReader) throws -> T)
    throws
    -> [(String, T)]
  {
    guard let object = try root.object(key) else { return [] }
    let entries = try object.keys.map { name in
      let entry = try object.required(name, object.object(name))
      let value = try read(entry)
      try entry.finish()
      return (name, value)
    }
    try object.finish()
    return entries
  }

  /// Every name a stage or task set uses must exist, and no name may mean two things.
  private func checkNames() throws {
    let pluginNames = plugins.map(\.name)
    let stageNames = stages.map(\.name)
    if let twice = stageNames.first(where: { pluginNames.contains($0) }) {
      throw PolyaError(
        .configuration, "is also the name of a plugin", at: "stages.\(twice)", cure: "rename one of them")
    }
    for (name, set) in tasks {
      guard case .source(let plugin, _, _, _, _) = set, !pluginNames.contains(plugin) else { continue }
      throw unknown(plugin, "plugin", pluginNames, at: "tasks.\(name).from")
    }
    for (name, entry) in stages {
      let needs = entry.stage.needs
      for plugin in needs.plugins where !pluginNames.contains(plugin) {
        throw unknown(plugin, "plugin", pluginNames, at: "stages.\(name)")
      }
      for set in needs.tasks where !tasks.contains(where: { $0.name == set }) {
        throw unknown(set, "task set", tasks.map(\.name), at: "stages.\(name)")
      }
      for stage in needs.stages where !stageNames.contains(stage) {
        throw unknown(stage, "stage", stageNames, at: "stages.\(name)")
      }
      for model in needs.models where !stageNames.contains(model) && !pluginNames.contains(model) {
        throw unknown(model, "stage or plugin", stageNames + pluginNames, at: "stages.\(name)")
      }
    }
  }

  private func unknown(_ name: String, _ what: String, _ known: [String], at place: String) -> PolyaError {
    PolyaError(
      .configuration, "there is no \(what) '\(name)'", at: place,
      cure: Suggestion.cure(for: name, among: known))
  }
}

/// An entry of `plugins`.
public struct PluginEntry: Sendable, Equatable {
  /// An id or a path.
  public var use: String
  /// The digest its file must have.
  public var sha256: String?
  /// Checked by the host against the plugin's own descriptors.
  public var options: JSON.Members
  /// Where the plugin runs: "host" or "process"; nil: as its trust and traits say.
  public var isolation: PluginIsolation?
  /// Seconds without a finished row after which a call is ended; nil: as the host thinks fit.
  public var deadline: Double?
  /// Bytes of memory of a plugin in a process of its own; nil: as the host thinks fit.
  public var memory: Int?

  init(_ reader: ObjectReader) throws {
    use = try reader.required("use", reader.string("use"))
    sha256 = try reader.string("sha256")
    isolation = try reader.choice("isolation", PluginIsolation.self)
    deadline = try reader.real("deadline", in: 0.001...1e6)
    memory = try reader.integer("memory", in: 1 << 20 ... 1 << 50)
    guard case .object(let members) = reader.value("options") ?? [:] else {
      throw PolyaError(.configuration, "must be an object", at: reader.place("options"))
    }
    options = members
  }
}

/// What `isolation` of a plugin may say.
public enum PluginIsolation: String, CaseIterable, Sendable {
  case host, process
}

/// An entry of `tasks`.
public enum TaskSetEntry: Sendable, Equatable {
  /// Of a tasks plugin.
  case source(plugin: String, split: String, first: Int, count: Int, seed: UInt64)
  /// Of a file; `count` nil: all.
  case file(path: String, format: String, fields: [String: String], first: Int, count: Int?)

  init(_ reader: ObjectReader) throws {
    let first = try reader.integer("first") ?? 0
    let count = try reader.integer("count", in: 1...Int(Int32.max))
    if let plugin = try reader.string("from") {
      self = .source(
        plugin: plugin, split: try reader.required("split", reader.string("split")), first: first,
        count: try reader.required("count", count), seed: UInt64(try reader.integer("seed") ?? 0))
      return
    }
    let path = try reader.required("path", reader.string("path"))
    let format = try reader.required("format", reader.choice("format", TaskFormatName.self))
    var fields: [String: String] = [:]
    if format == .jsonl {
      let mapping = try reader.required("fields", reader.object("fields"))
      for key in ["question", "reference", "reference-kind"] { fields[key] = try mapping.string(key) }
      guard fields["question"] != nil, fields["reference"] != nil else {
        throw PolyaError(
          .configuration, "must name the fields of 'question' and 'reference'", at: mapping.path)
      }
      try mapping.finish()
    }
    self = .file(path: path, format: format.rawValue, fields: fields, first: first, count: count)
  }
}

enum TaskFormatName: String, CaseIterable {
  case gsm8k, math, jsonl
}

/// An entry of `stages`.
public struct StageEntry: Sendable {
  /// What `kind` says.
  public var kind: String
  /// The settings as written, for the stage's key.
  public var settings: JSON
  /// Distinguishes repetitions of one stage.
  public var seed: UInt64
  /// The typed stage.
  public var stage: any Stage

  init(_ reader: ObjectReader, kinds: [String: @Sendable (ObjectReader) throws -> any Stage]) throws {
    kind = try reader.required("kind", reader.string("kind"))
    guard let read = kinds[kind] else {
      throw PolyaError(
        .configuration, "there is no kind of stage '\(kind)'", at: reader.path,
        cure: Suggestion.cure(for: kind, among: kinds.keys.sorted()))
    }
    seed = UInt64(try reader.integer("seed") ?? 0)
    stage = try read(reader)
    settings = reader.json
  }
}
