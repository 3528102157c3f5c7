internal import Glibc
internal import PolyaCore
internal import PolyaHost
internal import PolyaPipeline
internal import PolyaRecords

enum WatchVerb: Verb {
  static let name = "watch"
  static let summary = "Show on one screen how far a run is, until it ends."
  static let operands = "RUN"
  static let details = """
      Only the run's files are read, so that it may run in another process or on another machine that shares the folder; also over ssh.
      Ctrl-C ends the watching, not the run. Where stdout is not a terminal, the screen is printed once; with --json, what
      it says of the stages.
    """
  private static let interval = Option<Double>(
    "--interval", "SECONDS", "how often the files are read", default: 2)
  static let options: [any DeclaredOption] = [interval]

  static func run(_ arguments: inout Arguments, _ environment: CommandEnvironment) throws {
    let asJSON = try arguments.read(CommonOptions.json)
    let seconds = try arguments.read(interval)
    let folder = RunFolder(try arguments.positional("the folder of a run"))
    try arguments.finish()
    guard seconds >= 0.1, seconds <= 3600 else {
      throw PolyaError(.configuration, "must be from 0.1 to 3600 seconds, not \(seconds)", at: "--interval")
    }
    guard !asJSON else { return try Console.out(json(try RunProgress(folder))) }
    var run = WatchedRun(folder)
    guard Console.screen != nil else {
      return try Console.out(
        try run.look(now: Clock.sinceEpoch()).lines(width: 100, height: 60).joined(separator: "\n"))
    }
    var drawn = 0
    while let screen = Console.screen {
      let shown = try run.look(now: Clock.sinceEpoch())
      let lines = shown.lines(width: screen.width, height: screen.height)
      try Console.show(lines, over: min(drawn, screen.height))
      drawn = lines.count
      guard shown.progress.status == .running else { break }
      let start = Clock.seconds()
      while Clock.seconds() - start < seconds, !environment.stop.isSet { usleep(50_000) }
      guard !environment.stop.isSet else { break }
    }
  }

  private static func json(_ progress: RunProgress) -> JSON {
    let (status, reason): (String, JSON) =
      switch progress.status {
      case .running: ("running", .null)
      case .finished: ("finished", .null)
      case .stopped(let reason): ("stopped", .string(reason))
      }
    let stages = progress.stages.map { stage -> JSON in
      let (state, seconds): (String, JSON) =
        switch stage.state {
        case .waiting: ("waiting", .null)
        case .running(let since): ("running", JSON(Clock.sinceEpoch() - since))
        case .finished(let seconds): ("finished", seconds.map { JSON($0) } ?? .null)
        }
      return [
        "name": .string(stage.name), "kind": .string(stage.kind), "state": .string(state), "seconds": seconds,
      ]
    }
    return [
      "run": .string(progress.record.name), "status": .string(status), "reason": reason,
      "stages": .array(stages),
    ]
  }
}
