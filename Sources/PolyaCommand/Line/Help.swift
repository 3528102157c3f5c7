internal import PolyaCore

/// Generates help texts from the declarations of the commands.
enum Help {
  /// Returns whether the arguments of a command ask for its help.
  static func isWanted(_ words: some Collection<String>) -> Bool {
    words.prefix { $0 != "--" }.contains { $0 == "--help" || $0 == "-h" }
  }

  static var overview: String {
    """
    polya: better language models from their own diverse right answers.

    \(list(CommandLineTool.verbs))

    polya COMMAND --help shows the options of a command. With --json, every command prints JSON; a failure is a last line
    {"error": {"code", "message", "place", "hint"}} on stdout. polya --version prints the version.
    Exit codes: 0 done, 1 failed, 2 usage or configuration, 3 plugin, 130 interrupted.
    """
  }

  /// Returns the help of a group of commands, or nil if no command begins with the word.
  static func group(_ word: String) -> String? {
    let verbs = CommandLineTool.verbs.filter { $0.name.hasPrefix(word + " ") }
    guard !verbs.isEmpty else { return nil }
    return
      "polya \(word) COMMAND\n\n\(list(verbs))\n\npolya \(word) COMMAND --help shows the options of a command."
  }

  private static func list(_ verbs: [any Verb.Type]) -> String {
    Table.lines(verbs.map { ["  \($0.name)", $0.summary] }).joined(separator: "\n")
  }

  static func text(for words: [String]) throws -> String {
    guard !words.isEmpty else { return overview }
    let name = words.joined(separator: " ")
    if let verb = CommandLineTool.verbs.first(where: { $0.name == name }) { return text(of: verb) }
    if let group = group(name) { return group }
    throw CommandLineTool.unknown(words)
  }

  private static func text(of verb: any Verb.Type) -> String {
    let options = verb.declarations.filter { !$0.isHidden }.map { option in
      let notes = [
        option.choices.isEmpty ? nil : option.choices.joined(separator: "|"),
        option.standard.map { "default: \($0)" }, option.repeats ? "repeatable" : nil,
      ].compactMap { $0 }
      return [
        "  \(option.shown)", option.help + (notes.isEmpty ? "" : " (\(notes.joined(separator: "; ")))"),
      ]
    }
    let details = verb.details.isEmpty ? "" : "\n\n\(verb.details)"
    return """
      polya \(verb.name) [OPTION]…\(verb.operands.isEmpty ? "" : " \(verb.operands)")
        \(verb.summary)\(details)

      \(Table.lines(options).joined(separator: "\n"))
      """
  }
}
