internal import PolyaCore
internal import PolyaHost

enum PluginListVerb: Verb {
  static let name = "plugin list"
  static let usage = "[--json]"
  static let summary = "Show the plugins of the search path."

  static func run(_ arguments: inout Arguments, _ environment: CommandEnvironment) throws {
    let asJSON = arguments.flag("--json")
    let host = try environment.host(&arguments)
    try arguments.finish()
    let (plugins, failures) = try host.list()
    if asJSON {
      plugins.forEach { Console.out($0.located) }
    } else {
      let rows = plugins.map { [$0.kindName, $0.id, $0.version, $0.title] }
      Table.lines([["KIND", "ID", "VERSION", "TITLE"]] + rows).forEach { Console.out($0) }
    }
    failures.forEach { Console.message("polya: \($0)") }
  }
}

enum PluginDescribeVerb: Verb {
  static let name = "plugin describe"
  static let usage = "ID|FILE [--write]"
  static let summary =
    "Print everything a plugin says of itself as JSON; --write puts it beside the file, where it is found again."

  static func run(_ arguments: inout Arguments, _ environment: CommandEnvironment) throws {
    let writes = arguments.flag("--write")
    let (host, reference) = try PluginHelpVerb.subject(&arguments, environment)
    let plugins = try writes ? host.ask(reference) : host.describe(reference)
    guard writes, let first = plugins.first else {
      return plugins.forEach { Console.out($0.located.pretty) }
    }
    let path = Sidecar.path(for: first.file)
    let text = Sidecar.json(plugins, sha256: first.sha256).pretty + "\n"
    try Durable.replace(path, with: Array(text.utf8))
    Console.out(path)
  }
}

enum PluginHelpVerb: Verb {
  static let name = "plugin help"
  static let usage = "ID|FILE"
  static let summary = "Explain a plugin and its options."

  /// The plugin that is asked about.
  static func subject(_ arguments: inout Arguments, _ environment: CommandEnvironment) throws
    -> (PluginHost, PluginReference)
  {
    _ = arguments.flag("--json")
    let host = try environment.host(&arguments)
    let use = try arguments.positional("an id or a file")
    try arguments.finish()
    return (host, PluginReference(name: use, use: use, folder: try environment.workingFolder()))
  }

  static func run(_ arguments: inout Arguments, _ environment: CommandEnvironment) throws {
    let (host, reference) = try subject(&arguments, environment)
    for plugin in try host.describe(reference) {
      Console.out("\(plugin.id) \(plugin.version) (\(plugin.kindName)): \(plugin.title)\n\n\(plugin.summary)")
      if !plugin.guide.isEmpty { Console.out("\n\(plugin.guide)") }
      Console.out(plugin.options.isEmpty ? "\nIt has no options." : "\nOptions:")
      for option in plugin.options {
        let value =
          option.defaultValue.map { ", default \($0.compact)" } ?? (option.isRequired ? ", required" : "")
        Console.out("  \(option.key): \(option.typeName)\(value)\n      \(option.help)")
      }
    }
  }
}

extension PluginDescription {
  /// With the file it stands in.
  var located: JSON {
    guard case .object(var members) = json else { return json }
    members["file"] = .string(file)
    members["sha256"] = .string(sha256)
    return .object(members)
  }
}
