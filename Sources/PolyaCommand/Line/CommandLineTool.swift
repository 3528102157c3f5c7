internal import Dispatch
internal import Glibc
internal import PolyaCore
internal import PolyaHost

/// A verb of the command line.
protocol Verb {
  /// Two words at most: "plugin list".
  static var name: String { get }
  /// The line after "polya NAME" in the help.
  static var usage: String { get }
  /// One sentence.
  static var summary: String { get }
  /// Reads all arguments, then works.
  static func run(_ arguments: inout Arguments, _ environment: CommandEnvironment) throws
}

/// The `polya` command.
public enum CommandLineTool {
  static var verbs: [any Verb.Type] {
    [
      RunVerb.self, PlanVerb.self, DoctorVerb.self, ReportVerb.self, WhyVerb.self, PluginListVerb.self,
      PluginDescribeVerb.self, PluginHelpVerb.self, PluginNewVerb.self, PluginCheckVerb.self,
      PluginLockVerb.self,
      PluginReplayVerb.self,
      SchemaVerb.self, RewardScoreVerb.self, StrategyTryVerb.self,
      ModelInfoVerb.self,
      ModelGenerateVerb.self, ModelScoreVerb.self, ModelTokenizeVerb.self, DataStatsVerb.self,
      DataHeadVerb.self, DataConvertVerb.self, DataVerifyVerb.self,
      BenchVerb.self,
    ]
  }

  /// Runs the command line of the process and ends it: 0 done, 1 failed, 2 usage or configuration, 3 a plugin
  /// cannot be loaded or misbehaves, 130 interrupted.
  public static func main() -> Never {
    let environment = CommandEnvironment()
    let words = Array(CommandLine.arguments.dropFirst())
    // Output into a closed pipe is an error to report, not a reason to die.
    signal(SIGPIPE, SIG_IGN)
    // So is a file that may not grow further.
    signal(SIGXFSZ, SIG_IGN)
    // A plugin under check meets one thread, and no handler of ours; its parent decides when it ends.
    if !words.contains("--in-process") { Interrupt.watch(environment.stop) }
    do {
      try PluginHost.protectProcess()
      try dispatch(words, environment)
      exit(0)
    } catch let error as PolyaError {
      Console.message("polya: \(error)")
      exit(exitCode(of: error.code))
    } catch {
      Console.message("polya: \(error)")
      exit(1)
    }
  }

  private static func exitCode(of code: PolyaError.Code) -> Int32 {
    switch code {
    case .configuration: 2
    case .plugin: 3
    case .interrupted: 130
    case .file, .corrupt, .run: 1
    }
  }

  private static func dispatch(_ words: [String], _ environment: CommandEnvironment) throws {
    guard let first = words.first, first != "--help", first != "-h" else { return Console.out(Help.overview) }
    if first == "--version" { return Console.out("polya \(HostVersion.text)") }
    if first == "help" { return Console.out(try Help.text(for: Array(words.dropFirst()))) }
    for count in [2, 1] where words.count >= count {
      let name = words.prefix(count).joined(separator: " ")
      guard let verb = verbs.first(where: { $0.name == name }) else { continue }
      if words.contains("--help") { return Console.out(try Help.text(for: Array(words.prefix(count)))) }
      var arguments = Arguments(Array(words.dropFirst(count)), verb: name)
      return try verb.run(&arguments, environment)
    }
    let known = verbs.map { $0.name }
    let name = words.prefix(known.contains { $0.hasPrefix(first + " ") } ? 2 : 1).joined(separator: " ")
    throw PolyaError(
      .configuration, "there is no command '\(name)'", cure: Suggestion.cure(for: name, among: known))
  }
}

/// Turns the first Ctrl-C into a request; the second ends the process at once.
private enum Interrupt {
  static func watch(_ stop: StopFlag) {
    signal(SIGINT, SIG_IGN)
    // Who started this process may have blocked the signal, and that is inherited.
    var interrupt = sigset_t()
    sigemptyset(&interrupt)
    sigaddset(&interrupt, SIGINT)
    sigprocmask(SIG_UNBLOCK, &interrupt, nil)
    let source = DispatchSource.makeSignalSource(
      signal: SIGINT, queue: DispatchQueue(label: "polya.interrupt"))
    source.setEventHandler {
      // The handler keeps its source, which nobody else does: the main function never returns.
      withExtendedLifetime(source) {
        if stop.isSet { _exit(130) }
        stop.set()
      }
    }
    source.resume()
  }
}
