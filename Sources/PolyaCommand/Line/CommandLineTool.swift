internal import Glibc
internal import PolyaCore
internal import PolyaHost

/// The `polya` command.
package enum CommandLineTool {
  static var verbs: [any Verb.Type] {
    [
      RunVerb.self, MergeVerb.self, PlanVerb.self, TryVerb.self, DoctorVerb.self, ReportVerb.self,
      WhyVerb.self, CompareVerb.self, PowerVerb.self, ExportVerb.self, WatchVerb.self,
      PluginListVerb.self,
      PluginDescribeVerb.self, PluginHelpVerb.self, PluginNewVerb.self, PluginCheckVerb.self,
      PluginLockVerb.self, PluginReplayVerb.self, ExplainVerb.self, SchemaVerb.self, RewardScoreVerb.self,
      RewardExplainVerb.self,
      StrategyTryVerb.self, TasksShowVerb.self, ModelInfoVerb.self, ModelGenerateVerb.self,
      ModelScoreVerb.self, ModelTokenizeVerb.self, DataStatsVerb.self, DataHeadVerb.self,
      DataConvertVerb.self, DataVerifyVerb.self, BenchVerb.self, ServeVerb.self,
      CompletionsVerb.self,
    ]
  }

  /// Runs the command line of the process and exits with 0 (done), 1 (failed), 2 (usage or configuration), 3
  /// (a plugin cannot be loaded or misbehaves), or 130 (interrupted).
  package static func main() -> Never {
    StandardStreams.open()
    let environment = CommandEnvironment()
    // Closed pipes are handled as write errors; the signal would end the process in the middle of a file.
    signal(SIGPIPE, SIG_IGN)
    // The same applies to files that reach the size limit.
    signal(SIGXFSZ, SIG_IGN)
    let asJSON = CommandLine.arguments.dropFirst().prefix { $0 != "--" }.contains("--json")
    do {
      try PluginHost.protectProcess()
      let words = try StandardStreams.words()
      try ResourceLimits.check()
      // A plugin under check must find a single thread and no handlers; the parent process decides when to
      // end it.
      if !words.contains("--in-process") { EndingSignal.watch(SIGINT, environment.stop, exitCode: 130) }
      try dispatch(words, environment)
      environment.finish()
      try Console.finish()
      exit(0)
    } catch is Console.ReaderGone {
      StandardStreams.endAsOthersDo()
    } catch {
      environment.finish()
      Console.failure(error, asJSON: asJSON)
      exit(exitCode(of: error))
    }
  }

  private static func exitCode(of error: any Error) -> Int32 {
    switch (error as? PolyaError)?.code {
    case .configuration: 2
    case .plugin: 3
    case .interrupted: 130
    case .file, .corrupt, .run, nil: 1
    }
  }

  private static func dispatch(_ words: [String], _ environment: CommandEnvironment) throws {
    guard let first = words.first, !["--help", "-h"].contains(first) else {
      return try Console.out(Help.overview)
    }
    if ["--version", "-V"].contains(first) { return try Console.out("polya \(HostVersion.text)") }
    if first == "help" {
      let asked = words.dropFirst().filter { !["--help", "-h"].contains($0) }
      return try Console.out(try Help.text(for: Array(asked)))
    }
    for count in [2, 1] where words.count >= count {
      let name = words.prefix(count).joined(separator: " ")
      guard let verb = verbs.first(where: { $0.name == name }) else { continue }
      let rest = Array(words.dropFirst(count))
      if Help.isWanted(rest) { return try Console.out(try Help.text(for: Array(words.prefix(count)))) }
      var arguments = try Arguments(rest, of: verb)
      return try verb.run(&arguments, environment)
    }
    if words.count == 1 || ["--help", "-h"].contains(words[1]), let group = Help.group(first) {
      return try Console.out(group)
    }
    throw unknown(words)
  }

  /// Returns the error for an unknown command.
  static func unknown(_ words: [String]) -> PolyaError {
    let known = verbs.map { $0.name }
    let first = words.first ?? ""
    let group = known.filter { $0.hasPrefix(first + " ") }
    let name = words.prefix(group.isEmpty ? 1 : 2).joined(separator: " ")
    return PolyaError(
      .configuration, "there is no command '\(name)'",
      hint: Suggestion.nearest(to: name, among: known) == nil && group.isEmpty
        ? "polya --help lists the commands" : Suggestion.hint(for: name, among: group.isEmpty ? known : group)
    )
  }
}
