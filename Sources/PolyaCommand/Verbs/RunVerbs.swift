internal import PolyaCore
internal import PolyaHost
internal import PolyaPipeline
internal import PolyaReport

enum RunVerb: Verb {
  static let name = "run"
  static let summary = "Run the stages of a manifest that are not up to date."
  static let operands = "MANIFEST|RUN"
  static let details = "  With --json, the results (results.json of the run) are printed at the end."
  static let stage = Option<[String]>("--stage", "NAME", "run only this stage and the stages it needs")
  static let options: [any DeclaredOption] = [stage] + CommonOptions.run

  static func run(_ arguments: inout Arguments, _ environment: CommandEnvironment) throws {
    let asJSON = try arguments.read(CommonOptions.json)
    let targets = try arguments.read(stage)
    let session = try RunSession.open(&arguments, environment)
    let stages = try session.pipeline.plan(targets: targets).steps.count
    let lock = try RunLock(session.pipeline.folder)
    let reporter = RunReporter(session.pipeline.folder, now: Clock.utc)
    let observer = RunObserver(session, reporter: reporter, stages: stages)
    do {
      try session.pipeline.run(targets: targets, observer: observer)
    } catch {
      Console.status("")
      guard lock.isInPlace else {
        throw PolyaError(
          .run, "the run's folder was deleted or moved during the run (\(error))",
          at: session.pipeline.folder.path, hint: "run the same command again")
      }
      reporter.warn("The run stopped: \(error)")
      // Report the original error, even if the report cannot be written.
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
  static let summary = "Show which stages a run would execute and which it would reuse."
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
          $0.isFinished ? "up to date" : $0.damage == nil ? "will run" : "damaged, will run", $0.name,
          $0.kind,
          String($0.key.prefix(12)),
          $0.needs.joined(separator: ", "),
        ]
      }
      try Table.lines([["STATE", "STAGE", "KIND", "KEY", "NEEDS"]] + rows).forEach { try Console.out($0) }
    }
  }
}

enum ReportVerb: Verb {
  static let name = "report"
  static let summary = "Rewrite the report of a run from its folder and print its path."
  static let operands = "MANIFEST|RUN"
  static let options = CommonOptions.run

  static func run(_ arguments: inout Arguments, _ environment: CommandEnvironment) throws {
    let asJSON = try arguments.read(CommonOptions.json)
    let folder = try RunSession.open(&arguments, environment).pipeline.folder
    guard Folder.exists(folder.path) else {
      throw PolyaError(
        .configuration, "there is no run here yet", at: folder.path, hint: "start it with polya run")
    }
    let lock = try RunLock(folder)
    defer { withExtendedLifetime(lock) {} }
    let reporter = RunReporter(folder, now: Clock.utc)
    try reporter.writeAgain()
    guard asJSON else { return try Console.out(path: reporter.path) }
    try Console.out(["report": .string(reporter.path)])
  }
}
