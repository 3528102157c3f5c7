internal import PolyaKit

/// What a completion's last commitment says of the reference.
struct Grade {
  enum Outcome { case right, wrong, unclear }

  var outcome: Outcome
  /// What was taken for the answer; UTF-8 bytes of the completion.
  var bytes: Range<Int>?
  var note: Note?

  static func unclear(_ code: String, _ message: String, bytes: Range<Int>? = nil) -> Grade {
    Grade(outcome: .unclear, bytes: bytes, note: Note(code, message, bytes: bytes ?? 0..<0))
  }
}

/// Compares the last option that a completion commits itself to with the right one.
struct ChoiceGrader {
  private let choices: ChoiceList
  private let right: Int

  /// - Parameter right: an index of the options.
  init(_ choices: ChoiceList, right: Int) {
    self.choices = choices
    self.right = right
  }

  func grade(_ completion: String) -> Grade {
    let tokens = Token.scan(completion)
    let mentions = MentionFinder(tokens, choices).mentions()
    let statements = StatementFinder(tokens, mentions: mentions).statements()
    if let grade = grade(statements, tokens, mentions) { return grade }
    return gradeEnd(tokens, mentions, after: statements.last)
  }

  /// By the last statement that names an option; nil when none does.
  private func grade(_ statements: [Statement], _ tokens: [Token], _ mentions: [Mention]) -> Grade? {
    let reader = CommitmentReader(tokens, Sentences(tokens, mentions))
    var last: (options: [Int], tokens: Range<Int>, isSeveral: Bool)?
    var unmatched: Range<Int>?
    var isRevoked = false
    for statement in statements {
      switch reader.commitment(statement.scope, mentions) {
      case .chosen(let options, let range, let isSeveral):
        last = (options, range, isSeveral)
        (unmatched, isRevoked) = (nil, false)
      case .denied(let options):
        if let last, last.options.allSatisfy(options.contains) { isRevoked = true }
      case .none:
        if statement.isContainer, tokens[statement.scope].contains(where: \.isWord) {
          unmatched = statement.scope
        }
      }
    }
    if let unmatched { return Self.unmatched(Self.bytes(unmatched, tokens)) }
    guard let last else { return nil }
    let bytes = Self.bytes(last.tokens, tokens)
    if isRevoked { return .unclear("revoked-answer", "the answer is given and taken back", bytes: bytes) }
    return grade(last.options, isSeveral: last.isSeveral, bytes)
  }

  private func grade(_ options: [Int], isSeveral: Bool, _ bytes: Range<Int>) -> Grade {
    guard options.contains(right) else { return Grade(outcome: .wrong, bytes: bytes) }
    let same = options.allSatisfy { $0 == right || (!isSeveral && choices.texts[$0] == choices.texts[right]) }
    if same { return Grade(outcome: .right, bytes: bytes) }
    return isSeveral
      ? .unclear(
        "two-answers", "the answer names more than one option, the right one among them", bytes: bytes)
      : .unclear("ambiguous-option", "the answer's words are those of more than one option", bytes: bytes)
  }

  /// Without a statement: what the last sentence affirms, or the one before when it names nothing.
  private func gradeEnd(_ tokens: [Token], _ mentions: [Mention], after statement: Statement?) -> Grade {
    let sentences = Sentences(tokens, mentions)
    let reader = CommitmentReader(tokens, sentences)
    var end = tokens.count
    for _ in 0..<2 where end > 0 {
      guard let word = tokens[..<end].lastIndex(where: { $0.isWord || ")]".contains($0.text) }) else { break }
      let start = sentences.start(of: word)
      if let statement, statement.scope.lowerBound >= start,
        tokens[statement.scope].contains(where: \.isWord)
      {
        return Self.unmatched(Self.bytes(statement.scope, tokens))
      }
      let affirmed = reader.affirmed(start..<end, mentions).filter {
        !$0.isBareLetter || isLabel($0, start, tokens)
      }
      if let first = affirmed.first, let last = affirmed.last {
        let isSeveral = affirmed.contains { $0.options != first.options }
        let bytes = Self.bytes(first.tokens.lowerBound..<last.tokens.upperBound, tokens)
        return grade(affirmed.flatMap(\.options), isSeveral: isSeveral, bytes)
      }
      end = start
    }
    return Grade(outcome: .wrong, note: Note("no-answer", "the completion ends without naming an option"))
  }

  /// A bare letter counts alone in its sentence, or behind "so", "therefore" and the like.
  private func isLabel(_ mention: Mention, _ start: Int, _ tokens: [Token]) -> Bool {
    let before = tokens[start..<mention.tokens.lowerBound].filter(\.isWord)
    guard let last = before.last else { return true }
    return ["so", "thus", "therefore", "hence", "option", "choice", "letter", "answer", "it's"].contains(
      last.text)
  }

  private static func unmatched(_ bytes: Range<Int>) -> Grade {
    .unclear(
      "unmatched-answer", "the answer is none of the options as written; it may be one in other words",
      bytes: bytes)
  }

  private static func bytes(_ range: Range<Int>, _ tokens: [Token]) -> Range<Int> {
    tokens[range.lowerBound].bytes.lowerBound..<tokens[range.upperBound - 1].bytes.upperBound
  }
}
