internal import PolyaCore

enum CompletionsVerb: Verb {
  static let name = "completions"
  static let summary = "Print a shell script that completes commands and options."
  static let operands = words.joined(separator: "|")
  static let words = Completions.Shell.allCases.map(\.rawValue)
  static let details = """
      bash: source <(polya completions bash)       in ~/.bashrc
      zsh:  source <(polya completions zsh)        in ~/.zshrc, after compinit
      fish: polya completions fish > ~/.config/fish/completions/polya.fish
    """

  static func run(_ arguments: inout Arguments, _ environment: CommandEnvironment) throws {
    let word = try arguments.positional("the shell: \(operands)")
    try arguments.finish()
    guard let shell = Completions.Shell(rawValue: word) else {
      throw PolyaError(
        .configuration, "there are no completions for '\(word)'", at: "polya completions",
        hint: Suggestion.hint(for: word, among: words))
    }
    try Console.out(script: Completions.script(for: shell, verbs: CommandLineTool.verbs))
  }
}
