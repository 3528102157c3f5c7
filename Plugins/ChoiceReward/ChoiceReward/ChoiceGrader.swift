internal import AnswerText
internal import PolyaKit

/// What a completion's last commitment says of the reference.
struct Grade {
  enum Outcome { case right, wrong, unclear }

  var outcome: Outcome
  /// What was taken for the answer; UTF-8 bytes of the completion.
  var bytes: Range<Int>?
  var note: Note?

  /// With a note on where the answer stands, unless there is another one.
  func from(_ place: String, _ rule: String) -> Grade {
    guard note == nil, let bytes else { return self }
    var grade = self
    grade.note = Note("answer-from", "taken from \(place): \(rule)", bytes: bytes)
    return grade
  }

  static func unclear(_ code: String, _ message: String, bytes: Range<Int>? = nil) -> Grade {
    Grade(outcome: .unclear, bytes: bytes, note: Note(code, message, bytes: bytes ?? 0..<0))
  }
}

/// Compares the last option that a completion commits itself to with the right one.
struct ChoiceGrader {
  private let choices: ChoiceList
  private let right: Int
  /// Whether judging an option ("B is false") says which one is asked for.
  private let asksForTruth: Bool

  /// - Parameters:
  ///   - right: an index of the options.
  ///   - question: may ask which of them is *not* right.
  init(_ choices: ChoiceList, right: Int, question: String = "") {
    self.choices = choices
    self.right = right
    asksForTruth = !Token.scan(question).contains { Self.negatives.contains($0.text) }
  }

  private static let negatives: Set<String> = [
    "not", "except", "false", "incorrect", "wrong", "least", "untrue",
  ]

  func grade(_ completion: String) -> Grade {
    let bytes = Self.withoutThinking(Array(completion.utf8))
    let tokens = choices.areNumbers ? Self.withDigits(Token.scan(bytes)) : Token.scan(bytes)
    let words = Occurrences(in: tokens.count) { tokens[$0].isWord }
    let mentions = MentionFinder(bytes, tokens, choices, words: words).mentions()
    let sentences = Sentences(tokens, mentions)
    let judgments = JudgmentReader(tokens, mentions, sentences, asksForTruth: asksForTruth).judgments()
    var statements = StatementFinder(bytes, tokens, mentions, sentences, judgments).statements()
    let reader = CommitmentReader(tokens, sentences, mentions, judgments)
    let end = answerEnd(tokens, statements, reader)
    statements.removeAll { $0.scope.lowerBound >= end }
    let ending = EndingReader(bytes, tokens, sentences, words, reader, end: end)
    if let last = statements.last?.scope.upperBound, let change = ending.change(after: last) {
      if let grade = grade(ending.affirmed(behind: change.lowerBound)) {
        return grade.from("what follows a change of mind", Self.rule)
      }
      if ending.isRetracted(change) {
        return .unclear("revoked-answer", "the answer is given and then taken back")
      }
    }
    return grade(statements, tokens, words, reader)?.from("the last statement", Self.rule)
      ?? grade(ending.beginning(mentions))?.from("the beginning", Self.rule)
      ?? gradeEnd(ending, tokens, words, after: statements.last).from("the last sentences", Self.rule)
  }

  private static let rule = "the option that is named there is compared with the reference's"

  /// The text with blanks for what the model thought before it answered, so that places stay what they are.
  static func withoutThinking(_ bytes: [UInt8]) -> [UInt8] {
    let answer = Thinking.answer(of: bytes[...])
    guard answer.count < bytes.count else { return bytes }
    var visible = [UInt8](repeating: UInt8(ascii: " "), count: bytes.count)
    visible.replaceSubrange(answer.indices, with: answer)
    return visible
  }

  /// With digits for numbers in words, where options are numbers. "One" is more often a pronoun, but behind "is".
  private static func withDigits(_ tokens: [Token]) -> [Token] {
    var changed = tokens
    for index in tokens.indices {
      guard let number = TextGrader.numerals[tokens[index].text],
        number != 1 || index > 0 && tokens[index - 1].text == "is"
      else { continue }
      changed[index].text = "\(Int(number))"
    }
    return changed
  }

  /// Where a next question begins that the model asks itself after it has answered.
  private func answerEnd(_ tokens: [Token], _ statements: [Statement], _ reader: CommitmentReader) -> Int {
    let answered = statements.first {
      if case .chosen = reader.commitment($0.scope) { true } else { false }
    }
    guard let answered else { return tokens.count }
    let next = tokens[answered.scope.upperBound...].indices.dropLast().first {
      tokens[$0].startsLine && ["question", "q"].contains(tokens[$0].text) && tokens[$0 + 1].text == ":"
    }
    return next ?? tokens.count
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
        let isAlternative = tokens[range].contains { ["or", "/"].contains($0.text) }
        return grade(options, isSeveral: isSeveral, isAlternative: isAlternative, bytes)
      case .denied(let mentions): denied.append(mentions)
      case .none:
        if let option = choices.numbered(tokens[statement.scope].filter(\.isWord).map(\.text)) {
          return grade(OptionMask(option: option), isSeveral: false, Self.bytes(statement.scope, tokens))
        }
        if Refusal.end(in: statement.scope, tokens, choices) != nil {
          return Self.refused(Self.bytes(statement.scope, tokens))
        }
        if statement.isContainer, words.contains(in: statement.scope) {
          return Self.unmatched(Self.bytes(statement.scope, tokens))
        }
      }
    }
    return nil
  }

  /// - Parameter isAlternative: Whether several options are what the answer is between, not all of them its answer.
  private func grade(
    _ options: OptionMask, isSeveral: Bool, isAlternative: Bool = true, _ bytes: Range<Int>
  ) -> Grade {
    guard options.contains(OptionMask(option: right)) else { return Grade(outcome: .wrong, bytes: bytes) }
    let same = options.options.allSatisfy {
      $0 == right || (!isSeveral && choices.texts[$0] == choices.texts[right])
    }
    if same { return Grade(outcome: .right, bytes: bytes) }
    if isSeveral, !isAlternative {
      return Grade(
        outcome: .wrong, bytes: bytes,
        note: Note("two-answers", "the answer names several options", bytes: bytes))
    }
    return isSeveral
      ? .unclear(
        "two-answers", "the answer names more than one option, including the right one", bytes: bytes)
      : .unclear("ambiguous-option", "the words of the answer match more than one option", bytes: bytes)
  }

  private func grade(_ affirmed: EndingReader.Affirmed?) -> Grade? {
    affirmed.map { grade($0.options, isSeveral: $0.isSeveral, $0.bytes) }
  }

  /// Without a statement: what the last sentence affirms, or the one before when it names nothing.
  private func gradeEnd(
    _ ending: EndingReader, _ tokens: [Token], _ words: Occurrences, after statement: Statement?
  ) -> Grade {
    guard !ending.restatesOptions(count: choices.texts.count) else { return Self.noAnswer }
    for sentence in ending.lastSentences() {
      if let statement, statement.scope.lowerBound >= sentence.lowerBound, words.contains(in: statement.scope)
      {
        return Self.unmatched(Self.bytes(statement.scope, tokens))
      }
      let affirmed = ending.affirmed(in: sentence)
      if let refusal = Refusal.end(in: sentence, tokens, choices),
        ending.affirmed(in: refusal..<sentence.upperBound) == nil
      {
        return Self.refused(Self.bytes(sentence, tokens))
      }
      if let grade = grade(affirmed) { return grade }
    }
    return Self.noAnswer
  }

  private static let noAnswer = Grade(
    outcome: .wrong, note: Note("no-answer", "the completion ends without naming an option"))

  private static func unmatched(_ bytes: Range<Int>) -> Grade {
    .unclear(
      "unmatched-answer", "the answer matches no option as written; it may be one in other words",
      bytes: bytes)
  }

  private static func refused(_ bytes: Range<Int>) -> Grade {
    Grade(outcome: .wrong, bytes: bytes, note: Note("no-answer", "the answer is none of the options"))
  }

  private static func bytes(_ range: Range<Int>, _ tokens: [Token]) -> Range<Int> {
    tokens[range.lowerBound].bytes.lowerBound..<tokens[range.upperBound - 1].bytes.upperBound
  }
}
