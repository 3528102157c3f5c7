internal import PolyaCore
internal import PolyaHost

enum PluginReplayVerb: Verb {
  static let name = "plugin replay"
  static let summary = "Show a row that crashed a plugin and try it again."
  static let operands = "CRASH-FILE"
  static let details = "  The exit code is 0 if the row now passes and 3 if it fails again."
  private static let inProcess = Option<Bool>(
    "--in-process", "run the plugin in this process, for debugging")
  static let options: [any DeclaredOption] = [inProcess] + CommonOptions.host

  static func run(_ arguments: inout Arguments, _ environment: CommandEnvironment) throws {
    let asJSON = try arguments.read(CommonOptions.json)
    let isolation: Isolation = try arguments.read(inProcess) ? .host : .process
    var settings = try environment.hostSettings(&arguments)
    settings.crashes = nil
    let host = try environment.host(settings)
    let file = try arguments.positional("a saved crash")
    try arguments.finish()
    let saved = try CrashCase(file: file)
    let plugin = try host.find(saved.reference)
    Console.message("\(plugin.id) \(plugin.version), \(plugin.file)")
    if plugin.sha256 != saved.sha256 {
      Console.message(
        "the plugin's file has changed from \(saved.sha256.prefix(12)) to \(plugin.sha256.prefix(12))")
    }
    Console.message("then: \(saved.cause) in '\(saved.function)' on")
    if asJSON { try Console.out(saved.item) } else { try Console.out(pretty: saved.item) }
    Console.message("now: \(try saved.replay(on: host, isolation: isolation))")
  }
}
