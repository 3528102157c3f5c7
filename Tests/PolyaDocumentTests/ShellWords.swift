import Foundation

/// The simple commands of a script, as far as documents use the shell: quotes, comments, pipes, redirections, here
/// documents.
struct ShellWords {
  /// The words of each command, without redirections.
  private(set) var commands: [[String]] = []
  private var words: [String] = []
  private var word: String?

  init(_ script: String) {
    for line in Self.withoutHereDocuments(script) { read(line) }
    endCommand()
  }

  private static func withoutHereDocuments(_ script: String) -> [String] {
    var lines: [String] = []
    var end: String?
    for line in script.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) {
      if let mark = end {
        if line == mark { end = nil }
        continue
      }
      if let last = lines.last, last.hasSuffix("\\") {
        lines[lines.count - 1] = last.dropLast() + line
      } else {
        lines.append(line)
      }
      if let mark = line.range(of: "<<'") {
        end = String(line[mark.upperBound...].prefix { $0 != "'" })
        lines[lines.count - 1] = String(line[..<mark.lowerBound])
      }
    }
    return lines
  }

  private mutating func read(_ line: String) {
    var quote: Character?
    var isTarget = false
    func isSpace(_ character: Character) -> Bool { character == " " || character == "\t" }
    for character in line {
      if let open = quote {
        if character == open { quote = nil } else { word = (word ?? "") + String(character) }
        continue
      }
      switch character {
      case "'", "\"":
        quote = character
        word = word ?? ""
      case "#" where word == nil: return endCommand()
      case "<", ">", ")", "(":
        // `<(` begins a command of its own; the word after a lone `<` or `>` is a file.
        endWord(unless: isTarget)
        isTarget = character == "<" || character == ">"
        if character == "(" { endCommand() }
      case "|", ";", "&":
        endWord(unless: isTarget)
        isTarget = false
        endCommand()
      case _ where isSpace(character):
        if word != nil {
          endWord(unless: isTarget)
          isTarget = false
        }
      default: word = (word ?? "") + String(character)
      }
    }
    endWord(unless: isTarget)
    endCommand()
  }

  private mutating func endWord(unless isTarget: Bool) {
    if let word, !isTarget { words.append(word) }
    word = nil
  }

  private mutating func endCommand() {
    if let word { words.append(word) }
    if !words.isEmpty { commands.append(words) }
    (words, word) = ([], nil)
  }
}
