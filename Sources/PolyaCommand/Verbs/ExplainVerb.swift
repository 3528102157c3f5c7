internal import PolyaCore
internal import PolyaPipeline

enum ExplainVerb: Verb {
  static let name = "explain"
  static let summary =
    "Explain the keys of a section of the manifest (run, plugins, or tasks) or of a kind of stage."
  static let operands = "[SECTION|KIND]"
  static let details =
    "  Without a name, lists the sections and kinds. For the options of a plugin, see polya plugin help."
  static var words: [String] { ManifestSection.all.map(\.name) }
  private static let markdown = Option<Bool>("--markdown", "print a Markdown table")
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
        .configuration, "there is no section or kind of stage '\(name)'", at: "polya explain",
        hint: Suggestion.hint(for: name, among: sections.map(\.name)))
    }
    if asJSON { return try Console.out(section.json) }
    try Console.out(asMarkdown ? section.markdown : section.text)
  }
}

/// A section of the manifest, or a kind of stage, with all its keys.
struct ManifestSection {
  /// The section, such as "run", or the kind of stage.
  let name: String
  /// One sentence that describes it.
  let summary: String
  /// The keys that it reads; each is followed by its nested keys, such as "rewards[].use".
  let settings: [SettingDeclaration]

  /// The sections in the order of a manifest, followed by the kinds of stages.
  static let all: [ManifestSection] =
    [
      ManifestSection("run", "The run as a whole.", RunEntry.settings),
      ManifestSection("plugins", "Each plugin, under a name of your choice.", PluginEntry.settings),
      ManifestSection(
        "panels", "Each panel of rewards that give one verdict, under a name of your choice.",
        PanelEntry.settings),
      ManifestSection("tasks", "Each task set, under a name of your choice.", TaskSetEntry.settings),
    ]
    + StageKinds.all.map { ManifestSection($0.kind, $0.summary, StageEntry.settings + $0.settings) }

  private init(_ name: String, _ summary: String, _ settings: [any DeclaredSetting]) {
    self.name = name
    self.summary = summary
    self.settings = settings.map(\.declaration)
  }

  /// Returns the keys with their nested keys.
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

  /// The explanation for people.
  var text: String {
    let lines = Self.flat(settings, "").map { setting in
      let standard =
        switch setting.absence {
        case .refused: "required"
        case .value: "default: \(setting.standard ?? "")"
        case .meaning(let words): "if omitted: \(words)"
        }
      return "  \(setting.key): \(setting.form.words) (\(standard))\n      \(setting.help)"
    }
    return "\(name): \(summary)\n\n\(lines.joined(separator: "\n"))"
  }

  /// A Markdown table, without the keys that every stage has.
  var markdown: String {
    let common = StageEntry.settings.map(\.declaration.key)
    let isStage = StageKinds.all.contains { $0.kind == name }
    let rows = Self.flat(settings, "").filter { !isStage || !common.contains($0.key) }.map { setting in
      "| `\(setting.key)` | \(setting.form.words) | \(setting.standard ?? "required") | \(setting.help) |"
    }
    return (["| key | value | default | meaning |", "|---|---|---|---|"] + rows).joined(separator: "\n")
  }

  /// The explanation for programs.
  var json: JSON {
    [
      "name": .string(name), "summary": .string(summary),
      "schema": .object(SettingDeclaration.schema(of: settings)),
    ]
  }
}
