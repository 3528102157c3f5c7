internal import PolyaCore
internal import PolyaHost
internal import PolyaPipeline
internal import PolyaReport

enum RunVerb: Verb {
  static let name = "run"
  static let summary = "Run a manifest; what is there already is used again."
  static let operands = "MANIFEST|RUN"
  static let details = "  With --json the results (results.json of the run) are printed at the end."
  static let stage = Option<[String]>("--stage", "NAME", "only this stage and what it needs")
  static let options: [any DeclaredOption] = [stage] + CommonOptions.run

  static func run(_ arguments: inout Arguments, _ environment: CommandEnvironment) throws {
    let asJSON = try arguments.read(CommonOptions.json)
    let targets = try arguments.read(stage)
    let session = try RunSession.open(&arguments, environment)
    let stages = try session.pipeline.plan(targets: targets).steps.count
    let lock = try RunLock(session.pipeline.folder)
    let reporter = RunReporter(session, targets: targets)
    let observer = RunObserver(session, reporter: reporter, stages: stages)
    do {
      try session.pipeline.run(targets: targets, observer: observer)
    } catch {
      Console.status("")
      guard lock.isInPlace else {
        throw PolyaError(
          .run, "the run's folder was deleted or moved while the run went on (\(error))",
          at: session.pipeline.folder.path, cure: "run the same command again")
      }
      reporter.warn("The run stopped: \(error)")
      // What stopped the run is the news, also where it stops the report too.
      do { try reporter.write(.failed) } catch let second {
        Console.message("warning: the report could not be written: \(second)")
      }
      throw error
    }
    try reporter.write(.finished)
    Console.message("report: \(reporter.path)")
    guard asJSON else { return }
    let results = session.pipeline.folder.file("results.json")
    try Console.out(try JSONParser.parse(try FileBytes.read(results), at: results))
  }
}

enum PlanVerb: Verb {
  static let name = "plan"
  static let summary = "Say which stages a run would do and which it would use again."
  static let operands = "MANIFEST|RUN"
  static let options: [any DeclaredOption] = [RunVerb.stage] + CommonOptions.run

  static func run(_ arguments: inout Arguments, _ environment: CommandEnvironment) throws {
    let asJSON = try arguments.read(CommonOptions.json)
    let targets = try arguments.read(RunVerb.stage)
    let session = try RunSession.open(&arguments, environment)
    let steps = try session.pipeline.plan(targets: targets).steps
    if asJSON {
      for step in steps {
        try Console.out([
          "stage": .string(step.name), "kind": .string(step.kind), "key": .string(step.key),
          "needs": .array(step.needs.map { .string($0) }), "finished": .bool(step.isFinished),
          "damage": step.damage.map { .string($0) } ?? .null,
        ])
      }
    } else {
      for step in steps {
        if let damage = step.damage { Console.message("warning: stage '\(step.name)': \(damage)") }
      }
      let rows = steps.map {
        [
          $0.isFinished ? "there" : $0.damage == nil ? "to do" : "damaged", $0.name, $0.kind,
          String($0.key.prefix(12)),
          $0.needs.joined(separator: ", "),
        ]
      }
      try Table.lines([["STATE", "STAGE", "KIND", "KEY", "NEEDS"]] + rows).forEach { try Console.out($0) }
    }
  }
}

enum DoctorVerb: Verb {
  static let name = "doctor"
  static let operands = "[MANIFEST]"
  static let options: [any DeclaredOption] = [CommonOptions.set] + CommonOptions.host
  static let summary = "Check the installation, or everything a manifest names, without running anything."

  static func run(_ arguments: inout Arguments, _ environment: CommandEnvironment) throws {
    _ = arguments.flag("--json")
    let overrides = try arguments.values("--set")
    let host = try environment.host(&arguments)
    let file = try arguments.optionalPositional()
    try arguments.finish()
    guard let file else { return try checkInstallation(host, environment) }
    let folder = try environment.workingFolder()
    let found = Problems()
    let manifest = try Manifest.read(
      file: file.hasPrefix("/") ? file : folder + "/" + file, kinds: StageKinds.all, overrides: overrides,
      problems: found)
    try check(manifest, HostRoles(manifest, host: host), found)
    let problems = found.found
    problems.forEach { Console.message("polya: \($0)") }
    guard let worst = problems.first(where: { $0.code == .plugin }) ?? problems.first else {
      return try Console.out(
        "'\(manifest.name)': \(manifest.plugins.count) plugins, \(manifest.stages.count) stages: no problem found"
      )
    }
    throw PolyaError(worst.code, "\(problems.count) problem\(problems.count == 1 ? "" : "s") found", at: file)
  }

  private static func checkInstallation(_ host: PluginHost, _ environment: CommandEnvironment) throws {
    let (plugins, failures) = try host.list()
    try Console.out("polya \(HostVersion.text), \(environment.cores) cores, \(plugins.count) plugins")
    for (id, count) in Dictionary(grouping: plugins, by: \.id).mapValues(\.count).sorted(by: {
      $0.key < $1.key
    })
    where count > 1 {
      Console.message("polya: \(count) plugins are called '\(id)': the first on the path is used")
    }
    guard let first = failures.first else { return }
    failures.forEach { Console.message("polya: \($0)") }
    throw first
  }

  /// Every problem at once, not only the first. No plugin's code runs in this process.
  private static func check(_ manifest: Manifest, _ roles: HostRoles, _ problems: Problems) throws {
    for (name, _) in manifest.plugins { try roles.problems(name).forEach { problems.add($0) } }
    for (name, entry) in manifest.tasks {
      guard case .file(let path, _, _, _, _) = entry else { continue }
      let file = path.hasPrefix("/") ? path : manifest.folder + "/" + path
      do { _ = try FileBytes.read(file) } catch let error as PolyaError {
        problems.add(
          PolyaError(error.code, error.message, at: "tasks.\(name), \(path)", cure: error.cure))
      }
    }
    // What is left out of the manifest would only be reported as missing again.
    guard problems.found.isEmpty else { return }
    _ = try problems.attempt {
      try Pipeline(manifest, folder: RunFolder("."), roles: roles, version: "\(HostVersion.text)")
    }
  }
}

enum ReportVerb: Verb {
  static let name = "report"
  static let summary = "Write the report of a run again from its folder and print its path."
  static let operands = "MANIFEST|RUN"
  static let options = CommonOptions.run

  static func run(_ arguments: inout Arguments, _ environment: CommandEnvironment) throws {
    let asJSON = try arguments.read(CommonOptions.json)
    let session = try RunSession.open(&arguments, environment)
    let steps = try session.pipeline.plan().steps
    guard Folder.exists(session.pipeline.folder.path) else {
      throw PolyaError(
        .configuration, "there is no run yet", at: session.pipeline.folder.path, cure: "polya run")
    }
    let lock = try RunLock(session.pipeline.folder)
    defer { withExtendedLifetime(lock) {} }
    let reporter = RunReporter(session, targets: [])
    for event in try session.pipeline.folder.journal() where event["event"] == "stage finished" {
      guard let name = event["stage"]?.string, steps.contains(where: { $0.key == event["key"]?.string })
      else {
        continue
      }
      reporter.note(name, .finished, seconds: event["seconds"]?.real)
    }
    try reporter.write(steps.allSatisfy(\.isFinished) ? .finished : .failed)
    guard asJSON else { return try Console.out(path: reporter.path) }
    try Console.out(["report": .string(reporter.path)])
  }
}
