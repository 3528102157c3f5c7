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

  /// A line about a key, or about one form of its value.
  private struct Row {
    let key: String
    /// What a value is, in words.
    let value: String
    let absence: SettingDeclaration.Absence?
    let standard: String
    let help: String

    init(_ key: String, _ setting: SettingDeclaration, of form: String?) {
      self.key = key
      value = (form.map { "with '\($0)', " } ?? "") + setting.form.words
      absence = setting.absence
      standard = setting.standard ?? "required"
      help = setting.help
    }

    init(form: String, of key: String, help: String) {
      self.key = "\(key): \"\(form)\""
      value = "a form"
      absence = nil
      standard = ""
      self.help = help
    }
  }

  /// Returns the keys with their nested keys, and the forms of values that have several.
  private static func rows(_ settings: [SettingDeclaration], _ prefix: String, of form: String? = nil)
    -> [Row]
  {
    settings.flatMap { setting in
      let key = prefix + setting.key
      let row = Row(key, setting, of: form)
      switch setting.form {
      case .object(let inner): return [row] + rows(inner, key + ".")
      case .objects(let inner): return [row] + rows(inner, key + "[].")
      case .variant(let variants): return [row] + rows(variants, key, key + ".")
      case .variants(let variants): return [row] + rows(variants, key, key + "[].")
      default: return [row]
      }
    }
  }

  private static func rows(_ variants: [SettingDeclaration.Variant], _ key: String, _ prefix: String) -> [Row]
  {
    variants.flatMap { variant in
      [Row(form: variant.name, of: key, help: variant.help)]
        + rows(variant.settings, prefix, of: variant.name)
    }
  }

  /// The explanation for people.
  var text: String {
    let lines = Self.rows(settings, "").map { row in
      let standard: String? =
        switch row.absence {
        case .refused: "required"
        case .value: "default: \(row.standard)"
        case .meaning(let words): "if omitted: \(words)"
        case nil: nil
        }
      let head = standard.map { "\(row.key): \(row.value) (\($0))" } ?? row.key
      return "  \(head)\n      \(row.help)"
    }
    return "\(name): \(summary)\n\n\(lines.joined(separator: "\n"))"
  }

  /// A Markdown table, without the keys that every stage has.
  var markdown: String {
    let common = Set(StageEntry.settings.map(\.declaration.key))
    let isStage = StageKinds.all.contains { $0.kind == name }
    let rows = Self.rows(settings.filter { !isStage || !common.contains($0.key) }, "").map { row in
      "| `\(row.key)` | \(row.value) | \(row.standard) | \(row.help) |"
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
