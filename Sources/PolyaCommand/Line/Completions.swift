/// Generates shell completion scripts from the declarations of the commands.
enum Completions {
  enum Shell: String, CaseIterable { case bash, zsh, fish }

  static func script(for shell: Shell, verbs: [any Verb.Type]) -> String {
    switch shell {
    case .bash: bash(verbs)
    case .zsh: zsh(verbs)
    case .fish: fish(verbs)
    }
  }

  /// Returns the distinct first words of the commands.
  private static func firsts(_ verbs: [any Verb.Type]) -> [String] {
    var firsts: [String] = []
    for verb in verbs {
      let first = String(verb.name.prefix { $0 != " " })
      if !firsts.contains(first) { firsts.append(first) }
    }
    return firsts
  }

  /// Returns the commands of a group.
  private static func seconds(_ first: String, _ verbs: [any Verb.Type]) -> [any Verb.Type] {
    verbs.filter { $0.name.hasPrefix(first + " ") }
  }

  private static func second(_ verb: any Verb.Type) -> String {
    String(verb.name.drop { $0 != " " }.dropFirst())
  }

  private static func quoted(_ text: String) -> String { "'\(text.replacing("'", with: "'\\''"))'" }

  private static func options(_ verb: any Verb.Type) -> [OptionDeclaration] {
    verb.declarations.filter { !$0.isHidden }
  }

  // MARK: - bash

  private static func bash(_ verbs: [any Verb.Type]) -> String {
    var lines = [
      "# bash completion of polya", "_polya() {",
      "  local current=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}",
      "  local words=", "  COMPREPLY=()",
      "  if ((COMP_CWORD == 1)); then words=\(quoted((firsts(verbs) + ["help", "--help", "--version"]).joined(separator: " ")))",
      "  else case \"${COMP_WORDS[1]} ${COMP_WORDS[2]}\" in",
    ]
    for verb in verbs { lines += bashCase(verb) }
    for first in firsts(verbs) where !seconds(first, verbs).isEmpty {
      let words = seconds(first, verbs).map(second)
      lines.append(
        "    \(quoted(first + " "))*) ((COMP_CWORD == 2)) && words=\(quoted(words.joined(separator: " "))) ;;"
      )
    }
    lines += [
      "  esac; fi",
      "  if [[ $words ]]; then mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$current\"); fi", "}",
      "complete -o bashdefault -o default -F _polya polya", "",
    ]
    return lines.joined(separator: "\n")
  }

  private static func bashCase(_ verb: any Verb.Type) -> [String] {
    let isGroup = verb.name.contains(" ")
    let (open, least) = (isGroup ? quoted(verb.name) : "\(quoted(verb.name + " "))*", isGroup ? 3 : 2)
    var lines = ["    \(open)) if ((COMP_CWORD >= \(least))); then case \"$before\" in"]
    let withValues = options(verb).filter { $0.placeholder != nil }
    for option in withValues where !option.choices.isEmpty {
      lines.append("      \(option.name)) words=\(quoted(option.choices.joined(separator: " "))) ;;")
    }
    let free = withValues.filter(\.choices.isEmpty).map(\.name)
    if !free.isEmpty { lines.append("      \(free.joined(separator: "|"))) ;;") }
    let names = options(verb).map(\.name).joined(separator: " ")
    lines.append(
      "      *) if [[ $current == -* ]]; then words=\(quoted(names)); else words=\(quoted(verb.words.joined(separator: " "))); fi ;;"
    )
    // A command that is also a group shares this case; second words are completed from the group.
    lines.append("      esac\(isGroup ? "; else words=\(quoted(second(verb)))" : ""); fi ;;")
    return lines
  }

  // MARK: - zsh

  private static func zsh(_ verbs: [any Verb.Type]) -> String {
    var lines = [
      "#compdef polya", "_polya() {", "  local -a words_", "  if ((CURRENT == 2)); then", "    words_=(",
    ]
    for first in firsts(verbs) {
      let summary = verbs.first { $0.name == first }?.summary ?? "Commands for \(first)."
      lines.append("      \(described(first, summary))")
    }
    lines += ["    )", "    _describe command words_; return", "  fi", "  case \"$words[2]\" in"]
    for first in firsts(verbs) {
      lines.append("    \(first))")
      let group = seconds(first, verbs)
      guard group.isEmpty else {
        lines += ["      if ((CURRENT == 3)); then", "        words_=("]
        lines += group.map { "          \(described(second($0), $0.summary))" }
        lines += [
          "        )", "        _describe command words_; return", "      fi", "      case \"$words[3]\" in",
        ]
        for verb in group {
          lines +=
            ["        \(second(verb)))", "          shift 2 words; ((CURRENT -= 2))"] + zshArguments(verb)
        }
        lines += ["      esac ;;"]
        continue
      }
      if let verb = verbs.first(where: { $0.name == first }) {
        lines += ["          shift words; ((CURRENT -= 1))"] + zshArguments(verb)
      }
    }
    lines += ["  esac", "}", "compdef _polya polya", ""]
    return lines.joined(separator: "\n")
  }

  private static func described(_ word: String, _ text: String) -> String {
    quoted("\(word):\(text.replacing(":", with: "\\:"))")
  }

  private static func zshArguments(_ verb: any Verb.Type) -> [String] {
    var lines = ["          _arguments \\"]
    for option in options(verb) {
      let help = option.help.replacing("\\", with: "\\\\").replacing("[", with: "\\[").replacing(
        "]", with: "\\]"
      )
      .replacing(":", with: "\\:")
      let action = option.choices.isEmpty ? "_files" : "(\(option.choices.joined(separator: " ")))"
      let value = option.placeholder.map { ":\($0.replacing(":", with: "\\:")):\(action)" } ?? ""
      lines.append("            \(quoted("\(option.repeats ? "*" : "")\(option.name)[\(help)]\(value)")) \\")
    }
    let operand = verb.words.isEmpty ? "_files" : "(\(verb.words.joined(separator: " ")))"
    lines.append("            \(quoted("*:operand:\(operand)")) ;;")
    return lines
  }

  // MARK: - fish

  private static func fish(_ verbs: [any Verb.Type]) -> String {
    var lines = ["# fish completion of polya"]
    for first in firsts(verbs) {
      let summary = verbs.first { $0.name == first }?.summary ?? "Commands for \(first)."
      lines.append("complete -c polya -n __fish_use_subcommand -f -a \(first) -d \(fishText(summary))")
      let group = seconds(first, verbs)
      let others = group.map(second).joined(separator: " ")
      for verb in group {
        lines.append(
          "complete -c polya -n '__fish_seen_subcommand_from \(first); and not __fish_seen_subcommand_from \(others)' -f -a \(second(verb)) -d \(fishText(verb.summary))"
        )
      }
    }
    for verb in verbs {
      let seen = verb.name.split(separator: " ").map { "__fish_seen_subcommand_from \($0)" }.joined(
        separator: "; and ")
      if !verb.words.isEmpty {
        lines.append("complete -c polya -n '\(seen)' -f -a '\(verb.words.joined(separator: " "))'")
      }
      for option in options(verb) {
        var line = "complete -c polya -n '\(seen)' -l \(option.name.dropFirst(2)) -d \(fishText(option.help))"
        if option.placeholder != nil { line += " -r" }
        if !option.choices.isEmpty { line += " -f -a '\(option.choices.joined(separator: " "))'" }
        lines.append(line)
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private static func fishText(_ text: String) -> String {
    "'\(text.replacing("\\", with: "\\\\").replacing("'", with: "\\'"))'"
  }
}
