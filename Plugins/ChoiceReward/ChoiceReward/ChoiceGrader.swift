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
    let bytes = Array(completion.utf8)
    let tokens = Token.scan(bytes)
    let words = Occurrences(in: tokens.count) { tokens[$0].isWord }
    let mentions = MentionFinder(bytes, tokens, choices, words: words).mentions()
    let sentences = Sentences(tokens, mentions)
    let statements = StatementFinder(tokens, mentions, sentences).statements()
    let reader = CommitmentReader(tokens, sentences, mentions)
    if let grade = grade(statements, tokens, words, reader) { return grade }
    return gradeEnd(tokens, words, sentences, reader, after: statements.last)
  }

  /// By the last statement that names an option; nil when none does.
  private func grade(
    _ statements: [Statement], _ tokens: [Token], _ words: Occurrences, _ reader: CommitmentReader
  ) -> Grade? {
    var denied: [Range<Int>] = []
    for statement in statements.reversed() {
      switch reader.commitment(statement.scope) {
      case .chosen(let options, let range, let isSeveral):
        let bytes = Self.bytes(range, tokens)
        guard !reader.isEachNamed(options, in: denied.reversed()) else {
          return .unclear("revoked-answer", "the answer is given and then taken back", bytes: bytes)
        }
        return grade(options, isSeveral: isSeveral, bytes)
      case .denied(let mentions): denied.append(mentions)
      case .none:
        if statement.isContainer, words.contains(in: statement.scope) {
          return Self.unmatched(Self.bytes(statement.scope, tokens))
        }
      }
    }
    return nil
  }

  private func grade(_ options: OptionMask, isSeveral: Bool, _ bytes: Range<Int>) -> Grade {
    guard options.contains(OptionMask(option: right)) else { return Grade(outcome: .wrong, bytes: bytes) }
    let same = options.options.allSatisfy {
      $0 == right || (!isSeveral && choices.texts[$0] == choices.texts[right])
    }
    if same { return Grade(outcome: .right, bytes: bytes) }
    return isSeveral
      ? .unclear(
        "two-answers", "the answer names more than one option, including the right one", bytes: bytes)
      : .unclear("ambiguous-option", "the words of the answer match more than one option", bytes: bytes)
  }

  /// Without a statement: what the last sentence affirms, or the one before when it names nothing.
  private func gradeEnd(
    _ tokens: [Token], _ words: Occurrences, _ sentences: Sentences, _ reader: CommitmentReader,
    after statement: Statement?
  ) -> Grade {
    var end = tokens.count
    for _ in 0..<2 where end > 0 {
      guard let word = tokens[..<end].lastIndex(where: { $0.isWord || ")]".contains($0.text) }) else { break }
      let start = sentences.start(of: word)
      if let statement, statement.scope.lowerBound >= start, words.contains(in: statement.scope) {
        return Self.unmatched(Self.bytes(statement.scope, tokens))
      }
      let affirmed = reader.affirmed(start..<end).filter {
        !$0.isBareLetter || isLabel($0, start, tokens, words)
      }
      if let first = affirmed.first, let last = affirmed.last {
        let isSeveral = affirmed.contains { $0.options != first.options }
        let bytes = Self.bytes(first.tokens.lowerBound..<last.tokens.upperBound, tokens)
        return grade(OptionMask(affirmed.map(\.options)), isSeveral: isSeveral, bytes)
      }
      end = start
    }
    return Grade(outcome: .wrong, note: Note("no-answer", "the completion ends without naming an option"))
  }

  /// A bare letter counts alone in its sentence, or behind "so", "therefore" and the like.
  private func isLabel(_ mention: Mention, _ start: Int, _ tokens: [Token], _ words: Occurrences) -> Bool {
    guard let last = words.last(in: start..<mention.tokens.lowerBound) else { return true }
    return Self.introductions.contains(tokens[last].text)
  }

  private static let introductions: Set<String> = [
    "so", "thus", "therefore", "hence", "option", "choice", "letter", "answer", "it's",
  ]

  private static func unmatched(_ bytes: Range<Int>) -> Grade {
    .unclear(
      "unmatched-answer", "the answer matches no option as written; it may be one in other words",
      bytes: bytes)
  }

  private static func bytes(_ range: Range<Int>, _ tokens: [Token]) -> Range<Int> {
    tokens[range.lowerBound].bytes.lowerBound..<tokens[range.upperBound - 1].bytes.upperBound
  }
}
