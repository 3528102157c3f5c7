internal import PolyaCore
internal import PolyaHost
internal import PolyaPipeline
internal import PolyaReport

enum RunVerb: Verb {
  static let name = "run"
  static let summary = "Run the stages of a manifest that are not up to date."
  static let operands = "MANIFEST|RUN"
  static let details = """
      With --json, the results (results.json of the run) are printed at the end.
      With --shard I/N, one bootstrap or evaluate stage is shared by N processes, on one machine or many: this one writes every
      N-th of its files of records, from the I-th. Once all are written, polya merge combines them into the result that a single
      process would have produced. The stages that it needs must have finished.
      With --replay-step K, a reinforce stage is trained again from its beginning up to step K, aside from the run, and the rollouts and
      metrics of that step are compared with those that the stage recorded.
    """
  static let stage = Option<[String]>("--stage", "NAME", "run only this stage and the stages it needs")
  private static let shard = Option<ShardShare?>(
    "--shard", "I/N", "write only this process's share of the stage's records", standard: "all")
  private static let replayStep = Option<Int?>(
    "--replay-step", "K", "repeat this step of the reinforce stage named by --stage, from 0",
    in: Integers(least: 0))
  static let options: [any DeclaredOption] = [stage, shard, replayStep] + CommonOptions.run

  static func run(_ arguments: inout Arguments, _ environment: CommandEnvironment) throws {
    let asJSON = try arguments.read(CommonOptions.json)
    let targets = try arguments.read(stage)
    let share = try arguments.read(shard)
    let step = try arguments.read(replayStep)
    let session = try RunSession.open(&arguments, environment)
    if let share { return try write(share, of: targets, session, asJSON: asJSON) }
    if let step { return try replay(step, of: targets, session, asJSON: asJSON) }
    try execute(targets, session)
    guard asJSON else { return }
    let results = session.pipeline.folder.file("results.json")
    try Console.out(try JSONParser.parse(try FileBytes.read(results), at: results))
  }

  private static func oneStage(_ targets: [String], for option: String) throws -> String {
    guard targets.count == 1, let stage = targets.first else {
      throw PolyaError(
        .configuration, "\(option) needs one stage", at: "polya run", hint: "add --stage NAME")
    }
    return stage
  }

  private static func write(_ share: ShardShare, of targets: [String], _ session: RunSession, asJSON: Bool)
    throws
  {
    let stage = try oneStage(targets, for: "--shard")
    let observer = ConsoleObserver(title: "\(stage), share \(share)", stop: session.stop)
    let folder = try session.pipeline.write(share, of: stage, observer: observer)
    Console.status("")
    guard asJSON else { return Console.message("share \(share) of '\(stage)' is complete: \(folder)") }
    try Console.out(["stage": .string(stage), "shard": .string("\(share)"), "folder": .string(folder)])
  }

  private static func replay(_ step: Int, of targets: [String], _ session: RunSession, asJSON: Bool) throws {
    let stage = try oneStage(targets, for: "--replay-step")
    let observer = ConsoleObserver(title: "\(stage), up to step \(step)", stop: session.stop)
    let found = try session.pipeline.replay(step, of: stage, observer: observer)
    Console.status("")
    if asJSON {
      try Console.out([
        "stage": .string(stage), "step": JSON(step), "records": JSON(found.records.count),
        "recorded": .bool(found.wasRecorded), "folder": .string(found.folder),
        "differences": .array(found.differences.map { .string($0) }),
      ])
    } else {
      let verdict =
        !found.wasRecorded
        ? "the stage has not recorded this step yet"
        : found.differences.isEmpty ? "all as the stage recorded them" : "not as the stage recorded them"
      try Console.out(
        ([
          "step \(step) of '\(stage)': \(found.records.count) rollouts, \(found.metrics.count) metrics, \(verdict)"
        ]
          + found.differences + [found.folder]).joined(separator: "\n"))
    }
    guard found.differences.isEmpty else {
      throw PolyaError(
        .run, "step \(step) of '\(stage)' is not what the stage recorded", at: found.folder,
        hint: "a plugin whose answers differ from call to call, such as a server, cannot be repeated")
    }
  }

  /// Runs the stages that are not up to date, with a report.
  static func execute(_ targets: [String], _ session: RunSession) throws {
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
