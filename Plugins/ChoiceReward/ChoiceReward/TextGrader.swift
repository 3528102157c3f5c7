internal import AnswerText
internal import PolyaKit

/// Compares the last answer of a completion with a short text: "valid", "True", sorted words, closing brackets.
struct TextGrader {
  private let reference: TextAnswer
  private let referenceWords: Set<String>

  /// Nil when nothing is left of the reference to compare.
  init?(_ reference: String) {
    let tokens = Token.scan(reference)
    self.reference = TextAnswer(tokens[...])
    referenceWords = Set(self.reference.words)
    if self.reference.words.isEmpty, self.reference.marks.isEmpty { return nil }
  }

  func grade(_ completion: String) -> Grade {
    let visible = ChoiceGrader.withoutThinking(Array(completion.utf8))
    let tokens = Token.scan(visible)
    guard let scope = scope(visible, tokens) else {
      return Grade(outcome: .wrong, note: Note("no-answer", "the completion is empty"))
    }
    let place =
      StatementFinder(visible, tokens).statements().isEmpty ? "the last sentence" : "the last statement"
    let bytes = tokens[scope.lowerBound].bytes.lowerBound..<tokens[scope.upperBound - 1].bytes.upperBound
    if reference.words.count == 1, let truth = Truth(reference.words[0]) {
      switch truth.said(in: tokens[scope].filter(\.isWord).map(\.text)) {
      case .once(let said):
        return Grade(outcome: said == truth.isAffirmed ? .right : .wrong, bytes: bytes).from(
          place, "what it affirms or denies is compared with the reference")
      case .both: return .unclear("two-answers", "the answer says both", bytes: bytes)
      case .never: return Grade(outcome: .wrong, bytes: bytes)
      }
    }
    // A list may go on over lines, so an answer that is no match by itself is tried with the rest of the text.
    let isRight =
      matches(tokens[scope]) || matchesOnlyNumber(tokens[scope])
      || (reference.words.count > 1 && (matches(tokens[scope.lowerBound...]) || endsWithList(tokens)))
    return Grade(outcome: isRight ? .right : .wrong, bytes: bytes).from(
      place, "its words are compared with the reference's in order")
  }

  /// The last statement's answer; without one, the last sentence that is not for the reader.
  private func scope(_ completion: [UInt8], _ tokens: [Token]) -> Range<Int>? {
    let sentences = Sentences(tokens, [])
    if let statement = StatementFinder(completion, tokens).statements().last { return statement.scope }
    // "Invalid. For it to be …"
    if let first = tokens.first, Truth(first.text) != nil, sentences.end(from: 0) == 1, tokens.count > 1 {
      return 0..<1
    }
    var end = tokens.count
    while end > 0 {
      let line = sentences.start(of: end - 1)
      // A sentence is no more than its marks where these are brackets: "] ) >".
      let start = tokens[line..<end].contains(where: \.isWord) || tokens[line].startsLine ? line : end - 1
      let text = completion[tokens[start].bytes.lowerBound..<tokens[end - 1].bytes.upperBound]
      let isEmpty = !tokens[start..<end].contains { $0.isWord || TextAnswer.brackets.contains($0.text) }
      if !isEmpty, !AnswerCue.isRemark(text.drop { $0.isSpace || "*_#>-".utf8.contains($0) }) {
        return start..<end
      }
      end = start
    }
    return tokens.isEmpty ? nil : 0..<tokens.count
  }

  // MARK: Comparing

  private func matches(_ tokens: ArraySlice<Token>) -> Bool {
    let starts = TextAnswer.starts(of: tokens)
    if reference.words.count == 1, Self.hasDigit(reference.words[0]) {
      // Of several numbers or dates, the last that a sentence says of something.
      guard let last = starts.last(where: { $0 < tokens.endIndex && Self.hasDigit(tokens[$0].text) }) else {
        return false
      }
      return begins(tokens[last...])
    }
    return starts.contains { begins(tokens[$0...]) }
  }

  private static func hasDigit(_ word: String) -> Bool { word.utf8.contains { $0 &- 0x30 < 10 } }

  /// Whether the reference stands at the beginning, and then only a reason.
  private func begins(_ tokens: ArraySlice<Token>) -> Bool {
    let answer = TextAnswer(tokens)
    if reference.words.isEmpty { return answer.words.isEmpty && answer.marks == reference.marks }
    let words = listed(answer.words)
    if words == reference.words { return true }
    guard words.starts(with: reference.words) || words.first.map(isReference) == true else { return false }
    return TextAnswer.endsClause(behind: reference.words.count, in: tokens)
  }

  /// Whether the reference is the only number of a sentence.
  private func matchesOnlyNumber(_ tokens: ArraySlice<Token>) -> Bool {
    guard reference.words.count == 1, let number = Double(reference.words[0]) else { return false }
    let numbers = tokens.compactMap { $0.isWord ? Double($0.text) ?? Self.numerals[$0.text] : nil }
    return numbers == [number]
  }

  static let numerals: [String: Double] = Dictionary(
    uniqueKeysWithValues: [
      "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
      "twelve",
      "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty",
    ].enumerated().map { ($1, Double($0)) })

  private func isReference(_ word: String) -> Bool {
    guard reference.words.count == 1, let number = Double(reference.words[0]) else { return false }
    return Double(word) == number
  }

  /// Without numbering ("1." in front of an element) and without the "and" before the last one.
  private func listed(_ words: [String]) -> [String] {
    guard reference.words.count > 1 else { return Self.withoutArticle(words) }
    let kept = words.filter { (Int($0) == nil && $0 != "and") || referenceWords.contains($0) }
    return kept.count == reference.words.count ? kept : Self.withoutArticle(words)
  }

  private static func withoutArticle(_ words: [String]) -> [String] {
    words.count > 1 && ["a", "an", "the"].contains(words[0]) ? Array(words.dropFirst()) : words
  }

  /// Whether the text ends with the elements of the reference on lines of their own.
  private func endsWithList(_ tokens: [Token]) -> Bool {
    var expected = reference.words[...]
    for token in tokens.reversed() where token.isWord {
      guard let last = expected.last else { return false }
      if token.text == last {
        expected.removeLast()
        if expected.isEmpty { return token.startsLine || isBehindNumbering(token, tokens) }
      } else if Int(token.text) == nil {
        return false
      }
    }
    return false
  }

  private func isBehindNumbering(_ token: Token, _ tokens: [Token]) -> Bool {
    guard let index = tokens.firstIndex(of: token), index > 0 else { return true }
    return tokens[..<index].suffix(3).contains { $0.startsLine }
      && !tokens[..<index].suffix(2).contains { $0.isWord && Int($0.text) == nil }
  }
}
