internal import PolyaConformance
internal import PolyaCore
internal import PolyaHost

enum PluginCheckVerb: Verb {
  static let name = "plugin check"
  static let operands = "FILE|ID"
  static let options: [any DeclaredOption] = [
    Option<String?>(
      "--rows", "FILE", "JSON lines of rows to use instead of the checker's own"),
    Option<String?>("--plugin", "ID", "the plugin to check", standard: "all plugins of the file"),
    Option<[String]>("--only", "RULE", "a rule to check; checks only the given ones"), CommonOptions.option,
    Option("--seed", "N", "the seed of the fixtures", default: 1, in: Integers(least: 0, most: .max)),
    Option("--limit", "SECONDS", "the time limit of a rule", default: 45.0),
    Option("--in-process", "check in this process, for debugging; needs exactly one --only"),
    Option("--rules", "list all rules and exit"),
    Option("--identify", "list the plugins of a file", isHidden: true),
  ]
  static let summary = "Check that a plugin follows the contract, each rule in a separate process."

  static func run(_ arguments: inout Arguments, _ environment: CommandEnvironment) throws {
    guard !arguments.flag("--rules") else {
      let asJSON = arguments.flag("--json")
      try arguments.finish()
      return asJSON ? try Console.out(rulesJSON) : try rulesTable.forEach { try Console.out($0) }
    }
    let request = try CheckRequest(&arguments, environment)
    guard !request.isInProcess else { return try answer(request) }
    let plugins = try request.plugins(environment)
    for plugin in plugins { try request.checkRows(kind: plugin.kind) }
    var failed = 0
    var gaps = 0
    for plugin in plugins {
      let report = try check(plugin, request, environment)
      failed += report.failures(.must).count
      gaps += report.gaps.count
    }
    guard failed == 0 else {
      throw PolyaError(
        .run, "\(failed) rule\(failed == 1 ? "" : "s") of the contract \(failed == 1 ? "is" : "are") broken",
        at: request.file, hint: "run one of the commands above to check a single rule")
    }
    guard gaps == 0 else { throw unexercised(gaps, request) }
  }

  private static func unexercised(_ gaps: Int, _ request: CheckRequest) -> PolyaError {
    let what = "\(gaps) rule\(gaps == 1 ? " was" : "s were") not exercised, so nothing is known about "
    let hint =
      request.rows == nil
      ? "set options with --option, or give rows that the plugin can answer with --rows FILE: for a reward, JSON lines as "
        + "for 'polya reward score'; for other kinds, see SDK/docs/first-plugin.md"
      : "give rows that exercise it with --rows, or set options with --option"
    return PolyaError(.run, what + (gaps == 1 ? "it" : "them"), at: request.file, hint: hint)
  }

  private static var rulesJSON: [JSON] {
    Conformance.rules.map {
      ["rule": .string($0.id), "level": .string($0.level.rawValue), "sentence": .string($0.sentence)]
    }
  }

  /// The Markdown table of all rules in `SDK/conformance/README.md`.
  static var rulesTable: [String] {
    ["| rule | level | what holds |", "| --- | --- | --- |"]
      + Conformance.rules.map { "| `\($0.id)` | \($0.level.rawValue) | \($0.sentence) |" }
  }

  /// Checks one rule in this process, as a child process or with `--in-process`.
  private static func answer(_ request: CheckRequest) throws {
    guard !request.identifies else {
      for (id, kind) in try Conformance.identify(file: request.file) {
        try Console.out(["id": .string(id), "kind": .string(kind)])
      }
      return
    }
    for rule in request.rules {
      let finding = Conformance.run(
        rule: rule, file: request.file, plugin: request.plugin, options: request.options, seed: request.seed,
        rows: try request.rowBytes())
      try Console.out(finding.json)
    }
  }

  private static func check(
    _ plugin: (id: String, kind: String), _ request: CheckRequest, _ environment: CommandEnvironment
  ) throws -> ConformanceReport {
    let run = ConformanceRun(
      executable: try environment.executable(), limit: request.limit, shouldStop: { environment.stop.isSet },
      arguments: { request.child(plugin.id, $0) })
    let rules = request.rules.filter { Conformance.applies($0, toKind: plugin.kind) }
    let report = try run.report(plugin: plugin.id, rules: rules) { entry in
      if Console.isTerminal { Console.status(entry.rule.id) }
    }
    if Console.isTerminal { Console.status("") }
    if request.asJSON {
      try report.json.forEach { try Console.out($0) }
    } else {
      try lines(report, request).forEach { try Console.out($0) }
    }
    return report
  }

  private static func lines(_ report: ConformanceReport, _ request: CheckRequest) -> [String] {
    var lines = ["\(report.plugin), seed \(request.seed)"]
    let width = report.entries.map(\.rule.id.count).max() ?? 0
    var group: ConformanceRule.Group?
    for entry in report.entries {
      if entry.rule.group != group {
        lines.append("")
        group = entry.rule.group
      }
      let id = entry.rule.id + String(repeating: " ", count: width - entry.rule.id.count)
      let isGrave = entry.finding.blocks || entry.finding.outcome == .failed && entry.rule.level == .must
      let word = entry.finding.outcome.rawValue
      let note = entry.finding.message.isEmpty ? "" : "  \(entry.finding.message)"
      lines.append("  \(id)  \(isGrave ? word.uppercased() : word)\(note)")
      if entry.finding.outcome == .failed {
        lines += [
          "      \(entry.rule.level.rawValue): \(entry.rule.sentence)", "      again: \(entry.reproduction)",
        ]
      }
    }
    let warnings = report.failures(.should).count
    lines.append(
      "\n\(report.count(.passed)) passed, \(report.failures(.must).count) failed, \(warnings) with warnings, "
        + "\(report.count(.unexercised)) not exercised, \(report.count(.skipped)) skipped, \(report.count(.info)) for information"
    )
    return lines
  }
}

/// The arguments of the command.
private struct CheckRequest {
  var file: String
  var plugin: String?
  /// The path of a file of JSON lines; nil uses the checker's rows.
  var rows: String?
  var rules: [ConformanceRule]
  var options: JSON.Members
  var pairs: [String]
  var seed: UInt64
  var limit: Double
  /// Whether the process only lists the plugins of the file, which the parent asks for first.
  var identifies: Bool
  var asJSON, isInProcess: Bool

  init(_ arguments: inout Arguments, _ environment: CommandEnvironment) throws {
    plugin = try arguments.value("--plugin")
    rows = try arguments.value("--rows")
    let only = try arguments.values("--only")
    pairs = try arguments.values("--option")
    options = try CommandEnvironment.options(pairs)
    seed = UInt64(try arguments.integer("--seed", atLeast: 0) ?? 1)
    limit = try arguments.real("--limit") ?? 45
    asJSON = arguments.flag("--json")
    isInProcess = arguments.flag("--in-process")
    identifies = arguments.flag("--identify")
    for id in only where !Conformance.rules.contains(where: { $0.id == id }) {
      throw PolyaError(
        .configuration, "there is no rule '\(id)'", at: "--only",
        hint: Suggestion.hint(for: id, among: Conformance.rules.map(\.id)))
    }
    rules = Conformance.rules.filter { only.isEmpty || only.contains($0.id) }
    let use = try arguments.positional("a file or an id")
    try arguments.finish()
    if isInProcess, !identifies, rules.count != 1 {
      throw PolyaError(
        .configuration, "--in-process needs exactly one rule", at: "--only", hint: "add --only RULE")
    }
    (file, plugin) = try Self.find(use, plugin, environment)
  }

  private static func find(_ use: String, _ plugin: String?, _ environment: CommandEnvironment) throws -> (
    String, String?
  ) {
    let reference = PluginReference(name: use, use: use, folder: try environment.workingFolder())
    guard reference.isPath else {
      let settings = CommandEnvironment.HostSettings(threads: 1, crashes: nil)
      let description = try environment.host(settings).find(reference)
      return (description.file, description.id)
    }
    let file = Folder.resolve(use, in: reference.folder)
    guard FileBytes.size(of: file) != nil else {
      throw PolyaError(.plugin, "the file does not exist", at: file, hint: "build it or correct the path")
    }
    return (file, plugin)
  }

  /// Returns the plugins of the file that are to be checked.
  func plugins(_ environment: CommandEnvironment) throws -> [(id: String, kind: String)] {
    let run = ConformanceRun(executable: try environment.executable(), limit: limit) { _ in [] }
    let all = try run.plugins(of: file, arguments: ["plugin", "check", file, "--in-process", "--identify"])
    let wanted = all.filter { plugin == nil || $0.id == plugin }
    guard !wanted.isEmpty else {
      throw PolyaError(
        .plugin, "contains no plugin\(plugin.map { " '\($0)'" } ?? "")", at: file,
        hint: Suggestion.hint(for: plugin ?? "", among: all.map(\.id)))
    }
    return wanted
  }

  func rowBytes() throws -> [UInt8]? { try rows.map { try FileBytes.read($0) } }

  /// Refuses invalid rows before any process is started.
  func checkRows(kind: String) throws {
    guard let rows, let bytes = try rowBytes() else { return }
    try Conformance.checkRows(bytes, kind: kind, at: rows)
  }

  /// Returns the arguments of a child process that checks one rule.
  func child(_ id: String, _ rule: ConformanceRule) -> [String] {
    ["plugin", "check", file, "--plugin", id, "--only", rule.id, "--seed", "\(seed)", "--in-process"]
      + (rows.map { ["--rows", $0] } ?? []) + pairs.flatMap { ["--option", $0] }
  }
}
