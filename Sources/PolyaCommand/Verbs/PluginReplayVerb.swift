internal import PolyaCore
internal import PolyaHost

enum PluginReplayVerb: Verb {
  static let name = "plugin replay"
  static let usage = "CRASH-FILE [--in-process]"
  static let summary =
    "Show a row that brought a plugin down and try it again; --in-process lets a debugger see the plugin."

  static func run(_ arguments: inout Arguments, _ environment: CommandEnvironment) throws {
    let isolation: Isolation = arguments.flag("--in-process") ? .host : .process
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
        "the file has changed since: \(saved.sha256.prefix(12)) then, \(plugin.sha256.prefix(12)) now")
    }
    Console.message("then: \(saved.cause) in '\(saved.function)' on")
    Console.out(saved.item.pretty)
    Console.message("now: \(try saved.replay(on: host, isolation: isolation))")
  }
}
