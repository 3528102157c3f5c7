internal import PolyaCore
internal import PolyaPipeline

enum ExplainVerb: Verb {
  static let name = "explain"
  static let summary = "Explain the keys of a manifest: of run, plugins or tasks, or of a kind of stage."
  static let operands = "[SECTION|KIND]"
  static let details =
    "  Without a name it lists what there is to explain. The options of a plugin: polya plugin help."
  static var words: [String] { ManifestSection.all.map(\.name) }
  private static let markdown = Option<Bool>("--markdown", "print a table for documents")
  static let options: [any DeclaredOption] = [markdown]

  static func run(_ arguments: inout Arguments, _ environment: CommandEnvironment) throws {
    let asJSON = try arguments.read(CommonOptions.json)
    let asMarkdown = try arguments.read(markdown)
    let name = try arguments.optionalPositional()
    try arguments.finish()
    let sections = ManifestSection.all
    guard let name else {
      if asJSON { return try sections.forEach { try Console.out($0.json) } }
      return try Table.lines(sections.map { ["  \($0.name)", $0.summary] }).forEach { try Console.out($0) }
    }
    guard let section = sections.first(where: { $0.name == name }) else {
      throw PolyaError(
        .configuration, "there is nothing to explain about '\(name)'", at: "polya explain",
        hint: Suggestion.hint(for: name, among: sections.map(\.name)))
    }
    if asJSON { return try Console.out(section.json) }
    try Console.out(asMarkdown ? section.markdown : section.text)
  }
}

/// A part of the manifest, with all its keys.
struct ManifestSection {
  /// "run", or a kind of stage.
  let name: String
  /// One sentence.
  let summary: String
  /// The keys that it reads, those inside of others after them: "rewards[].use".
  let settings: [SettingDeclaration]

  /// Sections in the order of a manifest, then the kinds of stages.
  static let all: [ManifestSection] =
    [
      ManifestSection("run", "The run as a whole.", RunEntry.settings),
      ManifestSection("plugins", "Each plugin, by a name of your own.", PluginEntry.settings),
      ManifestSection("tasks", "Each task set, by a name of your own.", TaskSetEntry.settings),
    ]
    + StageKinds.all.map { ManifestSection($0.kind, $0.summary, StageEntry.settings + $0.settings) }

  private init(_ name: String, _ summary: String, _ settings: [any DeclaredSetting]) {
    self.name = name
    self.summary = summary
    self.settings = settings.map(\.declaration)
  }

  /// The keys with those inside of them.
  private static func flat(_ settings: [SettingDeclaration], _ prefix: String) -> [SettingDeclaration] {
    settings.flatMap { setting in
      var shown = setting
      shown.key = prefix + setting.key
      switch setting.form {
      case .object(let inner): return [shown] + flat(inner, shown.key + ".")
      case .objects(let inner): return [shown] + flat(inner, shown.key + "[].")
      default: return [shown]
      }
    }
  }

  /// For people.
  var text: String {
    let lines = Self.flat(settings, "").map { setting in
      let standard = setting.standard.map { "default: \($0)" } ?? "required"
      return "  \(setting.key): \(setting.form.words) (\(standard))\n      \(setting.help)"
    }
    return "\(name): \(summary)\n\n\(lines.joined(separator: "\n"))"
  }

  /// For documents; the keys that every stage has are left out.
  var markdown: String {
    let common = StageEntry.settings.map(\.declaration.key)
    let isStage = StageKinds.all.contains { $0.kind == name }
    let rows = Self.flat(settings, "").filter { !isStage || !common.contains($0.key) }.map { setting in
      "| `\(setting.key)` | \(setting.form.words) | \(setting.standard ?? "required") | \(setting.help) |"
    }
    return (["| key | value | default | meaning |", "|---|---|---|---|"] + rows).joined(separator: "\n")
  }

  /// For programs.
  var json: JSON {
    [
      "name": .string(name), "summary": .string(summary),
      "schema": .object(SettingDeclaration.schema(of: settings)),
    ]
  }
}
