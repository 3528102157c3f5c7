internal import PolyaCore
internal import PolyaHost
internal import PolyaPipeline

enum DoctorVerb: Verb {
  static let name = "doctor"
  static let operands = "[MANIFEST]"
  static let options: [any DeclaredOption] = [CommonOptions.set] + CommonOptions.host
  static let summary =
    "Check the installation, or a manifest, by creating each plugin once and opening each task set."
  static let details =
    "All plugins are created out of process, even those that a run would create in the host. Nothing is sampled or "
    + "trained. All problems are shown. The exit code is 2 or 3 if there are any."

  static func run(_ arguments: inout Arguments, _ environment: CommandEnvironment) throws {
    let asJSON = try arguments.read(CommonOptions.json)
    let overrides = try arguments.read(CommonOptions.set)
    let host = try environment.host(&arguments)
    let file = try arguments.optionalPositional()
    try arguments.finish()
    guard let file else { return try checkInstallation(host, environment, asJSON: asJSON) }
    let folder = try environment.workingFolder()
    let problems = Problems()
    let manifest = try Manifest.read(
      file: Folder.resolve(file, in: folder), kinds: StageKinds.all, overrides: overrides,
      problems: problems)
    let findings = try Examination(manifest, HostRoles(manifest, host: host), problems).findings()
    if asJSON {
      try Console.out(findings.json(problems.found, missingSandbox: host.missingSandbox))
    } else {
      problems.found.forEach { Console.message("polya: \($0)") }
    }
    guard let worst = problems.found.first(where: { $0.code == .plugin }) ?? problems.found.first else {
      return asJSON ? () : try show(findings, manifest, host)
    }
    let count = problems.found.count
    throw PolyaError(worst.code, "\(count) problem\(count == 1 ? "" : "s") found", at: file)
  }

  private static func show(_ findings: Findings, _ manifest: Manifest, _ host: PluginHost) throws {
    try Console.out(
      "'\(manifest.name)': \(manifest.plugins.count) plugins, \(manifest.stages.count) stages: no problems found"
    )
    let rows = findings.plugins.map { [$0.name, $0.id, $0.version, $0.placement] }
    if !rows.isEmpty {
      try Console.out(Table.lines([["PLUGIN", "ID", "VERSION", "RUNS"]] + rows).joined(separator: "\n"))
    }
    for plugin in findings.plugins {
      guard let model = plugin.model else { continue }
      try Console.out("\(plugin.name): \(model.line)")
    }
    if let missing = host.missingSandbox {
      Console.message("warning: plugins out of process do not run in namespaces: \(missing)")
    }
  }

  private static func checkInstallation(
    _ host: PluginHost, _ environment: CommandEnvironment, asJSON: Bool
  ) throws {
    let (plugins, failures) = try host.list()
    let twice = Dictionary(grouping: plugins, by: \.id).filter { $0.value.count > 1 }.keys.sorted()
    if asJSON {
      try Console.out([
        "polya": .string("\(HostVersion.text)"), "cores": JSON(environment.cores),
        "plugins": .array(plugins.map { .string($0.id) }), "ambiguous": .array(twice.map { .string($0) }),
        "missing_sandbox": host.missingSandbox.map { .string($0) } ?? .null,
        "control_groups": .bool(host.hasControlGroups), "problems": .array(failures.map(\.json)),
      ])
    } else {
      try Console.out("polya \(HostVersion.text), \(environment.cores) cores, \(plugins.count) plugins")
      let sandbox = host.missingSandbox.map { "not in namespaces: \($0)" }
      let memory = host.hasControlGroups ? "total memory limited" : "memory limited per process"
      try Console.out(
        "plugin processes: \(sandbox ?? "in their own namespaces (bubblewrap)"), \(memory)")
      for id in twice {
        Console.message("polya: '\(id)' exists more than once; the first on the search path is used")
      }
      failures.forEach { Console.message("polya: \($0)") }
    }
    if let first = failures.first { throw first }
  }
}

/// What the doctor finds in a valid manifest.
private struct Findings {
  struct Plugin {
    let name, id, version, sha256, placement: String
    let model: ModelInfo?
  }
  struct TaskSet {
    let name: String
    let count: Int
  }

  var plugins: [Plugin] = []
  var tasks: [TaskSet] = []

  func json(_ problems: [PolyaError], missingSandbox: String?) -> JSON {
    [
      "plugins": .array(
        plugins.map {
          [
            "name": .string($0.name), "id": .string($0.id), "version": .string($0.version),
            "sha256": .string($0.sha256), "runs": .string($0.placement),
            "model": $0.model?.json ?? .null,
          ]
        }),
      "tasks": .array(tasks.map { ["name": .string($0.name), "count": JSON($0.count)] }),
      "missing_sandbox": missingSandbox.map { .string($0) } ?? .null,
      "problems": .array(problems.map(\.json)),
    ]
  }
}

/// Finds all problems of a manifest at once, without running plugin code in this process.
private struct Examination {
  private let manifest: Manifest
  private let roles: HostRoles
  private let problems: Problems

  init(_ manifest: Manifest, _ roles: HostRoles, _ problems: Problems) {
    self.manifest = manifest
    self.roles = roles
    self.problems = problems
  }

  func findings() throws -> Findings {
    var findings = Findings()
    var sources: [String: any TaskSource] = [:]
    for (name, _) in manifest.plugins {
      let found = try roles.problems(name)
      found.forEach { problems.add($0) }
      guard found.isEmpty, let made = try problems.attempt({ try roles.tryOut(name) }) else { continue }
      sources[name] = made.source
      findings.plugins.append(
        Findings.Plugin(
          name: name, id: made.plugin.id, version: made.plugin.version, sha256: made.plugin.sha256,
          placement: made.placement, model: made.model))
    }
    for (name, entry) in manifest.tasks {
      if let count = try problems.attempt({ try count(name, entry, sources) }) ?? nil {
        findings.tasks.append(Findings.TaskSet(name: name, count: count))
      }
    }
    // Entries with problems are left out of the manifest, so references to them would be reported as missing.
    guard problems.found.isEmpty else { return findings }
    for stage in manifest.stages {
      try problems.attempt {
        let pipeline = try Pipeline(
          manifest, folder: RunFolder("."), roles: roles, version: "\(HostVersion.text)")
        try pipeline.checkKinds(of: [stage.name])
      }
    }
    return findings
  }

  /// Returns the number of tasks in a task set, or nil if its plugin has a problem itself.
  private func count(_ name: String, _ entry: TaskSetEntry, _ sources: [String: any TaskSource]) throws
    -> Int?
  {
    guard case .source(let plugin, let split, let first, let count, let seed) = entry else {
      return try entry.load(folder: manifest.folder, roles: roles, name: name).tasks.count
    }
    guard let source = sources[plugin] else { return nil }
    let place = "tasks.\(name)"
    guard let known = source.splits.first(where: { $0.name == split }) else {
      throw PolyaError(
        .configuration, "'\(plugin)' has no split '\(split)'", at: place,
        hint: Suggestion.hint(for: split, among: source.splits.map(\.name)))
    }
    if let most = known.count, first + count > most {
      throw PolyaError(
        .configuration,
        "the split '\(split)' of '\(plugin)' has \(most) tasks, but \(first + count) are needed",
        at: place,
        hint: "reduce 'first' or 'count'")
    }
    for index in [first, first + count - 1] {
      _ = try source.tasks(split: split, range: index..<index + 1, seed: seed)
    }
    return count
  }
}
