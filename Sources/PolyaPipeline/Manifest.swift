public import PolyaCore
internal import PolyaRecords

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
  /// Minutes of training that an interruption may cost.
  public var checkpointMinutes: Double
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

  /// What `kind` of a stage may say, and how to read its settings.
  public typealias StageKinds = [String: @Sendable (ObjectReader) throws -> any Stage]

  /// Reads a manifest, with the pins of the lock file beside it.
  ///
  /// - Parameters:
  ///   - overrides: "key.path=value" pairs; a value is JSON5, or a text when it is not.
  ///   - folder: what paths are relative to; nil: the file's own folder.
  ///   - problems: gets everything that is wrong with the content; what is wrong is then left out of the manifest.
  ///     nil: the first problem is thrown.
  public static func read(
    file: String, kinds: StageKinds, overrides: [String] = [], folder: String? = nil,
    problems: Problems? = nil
  ) throws -> Manifest {
    try read(
      file: file, kinds: kinds, overrides: overrides, lock: try LockFile.read(beside: file), folder: folder,
      problems: problems)
  }

  /// As ``read(file:kinds:overrides:folder:problems:)``, with these pins instead of those of the file's lock file.
  public static func read(
    file: String, kinds: StageKinds, overrides: [String] = [], lock: LockFile?, folder: String? = nil,
    problems: Problems? = nil
  ) throws -> Manifest {
    var json = try JSONParser.parse(try FileBytes.read(file), .json5, at: file)
    for override in overrides { json = try Override.apply(override, to: json) }
    // Last, since a plugin that is exchanged on the command line is not the one that was pinned.
    if let lock { json = lock.pinning(json) }
    let own = file.lastIndex(of: "/").map { String(file[..<$0]) } ?? "."
    return try Manifest(json, folder: folder ?? own, kinds: kinds, problems: problems)
  }

  init(_ json: JSON, folder: String, kinds: StageKinds, problems: Problems? = nil) throws {
    self.json = json
    self.folder = folder
    let root = try ObjectReader(json, at: "", problems: problems)
    try Self.attempt(problems) { try Self.checkVersion(root) }
    let run = try Self.attempt(problems) { try RunEntry(try root.required("run", root.object("run"))) }
    name = run?.name ?? ""
    seed = run?.seed ?? 0
    frame = try run?.frame ?? RunEntry.defaultFrame()
    maximumMissing = run?.maximumMissing ?? 0
    checkpointMinutes = run?.checkpointMinutes ?? 0
    let read = SectionReader(root: root, problems: problems)
    plugins = try read.entries("plugins") { try PluginEntry($0) }
    tasks = try read.entries("tasks") { try TaskSetEntry($0) }
    stages = try read.entries("stages") { try StageEntry($0, kinds: kinds) }
    try root.finish()
    let names = ManifestNames(
      plugins: try read.names("plugins"), tasks: try read.names("tasks"), stages: try read.names("stages"))
    for problem in names.problems(self) {
      guard let problems else { throw problem }
      problems.add(problem)
    }
  }

  private static func checkVersion(_ root: ObjectReader) throws {
    guard try root.required("polya", root.integer("polya")) == 1 else {
      throw PolyaError(.configuration, "this host reads manifests of version 1", at: "polya")
    }
  }

  @discardableResult
  static func attempt<T>(_ problems: Problems?, _ body: () throws -> T) throws -> T? {
    guard let problems else { return try body() }
    return try problems.attempt(body)
  }
}

/// The entry `run`.
private struct RunEntry {
  let name: String
  let seed: UInt64
  let frame: TextFrame
  let maximumMissing: Double
  let checkpointMinutes: Double

  init(_ run: ObjectReader) throws {
    let given = try run.string("name")
    seed = UInt64(try run.integer("seed", in: 0...Int.max) ?? 0)
    frame = try Self.defaultFrame(prompt: try run.string("prompt"), target: try run.string("target"))
    maximumMissing = try run.real("maximum-missing", in: 0...1) ?? 0.1
    checkpointMinutes = try run.real("checkpoint-minutes", in: 0...1e6) ?? 5
    try run.finish()
    name = try run.required("name", given)
    try ManifestNames.check(name, at: "run.name")
  }

  static func defaultFrame(prompt: String? = nil, target: String? = nil) throws -> TextFrame {
    try TextFrame(prompt: prompt ?? "Question: {question}\nAnswer:", target: target ?? " {solution}")
  }
}

/// Reads the named entries of a section.
private struct SectionReader {
  let root: ObjectReader
  let problems: Problems?

  func entries<T>(_ key: String, _ read: (ObjectReader) throws -> T) throws -> [(String, T)] {
    let section = try Manifest.attempt(problems) { try root.object(key) } ?? nil
    guard let section else { return [] }
    return try section.keys.compactMap { name in
      try Manifest.attempt(problems) {
        try ManifestNames.check(name, at: "\(key).\(name)")
        let entry = try section.required(name, section.object(name))
        let value = try read(entry)
        try entry.finish()
        return (name, value)
      }
    }
  }

  /// Also of entries that could not be read.
  func names(_ key: String) throws -> [String] {
    guard case .object(let members)? = root.value(key) else { return [] }
    return members.map(\.key)
  }
}

/// An entry of `plugins`.
public struct PluginEntry: Sendable, Equatable {
  /// An id or a path.
  public var use: String
  /// The digest its file must have.
  public var sha256: String?
  /// Digests that the files and folders of its options must have, by option.
  public var inputs: [String: String]
  /// Checked by the host against the plugin's own descriptors.
  public var options: JSON.Members
  /// Where the plugin runs: "host" or "process"; nil: as its trust and traits say.
  public var isolation: PluginIsolation?
  /// Seconds without a finished row after which a call is ended; nil: as the host thinks fit.
  public var deadline: Double?
  /// Bytes of memory of a plugin in a process of its own; nil: as the host thinks fit.
  public var memory: Int?
  /// Folders that a plugin in a process of its own may write to.
  public var writable: [String]

  init(_ reader: ObjectReader) throws {
    use = try reader.required("use", reader.string("use"))
    sha256 = try reader.string("sha256")
    let pins = try reader.object("inputs")
    inputs = try Dictionary(uniqueKeysWithValues: (pins?.keys ?? []).map { ($0, try pins?.string($0) ?? "") })
    try pins?.finish()
    isolation = try reader.choice("isolation", PluginIsolation.self)
    deadline = try reader.real("deadline", in: 0.001...1e6)
    memory = try reader.integer("memory", in: 1 << 20...1 << 50)
    writable = try reader.strings("writable") ?? []
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
    let format = try Self.format(reader)
    var fields: [String: String] = [:]
    if format == .jsonl {
      let mapping = try reader.required("fields", reader.object("fields"))
      for key in TaskFile.fieldKeys { fields[key] = try mapping.string(key) }
      guard fields["question"] != nil, fields["reference"] != nil else {
        throw PolyaError(
          .configuration, "must name the fields of 'question' and 'reference'", at: mapping.path)
      }
      guard fields["reference-kind"] == nil || fields["reference-kind-field"] == nil else {
        throw PolyaError(
          .configuration, "gives both 'reference-kind' and 'reference-kind-field'", at: mapping.path,
          cure: "the first is a kind for all records, the second the field that says it: leave one out")
      }
      try mapping.finish()
    }
    self = .file(path: path, format: format.rawValue, fields: fields, first: first, count: count)
  }

  private static func format(_ reader: ObjectReader) throws -> TaskFile.FormatName {
    let name = try reader.required("format", reader.string("format"))
    do {
      return try TaskFile.FormatName(named: name)
    } catch var error as PolyaError {
      error.place = reader.place("format")
      throw error
    }
  }
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
