internal import PolyaCore
internal import PolyaRecords

/// Computes the keys of stages. A key changes exactly when something that the stage's result depends on
/// changes.
struct StageKeys {
  private let manifest: Manifest
  private let roles: any RoleProvider
  private let version: String
  private var keys: [String: String]
  private let files: VerifiedFiles
  /// The digests of the task sets' files, by the name of the task set.
  private(set) var taskFiles: [String: String] = [:]

  /// Creates a calculator of keys.
  ///
  /// - Parameters:
  ///  - files: Caches the digests of files.
  ///  - known: The keys of stages that are already determined.
  init(
    _ manifest: Manifest, roles: any RoleProvider, version: String, files: VerifiedFiles,
    known: [String: String]
  ) {
    self.files = files
    self.manifest = manifest
    self.roles = roles
    self.version = version
    keys = known
  }

  /// Returns the key of a stage. The keys of the stages it needs must have been requested before.
  mutating func key(of name: String) throws -> String {
    if let key = keys[name] { return key }
    let key = try digest(of: name, judged: true)
    keys[name] = key
    return key
  }

  /// Returns a hash of what the stage's samples depend on: its key without the plugins that only judge them.
  /// nil if the stage has no such plugins.
  mutating func samplesKey(of name: String) throws -> String? {
    let isJudged = manifest.stages.first { $0.name == name }?.stage.stage.needs.judges.isEmpty == false
    return isJudged ? try digest(of: name, judged: false) : nil
  }

  private mutating func digest(of name: String, judged: Bool) throws -> String {
    guard let entry = manifest.stages.first(where: { $0.name == name })?.stage else {
      preconditionFailure("no stage '\(name)'")
    }
    let needs = entry.stage.needs
    var plugins = manifest.plugins(of: needs)
    var inputs: JSON.Members = [:]
    for input in needs.stages + needs.models {
      if let key = keys[input] { inputs[input] = .string(key) } else { plugins.append(input) }
    }
    var tasks: JSON.Members = [:]
    for set in needs.tasks {
      let entry = try description(ofTasks: set)
      tasks[set] = entry.json
      if let plugin = entry.plugin { plugins.append(plugin) }
    }
    var used: JSON.Members = [:]
    let left = judged ? [:] : needs.judges
    let judges = Set(left.values.flatMap { manifest.rewards($0) })
    for plugin in Set(plugins).sorted() where !judges.contains(plugin) {
      used[plugin] = try description(ofPlugin: plugin)
    }
    var template: JSON.Members = [:]
    if needs.template.contains(.prompt) { template["prompt"] = .string(manifest.template.prompt) }
    if needs.template.contains(.target) { template["target"] = .string(manifest.template.target) }
    var content: JSON.Members = [
      "kind": .string(entry.kind), "settings": Self.settings(entry.settings, without: left),
      "run_seed": JSON(manifest.seed), "template": .object(template),
      "max_unscored": JSON(manifest.maxUnscored), "inputs": .object(inputs), "tasks": .object(tasks),
      "plugins": .object(used), "polya": .string(version),
    ]
    let panels = manifest.panels(of: needs).filter { panel in !left.values.contains(panel.key) }
    if !panels.isEmpty { content["panels"] = .object(JSON.Members(panels.map { ($0.key, $0.value) })) }
    return SHA256.hex(of: JSON.object(content).compact.utf8)
  }

  private static func settings(_ settings: JSON, without left: [String: String]) -> JSON {
    guard case .object(let members) = settings else { return settings }
    return .object(JSON.Members(members.filter { left[$0.key] == nil }.map { ($0.key, $0.value) }))
  }

  private func description(ofPlugin name: String) throws -> JSON {
    guard let entry = manifest.plugins.first(where: { $0.name == name })?.plugin else {
      preconditionFailure("no plugin '\(name)'")
    }
    let identity = try roles.identity(of: name)
    let inputs = identity.inputs.keys.sorted().map { ($0, JSON.string(identity.inputs[$0] ?? "")) }
    return [
      "sha256": .string(identity.sha256),
      "options": .object(
        JSON.Members(entry.options.filter { !TokenPrices.keys.contains($0.key) }.map { ($0.key, $0.value) })),
      "inputs": .object(JSON.Members(inputs)), "description": .string(identity.description),
    ]
  }

  private mutating func description(ofTasks name: String) throws -> (json: JSON, plugin: String?) {
    guard let entry = manifest.tasks.first(where: { $0.name == name })?.tasks else {
      preconditionFailure("no task set '\(name)'")
    }
    switch entry {
    case .source(let plugin, let split, let first, let count, let seed):
      return (
        [
          "from": .string(plugin), "split": .string(split), "first": JSON(first), "count": JSON(count),
          "seed": JSON(seed),
        ],
        plugin
      )
    case .file(let path, let format, let fields, let first, let count):
      let file = Folder.resolve(path, in: manifest.folder)
      let digest = try files.digest(of: file)
      taskFiles[name] = digest
      let mapping = fields.keys.sorted().map { JSON.string("\($0)=\(fields[$0] ?? "")") }
      return (
        [
          "sha256": .string(digest), "format": .string(format.rawValue), "fields": .array(mapping),
          "first": JSON(first),
          "count": count.map { JSON($0) } ?? .null,
        ], nil
      )
    }
  }
}
