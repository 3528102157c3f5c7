internal import PolyaKit

/// Compares the last answer of a completion with a short text: "valid", "True", sorted words, closing brackets.
struct TextGrader {
  private let reference: Answer
  private let referenceWords: Set<String>

  /// Nil when nothing is left of the reference to compare.
  init?(_ reference: String) {
    let tokens = Token.scan(reference)
    self.reference = Answer(tokens[...])
    referenceWords = Set(self.reference.words)
    if self.reference.words.isEmpty, self.reference.marks.isEmpty { return nil }
  }

  func grade(_ completion: String) -> Grade {
    let tokens = Token.scan(completion)
    guard let scope = scope(tokens) else {
      return Grade(outcome: .wrong, note: Note("no-answer", "the completion is empty"))
    }
    let bytes = tokens[scope.lowerBound].bytes.lowerBound..<tokens[scope.upperBound - 1].bytes.upperBound
    // A list may go on over lines, so an answer that is no match by itself is tried with the rest of the text.
    let isRight =
      matches(tokens[scope])
      || (reference.words.count > 1 && matches(tokens[scope.lowerBound...], asList: true))
    return Grade(outcome: isRight ? .right : .wrong, bytes: bytes)
  }

  /// The last statement's answer; without one, the last line.
  private func scope(_ tokens: [Token]) -> Range<Int>? {
    if let statement = StatementFinder(tokens).statements().last { return statement.scope }
    guard let line = tokens.lastIndex(where: \.startsLine) else { return nil }
    return line..<tokens.count
  }

  private func matches(_ tokens: ArraySlice<Token>, asList: Bool = false) -> Bool {
    var answer = Answer(tokens)
    if reference.words.isEmpty { return answer.words.isEmpty && answer.marks == reference.marks }
    if asList {
      answer.words = answer.words.filter { !isNumbering($0) }
    }
    if answer.words == reference.words { return true }
    guard reference.words.count == 1 else { return false }
    let word = reference.words[0]
    if Double(word) != nil { return number(answer.words.last { Double($0) != nil }) == number(word) }
    return Self.truths.contains(word) && Self.truth(answer.words) == word
  }

  /// "1." in front of an element.
  private func isNumbering(_ word: String) -> Bool {
    Int(word) != nil && !referenceWords.contains(word)
  }

  private func number(_ word: String?) -> Double? { word.flatMap { Double($0) } }

  private static let truths: Set<String> = ["yes", "no", "true", "false", "valid", "invalid"]

  /// The first word when it is a verdict, whatever reason follows.
  private static func truth(_ words: [String]) -> String? {
    let opposites = ["valid": "invalid", "invalid": "valid", "true": "false", "false": "true"]
    guard let first = words.first else { return nil }
    if first == "not", words.count > 1 { return opposites[words[1]] }
    return truths.contains(first) ? first : nil
  }

  /// Words in order, and brackets for answers without words.
  private struct Answer {
    var words: [String]
    var marks: [String]

    private static let brackets: Set<String> = ["(", ")", "[", "]", "{", "}", "<", ">"]

    init(_ tokens: ArraySlice<Token>) {
      words = tokens.filter(\.isWord).map(\.text)
      marks = tokens.filter { !$0.isWord && Self.brackets.contains($0.text) }.map(\.text)
    }
  }
}
