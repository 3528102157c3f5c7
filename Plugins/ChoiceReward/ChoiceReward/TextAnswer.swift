/// Words in order, and brackets for answers without words.
struct TextAnswer {
  let words: [String]
  let marks: [String]

  static let brackets: Set<String> = ["(", ")", "[", "]", "{", "}", "<", ">"]

  init(_ tokens: ArraySlice<Token>) {
    words = tokens.filter(\.isWord).map(\.text)
    marks = tokens.filter { !$0.isWord && Self.brackets.contains($0.text) }.map(\.text)
  }

  /// Where the answer of a sentence may begin: with it, and behind each colon or verb that says what something is.
  static func starts(of tokens: ArraySlice<Token>) -> [Int] {
    // What is said in a reason is not the answer.
    let reason = tokens.dropFirst().firstIndex { ["because", "since"].contains($0.text) } ?? tokens.endIndex
    let verbs = (tokens.startIndex..<reason).filter { copulas.contains(tokens[$0].text) }.suffix(mostStarts)
    return [tokens.startIndex] + verbs.map { $0 + 1 }
  }

  private static let mostStarts = 12
  private static let copulas: Set<String> = [
    ":", "=", "is", "are", "was", "were", "be", "→", "as", "so", "therefore", "thus", "by", "on", "facing",
    "faces",
    "get", "gives", "gets", "than", "to",
  ]

  /// Whether nothing but a reason follows the first words.
  static func endsClause(behind count: Int, in tokens: ArraySlice<Token>) -> Bool {
    var words = 0
    for index in tokens.indices {
      let token = tokens[index]
      if words >= count {
        if token.startsLine || ends.contains(token.text) { return true }
        if token.isWord { return reasons.contains(token.text) }
        guard separators.contains(token.text) else { return false }
      } else if token.isWord, !["a", "an", "the"].contains(token.text) || words > 0 {
        words += 1
      }
    }
    return true
  }

  private static let ends: Set<String> = [".", ";", "!", "(", "—", "–"]
  /// Behind which more of the answer may follow as well as a reason for it.
  private static let separators: Set<String> = [",", "*", "\"", "'", "`", ")", "”", "}", "$", "_"]
  private static let reasons: Set<String> = [
    "because", "since", "as", "for", "so", "which", "not", "but", "it", "he", "she", "they", "we", "i",
    "this",
    "that", "where", "who", "given", "due",
  ]
}

/// A pair of words of which one is the contrary of the other.
struct Truth {
  private let yes: Set<String>
  private let no: Set<String>
  /// Whether the first words of a sentence alone count: "no" is a word of many sentences.
  private let isFirst: Bool
  /// Whether the word is the affirmed one of its pair.
  let isAffirmed: Bool

  /// Nil for other words.
  init?(_ word: String) {
    switch word {
    case "yes", "no": (yes, no, isFirst) = (["yes"], ["no"], true)
    case "true", "false": (yes, no, isFirst) = (["true"], ["false", "untrue"], false)
    case "valid", "invalid": (yes, no, isFirst) = (["valid"], ["invalid"], false)
    default: return nil
    }
    isAffirmed = yes.contains(word)
  }

  enum Said: Equatable {
    case once(Bool)
    case both, never
  }

  private static let negations: Set<String> = ["not", "isn't", "never", "cannot", "can't", "hardly"]
  private static let introductions: Set<String> = [
    "so", "thus", "therefore", "hence", "then", "the", "answer", "is", "and", "but",
  ]

  /// What the words say; a denied word is its contrary ("not logically valid").
  func said(in words: [String]) -> Said {
    if isFirst {
      guard let first = words.first(where: { !Self.introductions.contains($0) }),
        yes.contains(first) || no.contains(first)
      else { return .never }
      return .once(yes.contains(first))
    }
    // What stands first is the answer, whatever reason follows.
    if let first = words.first, yes.contains(first) || no.contains(first) {
      return .once(yes.contains(first))
    }
    var said: Set<Bool> = []
    for (index, word) in words.enumerated() where yes.contains(word) || no.contains(word) {
      let isDenied = words[max(0, index - 3)..<index].contains { Self.negations.contains($0) }
      said.insert(yes.contains(word) != isDenied)
    }
    return said.count == 1 ? .once(said.contains(true)) : said.isEmpty ? .never : .both
  }
}
