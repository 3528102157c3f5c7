internal import PolyaCore
internal import PolyaHost

enum PluginListVerb: Verb {
  static let name = "plugin list"
  static let summary = "List the plugins on the search path."
  static let options = CommonOptions.host

  static func run(_ arguments: inout Arguments, _ environment: CommandEnvironment) throws {
    let asJSON = try arguments.read(CommonOptions.json)
    let host = try environment.host(&arguments)
    try arguments.finish()
    let (plugins, failures) = try host.list()
    if asJSON {
      try plugins.forEach { try Console.out($0.located) }
    } else {
      let rows = plugins.map { [$0.kindName, $0.id, $0.version, $0.title] }
      try Table.lines([["KIND", "ID", "VERSION", "TITLE"]] + rows).forEach { try Console.out($0) }
    }
    failures.forEach { Console.message("polya: \($0)") }
  }
}

enum PluginDescribeVerb: Verb {
  static let name = "plugin describe"
  static let summary = "Print a plugin's descriptor as JSON."
  static let operands = "ID|FILE"
  private static let write = Option<Bool>(
    "--write", "write it next to the plugin's file, where it is found later")
  static let options: [any DeclaredOption] = [write] + CommonOptions.host

  static func run(_ arguments: inout Arguments, _ environment: CommandEnvironment) throws {
    let asJSON = try arguments.read(CommonOptions.json)
    let writes = try arguments.read(write)
    let host = try environment.host(&arguments)
    let use = try arguments.positional("an id or a file")
    try arguments.finish()
    let reference = PluginReference(name: use, use: use, folder: try environment.workingFolder())
    let plugins = try writes ? host.ask(reference) : host.describe(reference)
    guard writes, let first = plugins.first else {
      for plugin in plugins {
        if asJSON { try Console.out(plugin.located) } else { try Console.out(pretty: plugin.located) }
      }
      return
    }
    let path = Sidecar.path(for: first.file)
    let text = Sidecar.json(plugins, sha256: first.sha256).pretty + "\n"
    try Durable.replace(path, with: Array(text.utf8))
    try Console.out(path: path)
  }
}

extension PluginDescription {
  /// The descriptor with the path of its file.
  var located: JSON {
    guard case .object(var members) = json else { return json }
    members["file"] = .string(file)
    members["sha256"] = .string(sha256)
    return .object(members)
  }
}
