package import PolyaCore
internal import PolyaRecords

/// A run as the user wrote it, with every key read and every name resolved.
package struct Manifest: Sendable {
  /// The name of the run and of its folder.
  package var name: String
  /// The seed of all randomness.
  package var seed: UInt64
  /// The template that turns questions and solutions into text.
  package var template: PromptTemplate
  /// The share of missing verdicts, 0...1, above which a stage stops.
  package var maxUnscored: Double
  /// The minutes of training that an interruption may lose.
  package var checkpointMinutes: Double
  /// The plugins by name, in the order written.
  package var plugins: [(name: String, plugin: PluginEntry)]
  /// The panels of rewards by name, in the order written.
  package var panels: [(name: String, panel: PanelEntry)]
  /// The task sets by name, in the order written.
  package var tasks: [(name: String, tasks: TaskSetEntry)]
  /// The stages by name, in the order written.
  package var stages: [(name: String, stage: StageEntry)]
  /// The folder that paths are relative to.
  package var folder: String
  /// The manifest as read, with overrides and pins applied.
  package var json: JSON

  /// Reads a manifest and adds the pins of its lock file.
  ///
  /// - Parameters:
  ///  - overrides: Pairs "key.path=value"; a value that is not valid JSON5 is a string.
  ///  - folder: The folder that paths are relative to; nil means the file's own folder.
  ///  - problems: Collects everything that is wrong with the content, which is then left out of the manifest.
  ///    If nil, the first problem is thrown.
  package static func read(
    file: String, kinds: [any Stage.Type], overrides: [String] = [], folder: String? = nil,
    problems: Problems? = nil
  ) throws -> Manifest {
    try read(
      file: file, kinds: kinds, overrides: overrides, lock: try LockFile.read(beside: file), folder: folder,
      problems: problems)
  }

  /// Reads a manifest as ``read(file:kinds:overrides:folder:problems:)`` does, but with the given pins
  /// instead of those of its lock file.
  package static func read(
    file: String, kinds: [any Stage.Type], overrides: [String] = [], lock: LockFile?, folder: String? = nil,
    problems: Problems? = nil
  ) throws -> Manifest {
    var json = try JSONParser.parse(try FileBytes.read(file), .json5, at: file)
    for override in overrides { json = try Override.apply(override, to: json) }
    // After the overrides, since a plugin replaced on the command line is not the one that was pinned.
    if let lock { json = lock.pinning(json) }
    let own = file.lastIndex(of: "/").map { String(file[..<$0]) } ?? "."
    return try Manifest(json, folder: folder ?? own, kinds: kinds, problems: problems)
  }

  init(_ json: JSON, folder: String, kinds: [any Stage.Type], problems: Problems? = nil) throws {
    self.json = json
    self.folder = folder
    let root = try ObjectReader(json, at: "", problems: problems)
    try Self.attempt(problems) { try Self.checkVersion(root) }
    let run = try Self.attempt(problems) { try RunEntry(try root.required("run", root.object("run"))) }
    name = run?.name ?? ""
    seed = run?.seed ?? 0
    template = run?.template ?? .standard
    maxUnscored = run?.maxUnscored ?? 0
    checkpointMinutes = run?.checkpointMinutes ?? 0
    let read = SectionReader(root: root, problems: problems)
    plugins = try read.entries("plugins") { try PluginEntry($0) }
    panels = try read.entries("panels") { try PanelEntry($0) }
    tasks = try read.entries("tasks") { try TaskSetEntry($0) }
    stages = try read.entries("stages") { try StageEntry($0, kinds: kinds) }
    try root.finish()
    let names = ManifestNames(
      plugins: try read.names("plugins"), panels: try read.names("panels"), tasks: try read.names("tasks"),
      stages: try read.names("stages"))
    for problem in names.problems(self) {
      guard let problems else { throw problem }
      problems.add(problem)
    }
  }

  private static func checkVersion(_ root: ObjectReader) throws {
    guard try root.required("polya", root.integer("polya")) == 1 else {
      throw PolyaError(.configuration, "this host reads only manifests of version 1", at: "polya")
    }
  }

  @discardableResult
  static func attempt<T>(_ problems: Problems?, _ body: () throws -> T) throws -> T? {
    guard let problems else { return try body() }
    return try problems.attempt(body)
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

  /// Returns the names of all entries, including those that could not be read.
  func names(_ key: String) throws -> [String] {
    guard case .object(let members)? = root.value(key) else { return [] }
    return members.map(\.key)
  }
}
