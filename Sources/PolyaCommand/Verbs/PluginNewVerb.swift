internal import Glibc
internal import PolyaCore

enum PluginNewVerb: Verb {
  static let name = "plugin new"
  static let summary = "Create a folder with a small plugin that builds and passes its checks."
  static let operands = "NAME"
  private static let kind = Option<String?>(
    "--kind", "KIND", "the kind of the plugin", choices: Template.Kind.allCases.map(\.rawValue))
  private static let language = Option<String?>(
    "--lang", "LANGUAGE", "the language of the plugin", choices: Template.Language.allCases.map(\.rawValue))
  private static let id = Option<String?>("--id", "ID", "the id of the plugin", standard: "org.example.NAME")
  private static let folder = Option<String?>("--to", "DIR", "the folder to create", standard: "NAME")
  static let options: [any DeclaredOption] = [kind, language, id, folder]

  /// Names that have another meaning in one of the languages.
  private static let taken: Set<String> = [
    "strategy", "reward", "tasks", "model", "module", "plugin", "option", "call", "move", "verdict",
    "message", "self",
    "super", "crate", "bigrams", "checkpoint", "header", "heuristic", "kept", "network", "row", "sampler",
    "sampling", "sum", "type", "test", "core", "std", "alloc", "string", "int", "polya", "polya-kit",
    "polya-sdk",
  ]

  static func run(_ arguments: inout Arguments, _ environment: CommandEnvironment) throws {
    let asJSON = try arguments.read(CommonOptions.json)
    let kind = try choice(Template.Kind.self, kind, &arguments)
    let language = try choice(Template.Language.self, language, &arguments)
    let givenID = try arguments.read(id)
    let givenFolder = try arguments.read(folder)
    let name = try arguments.positional("a name")
    try arguments.finish()
    try check(name: name)
    let id = givenID ?? "org.example.\(name)"
    try check(id: id)
    if language == .python, kind == .model {
      throw PolyaError(
        .configuration, "there is no template for a model in Python, since its inner loop needs native code",
        hint: "use --lang c, cpp, rust or swift")
    }
    let template = Template(language, kind, name: name, id: id, sdk: try SDKFolder.find())
    let folder = givenFolder ?? name
    try write(try template.files(), to: folder)
    guard !asJSON else { return try Console.out(["folder": .string(folder), "id": .string(id)]) }
    try Console.out(path: folder)
    next(template, name, folder).split(separator: "\n").forEach { Console.message(String($0)) }
  }

  private static func choice<Value: RawRepresentable<String> & CaseIterable>(
    _ type: Value.Type, _ option: Option<String?>, _ arguments: inout Arguments
  ) throws -> Value {
    guard let value = try arguments.read(option).flatMap({ Value(rawValue: $0) }) else {
      throw PolyaError(
        .configuration, "\(option.declaration.name) is missing", at: "polya \(name)",
        hint: "use one of \(option.declaration.choices.joined(separator: ", "))")
    }
    return value
  }

  private static func check(name: String) throws {
    guard isWord(name), name.utf8.count <= 64 else {
      throw PolyaError(
        .configuration, "'\(name)' is not a valid name for a plugin",
        hint: "use 1 to 64 lowercase letters, digits and hyphens, beginning with a letter")
    }
    guard !taken.contains(name) else {
      throw PolyaError(
        .configuration, "'\(name)' is reserved", hint: "use a name that says what the plugin does")
    }
  }

  private static func check(id: String) throws {
    let parts = id.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count > 1, parts.allSatisfy({ isWord(String($0)) }) else {
      throw PolyaError(
        .configuration, "'\(id)' is not a valid id", at: "--id",
        hint: "use a reverse domain name, such as org.example.exact-match")
    }
  }

  private static func isWord(_ text: String) -> Bool {
    guard let first = text.utf8.first, ("a"..."z").contains(Character(UnicodeScalar(first))) else {
      return false
    }
    return text.unicodeScalars.allSatisfy {
      ("a"..."z").contains($0) || ("0"..."9").contains($0) || $0 == "-"
    }
  }

  private static func write(_ files: [Template.File], to folder: String) throws {
    guard access(folder, F_OK) != 0 else {
      throw PolyaError(
        .configuration, "already exists and is not overwritten", at: folder,
        hint: "choose another folder with --to"
      )
    }
    for file in files {
      let path = "\(folder)/\(file.path)"
      if let slash = path.lastIndex(of: "/") { try Folder.create(String(path[..<slash])) }
      try FileBytes.create(path, with: Array(file.text.utf8))
    }
  }

  private static func next(_ template: Template, _ name: String, _ folder: String) -> String {
    let built = template.language == .python ? "checks the syntax" : "builds \(name).so"
    return """
      \(template.kind.rawValue) in \(template.language.rawValue): next,
        cd \(folder)
        make         \(built)
        make test    tests it with polya
      Start with \(template.source); README.md shows how to use it in a manifest.
      """
  }
}
