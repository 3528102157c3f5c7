internal import PolyaCore

/// Help texts, made of what the verbs say of themselves.
enum Help {
  static var overview: String {
    let rows = CommandLineTool.verbs.map { ["  \($0.name)", $0.summary] }
    return """
      polya: better language models from their own diverse right answers.

      \(Table.lines(rows).joined(separator: "\n"))

      polya help COMMAND shows its arguments. Where plugins run: --threads N, --verbose (their logs), and with --use
      --isolation host|process. Exit codes: 0 done, 1 failed, 2 usage or configuration, 3 plugin,
      130 interrupted.
      """
  }

  static func text(for words: [String]) throws -> String {
    guard !words.isEmpty else { return overview }
    let name = words.joined(separator: " ")
    let fitting = CommandLineTool.verbs.filter { $0.name == name || $0.name.hasPrefix(name + " ") }
    guard !fitting.isEmpty else {
      throw PolyaError(
        .configuration, "there is no command '\(name)'",
        cure: Suggestion.cure(for: name, among: CommandLineTool.verbs.map { $0.name }))
    }
    return fitting.map { "polya \($0.name) \($0.usage)\n  \($0.summary)" }.joined(separator: "\n\n")
  }
}
