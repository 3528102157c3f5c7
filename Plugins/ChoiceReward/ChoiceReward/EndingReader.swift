internal import AnswerText

/// Reads the end of a completion: what its last sentences affirm, and whether they take something back.
struct EndingReader {
  private let bytes: [UInt8]
  private let tokens: [Token]
  private let sentences: Sentences
  private let words: Occurrences
  private let reader: CommitmentReader
  private let end: Int

  /// - Parameter end: Where the answer ends, before a next question.
  init(
    _ bytes: [UInt8], _ tokens: [Token], _ sentences: Sentences, _ words: Occurrences,
    _ reader: CommitmentReader,
    end: Int
  ) {
    self.end = end
    self.bytes = bytes
    self.tokens = tokens
    self.sentences = sentences
    self.words = words
    self.reader = reader
  }

  /// What a sentence says the answer is.
  struct Affirmed {
    var options: OptionMask
    var isSeveral: Bool
    /// Of the completion.
    var bytes: Range<Int>
  }

  /// The last two sentences that are not for the reader, the last one first.
  func lastSentences() -> [Range<Int>] {
    var found: [Range<Int>] = []
    var end = end
    for _ in 0..<4 where end > 0 && found.count < 2 {
      guard let word = tokens[..<end].lastIndex(where: { $0.isWord || ")]".contains($0.text) }) else { break }
      let start = sentences.start(of: word)
      if !isRemark(start, end) { found.append(start..<end) }
      end = start
    }
    return found
  }

  private func isRemark(_ start: Int, _ end: Int) -> Bool {
    if reader.isMention(start) { return false }
    let text = bytes[tokens[start].bytes.lowerBound..<tokens[end - 1].bytes.upperBound]
    return AnswerCue.isRemark(text.drop { $0.isSpace || "*_#>-".utf8.contains($0) })
  }

  /// What the last sentence behind `start` affirms that affirms anything.
  func affirmed(behind start: Int) -> Affirmed? {
    for sentence in lastSentences() where sentence.lowerBound >= start {
      if let affirmed = affirmed(in: sentence) { return affirmed }
    }
    return nil
  }

  /// Whether the text ends with the list of all options, as the question has it.
  func restatesOptions(count: Int) -> Bool {
    var expected = count - 1
    for mention in reader.mentions.reversed() {
      guard tokens[mention.tokens.lowerBound].startsLine || isBehindMarks(mention.tokens.lowerBound),
        mention.options == OptionMask(option: expected)
      else { return false }
      if expected == count - 1, mention.tokens.upperBound < words.places.last ?? 0 { return false }
      guard expected > 0 else { return count > 1 }
      expected -= 1
    }
    return false
  }

  private func isBehindMarks(_ index: Int) -> Bool {
    let before = tokens[..<index].suffix(3)
    return before.contains { $0.startsLine } && !before.contains { $0.isWord }
  }

  /// The options that a sentence affirms; where it draws a conclusion, those of the conclusion.
  func affirmed(in sentence: Range<Int>) -> Affirmed? {
    guard !sentence.isEmpty, !sentences.isQuestion(sentence.lowerBound) else { return nil }
    if let answer = reader.leading(in: sentence) { return described(answer) }
    let scope = main(of: conclusion(in: sentence) ?? sentence)
    var affirmed = reader.affirmed(scope).filter { !$0.isBareLetter || isLabel($0, scope.lowerBound) }
    let stated = affirmed.filter { !isHypothetical($0) }
    if !stated.isEmpty { affirmed = stated }
    return described(affirmed)
  }

  /// Without a reason behind it, and of a computation what it comes to, where that affirms something.
  private func main(of scope: Range<Int>) -> Range<Int> {
    if let sign = tokens[scope].lastIndex(where: { $0.text == "=" }),
      !reader.affirmed(sign + 1..<scope.upperBound).isEmpty
    {
      return sign + 1..<scope.upperBound
    }
    let reason = tokens[scope].indices.dropFirst().first { index in
      ["because", "since", "as", "for"].contains(tokens[index].text) && tokens[index - 1].text == ","
    }
    guard let reason, !reader.affirmed(scope.lowerBound..<reason).isEmpty else { return scope }
    return scope.lowerBound..<reason
  }

  private func described(_ affirmed: [Mention]) -> Affirmed? {
    guard let first = affirmed.first, let last = affirmed.last else { return nil }
    return Affirmed(
      options: OptionMask(affirmed.map(\.options)),
      isSeveral: affirmed.contains { $0.options != first.options },
      bytes: tokens[first.tokens.lowerBound].bytes
        .lowerBound..<tokens[last.tokens.upperBound - 1].bytes.upperBound)
  }

  private static let conclusions: Set<String> = [
    "leaves", "leaving", "leave", "therefore", "thus", "hence", "so", "must", "also", "donc", "luego",
    "quindi",
    "portanto", "actually", "instead", "rightarrow", "⇒", "→", "➡",
  ]

  /// From the last word that draws a conclusion on, where something is affirmed behind it.
  private func conclusion(in sentence: Range<Int>) -> Range<Int>? {
    guard let word = tokens[sentence].lastIndex(where: { Self.conclusions.contains($0.text) }),
      !reader.affirmed(word + 1..<sentence.upperBound).isEmpty
    else { return nil }
    // "so it is 40 - 10 = 30".
    let start = tokens[word + 1..<sentence.upperBound].lastIndex { $0.text == "=" } ?? word
    return (reader.affirmed(start + 1..<sentence.upperBound).isEmpty ? word : start) + 1..<sentence.upperBound
  }

  /// "It would be 14 cm, but …".
  private func isHypothetical(_ mention: Mention) -> Bool {
    let start = mention.tokens.lowerBound
    return start >= 2 && tokens[start - 1].text == "be"
      && ["would", "could", "might", "may"].contains(tokens[start - 2].text)
  }

  /// The option that is all that the completion begins with, where the rest does not go through the options.
  func beginning(_ mentions: [Mention]) -> Affirmed? {
    guard let first = mentions.first, let word = tokens.firstIndex(where: \.isWord),
      first.tokens.contains(word), !reader.isDenied(0)
    else { return nil }
    let end = sentences.end(from: first.tokens.lowerBound)
    guard end < tokens.count, !tokens[first.tokens.upperBound..<end].contains(where: \.isWord),
      !sentences.isQuestion(word)
    else { return nil }
    let items = mentions.dropFirst().filter {
      tokens[$0.tokens.lowerBound].startsLine && $0.options != first.options
    }
    return items.isEmpty ? described([first]) : nil
  }

  /// A bare letter counts alone in its sentence, or behind "so", "therefore" and the like.
  private func isLabel(_ mention: Mention, _ start: Int) -> Bool {
    guard let last = words.last(in: start..<mention.tokens.lowerBound) else { return true }
    return Self.introductions.contains(tokens[last].text)
  }

  private static let introductions: Set<String> = [
    "so", "thus", "therefore", "hence", "option", "choice", "letter", "answer", "it's", "is", "be", "leaves",
    "leaving", "leave", "with", "only", "ist", "est", "es", "è", "é", "just", "actually", "or", "and",
    "either", "between", "probably", "likely", "definitely", "clearly", "obviously", "say", "right",
    "correct", "to",
    "rightarrow",
  ]

  // MARK: Changes of mind

  /// The text behind the last words with which the writer turns back, if they stand behind `end`.
  func change(after end: Int) -> Range<Int>? {
    guard end < self.end else { return nil }
    for index in (end..<self.end).reversed() where Self.turns.contains(tokens[index].text) {
      guard sentences.start(of: index) == index || Self.strong.contains(tokens[index].text) else { continue }
      return sentences.start(of: index)..<self.end
    }
    return nil
  }

  private static let turns: Set<String> = [
    "wait", "actually", "hmm", "no", "correction", "sorry", "scratch", "hold", "however",
    "reflection",
  ]
  private static let strong: Set<String> = ["scratch", "correction", "reflection"]

  /// Whether what is said there takes back what was said before.
  func isRetracted(_ range: Range<Int>) -> Bool {
    let words = tokens[range].filter(\.isWord).map(\.text)
    return words.indices.contains { index in
      ["wrong", "incorrect", "mistake", "mistaken"].contains(words[index])
        && (index == 0 || !["not", "nothing", "isn't", "are", "options"].contains(words[index - 1]))
    }
  }
}
