internal import PolyaCore
internal import PolyaHost

enum PluginHelpVerb: Verb {
  static let name = "plugin help"
  static let summary =
    "Explain a plugin: its options and its splits, heuristics, components, or range."
  static let operands = "ID|FILE"
  static let details = """
      The plugin is created out of process. What it offers may depend on its options, which --option sets.
    """
  static let options: [any DeclaredOption] = [CommonOptions.option] + CommonOptions.host

  /// The seconds after which the plugin is not waited for.
  private static let deadline = 60.0

  static func run(_ arguments: inout Arguments, _ environment: CommandEnvironment) throws {
    let asJSON = try arguments.read(CommonOptions.json)
    let options = try CommandEnvironment.options(try arguments.read(CommonOptions.option))
    var settings = try environment.hostSettings(&arguments)
    settings.crashes = nil
    let host = try environment.host(settings)
    let use = try arguments.positional("an id or a file")
    try arguments.finish()
    let folder = try environment.workingFolder()
    for plugin in try host.describe(PluginReference(name: use, use: use, folder: folder)) {
      let reference = PluginReference(
        name: plugin.id, use: "\(plugin.file)#\(plugin.id)", options: options, folder: folder,
        isolation: .process, limits: WorkerLimits(deadline: deadline))
      let offer = Result { try PluginOffer(reference, kind: plugin.kindName, on: host) }
      try environment.stop.check()
      if asJSON { try Console.out(json(plugin, offer)) } else { try explain(plugin, offer) }
    }
  }

  private static func explain(_ plugin: PluginDescription, _ offer: Result<PluginOffer, any Error>) throws {
    try Console.out(
      "\(plugin.id) \(plugin.version) (\(plugin.kindName)): \(plugin.title)\n\n\(plugin.summary)")
    if !plugin.guide.isEmpty { try Console.out("\n\(plugin.guide)") }
    try Console.out(plugin.options.isEmpty ? "\nThis plugin has no options." : "\nOptions:")
    for option in plugin.options {
      let value =
        option.defaultValue.map { ", default \($0.compact)" } ?? (option.isRequired ? ", required" : "")
      try Console.out("  \(option.key): \(option.typeName)\(value)\n      \(option.help)")
    }
    switch offer {
    case .success(let offer): try offer.lines.forEach { try Console.out($0) }
    case .failure(let error):
      try Console.out(
        "\nWhat it offers cannot be shown with this configuration (set options with --option KEY=VALUE):\n  \(Shown.message("\(error)"))"
      )
    }
  }

  private static func json(_ plugin: PluginDescription, _ offer: Result<PluginOffer, any Error>) -> JSON {
    guard case .object(var members) = plugin.located else { return .null }
    switch offer {
    case .success(let offer): for (key, value) in offer.members { members[key] = value }
    case .failure(let error): members["not_shown"] = .string(Shown.cut("\(error)"))
    }
    return .object(members)
  }
}

/// What an instance of a plugin offers, beyond its descriptor.
private struct PluginOffer {
  /// The lines for people.
  private(set) var lines: [String] = []
  private(set) var members: JSON.Members = [:]

  init(_ reference: PluginReference, kind: String, on host: PluginHost) throws {
    switch kind {
    case "tasks":
      let source = try host.taskSource(reference)
      add(splits: source.splits)
      add(heuristics: source.heuristics, "Heuristics it can demonstrate:")
    case "strategy": add(heuristics: try host.strategy(reference).heuristics, "Heuristics:")
    case "reward":
      let reward = try host.reward(reference)
      let (low, high) = (reward.range.lowerBound, reward.range.upperBound)
      lines += ["\nScores: \(low) to \(high)"]
      members["low"] = JSON(low)
      members["high"] = JSON(high)
      if !reward.components.isEmpty { lines += ["Components: \(reward.components.joined(separator: ", "))"] }
      members["components"] = .array(reward.components.map { .string($0) })
    // Not shown here, since the model would have to be loaded; polya model info shows it.
    default: break
    }
  }

  private mutating func add(splits: [TaskSplit]) {
    let rows = splits.map { split in
      [
        "  \(split.name)", split.count.map { $0.grouped } ?? "unbounded",
        split.help + (split.isOutOfDistribution ? " (unlike the training split)" : ""),
      ]
    }
    lines += ["\nSplits:"] + Table.lines([["  NAME", "TASKS", "WHAT"]] + rows)
    members["splits"] = .array(
      splits.map { split in
        [
          "name": .string(split.name), "count": split.count.map { JSON($0) } ?? .null,
          "help": .string(split.help),
          "out_of_distribution": .bool(split.isOutOfDistribution),
        ]
      })
  }

  private mutating func add(heuristics: [Heuristic], _ heading: String) {
    members["heuristics"] = .array(
      heuristics.map { heuristic in
        [
          "id": .string(heuristic.id), "family": .string(heuristic.family), "title": .string(heuristic.title),
          "idea": .string(heuristic.idea),
        ]
      })
    guard !heuristics.isEmpty else { return }
    let rows = heuristics.map { ["  \($0.id)", $0.family, $0.idea.isEmpty ? $0.title : $0.idea] }
    lines += ["\n\(heading)"] + Table.lines([["  ID", "FAMILY", "IDEA"]] + rows)
  }
}
