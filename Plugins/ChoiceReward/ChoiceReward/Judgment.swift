/// Reads lists that judge one option after the other: "A: wrong. B: correct.", "✅ B", "| B | ❌ |", "- [x] B".
struct JudgmentReader {
  private let tokens: [Token]
  private let mentions: [Mention]
  private let sentences: Sentences

  /// Whether judging an option ("B is false") says which one is asked for.
  private let asksForTruth: Bool

  init(_ tokens: [Token], _ mentions: [Mention], _ sentences: Sentences, asksForTruth: Bool) {
    self.asksForTruth = asksForTruth
    self.tokens = tokens
    self.mentions = mentions
    self.sentences = sentences
  }

  /// Of each mention, whether it is judged right or wrong; nil where the text does not judge it so.
  func judgments() -> [Bool?] {
    mentions.indices.map { number in
      let mention = mentions[number].tokens
      guard beginsItem(mention.lowerBound) else { return nil }
      let next = number + 1 < mentions.count ? mentions[number + 1].tokens.lowerBound : tokens.count
      guard asksForTruth else { return said(Self.ofAnswers, behind: mention.upperBound, next) }
      return before(mention.lowerBound) ?? directly(behind: mention.upperBound, next)
        ?? atEndOfLine(from: mention.upperBound, next)
        ?? said(Self.ofAnswers + Self.ofTruth, behind: mention.upperBound, next)
    }
  }

  /// Whether only marks stand before it in its line or sentence, or in its cell.
  private func beginsItem(_ index: Int) -> Bool {
    var index = index - 1
    var following = index + 1
    while index >= 0, !tokens[following].startsLine {
      let token = tokens[index]
      if [".", ";", ",", "|", "!", "。", "；"].contains(token.text) { return true }
      guard !token.isWord || token.text == "x" || Self.numbering(token) || Self.labels.contains(token.text)
      else { return false }
      following = index
      index -= 1
    }
    return true
  }

  private static func numbering(_ token: Token) -> Bool { Int(token.text) != nil }

  private static let labels: Set<String> = ["option", "choice", "statement", "answer"]

  /// "✅ B", "[x] B".
  private func before(_ index: Int) -> Bool? {
    var index = index
    while index > 0, !tokens[index].startsLine {
      index -= 1
      if let mark = Self.marks[tokens[index].text] { return mark }
      if tokens[index].text == "x", index > 0, tokens[index - 1].text == "[" { return true }
      guard !tokens[index].isWord, tokens[index].text != "." else { return nil }
    }
    return nil
  }

  private static let marks: [String: Bool] = [
    "✓": true, "✔": true, "✅": true, "☑": true, "✗": false, "✘": false, "❌": false, "✖": false, "×": false,
    "✕": false, "🚫": false, "⭕": true,
  ]
  private static let words: [String: Bool] = [
    "correct": true, "right": true, "true": true, "yes": true, "wrong": false, "incorrect": false,
    "false": false, "no": false, "not": false, "eliminated": false, "impossible": false, "richtig": true,
    "korrekt": true, "falsch": false, "correcte": true, "incorrecte": false, "vrai": true, "faux": false,
    "correcta": true, "correcto": true, "incorrecta": false, "incorrecto": false, "corretta": true,
    "sbagliata": false, "correta": true, "errada": false, "верно": true, "неверно": false,
  ]
  private static let fillers: Set<String> = [
    "is", "was", "this", "that", "it", "it's", "the", "a", "option", "statement", "answer", "ist", "est",
    "es", "è", "é", "also", "clearly", "definitely", "therefore", "so",
  ]

  /// ": wrong", "— this is correct", "(incorrect)".
  private func directly(behind start: Int, _ next: Int) -> Bool? {
    for index in start..<min(next, start + 10) {
      let token = tokens[index]
      if token.startsLine { return nil }
      if let mark = Self.marks[token.text] ?? Self.chinese(tokens, index) { return mark }
      guard token.isWord else { continue }
      if let word = Self.words[token.text] { return word }
      guard Self.fillers.contains(token.text) else { return nil }
    }
    return nil
  }

  private static func chinese(_ tokens: [Token], _ index: Int) -> Bool? {
    guard index + 1 < tokens.count else { return nil }
    switch tokens[index].text + tokens[index + 1].text {
    case "正确", "正解", "正し": return true
    case "错误", "不对", "間違", "誤り": return false
    default: return nil
    }
  }

  /// "… so this is the answer", "… Not the lowest.": the last of such words.
  private func said(_ phrases: [([String], Bool)], behind start: Int, _ next: Int) -> Bool? {
    var said: Bool?
    for index in start..<min(next, start + Self.longestLine) {
      if tokens[index].startsLine { return said }
      for (phrase, judgment) in phrases where has(phrase, at: index) { said = judgment }
    }
    return said
  }

  private func has(_ words: [String], at index: Int) -> Bool {
    index + words.count <= tokens.count && zip(words, tokens[index...]).allSatisfy { $0 == $1.text }
  }

  private static let ofAnswers: [([String], Bool)] = [
    (["is", "the", "answer"], true), (["not", "the", "answer"], false),
    (["is", "the", "correct", "answer"], true),
    (["not", "the", "correct", "answer"], false),
  ]
  private static let ofTruth: [([String], Bool)] = [
    (["this", "is", "the"], true), (["is", "correct"], true), (["is", "right"], true),
    (["is", "the", "correct"], true), (["not", "the"], false), (["is", "incorrect"], false),
    (["is", "wrong"], false),
    (["not", "correct"], false), (["not", "right"], false), (["ruled", "out"], false),
    (["is", "not"], false),
    (["is", "eliminated"], false), (["isn't"], false), (["doesn't"], false), (["does", "not"], false),
  ]

  /// Tokens of a line that are looked at for a mark at its end: an answer may be one line of mentions.
  private static let longestLine = 64

  /// A mark that ends the line in which nothing else is judged.
  private func atEndOfLine(from start: Int, _ next: Int) -> Bool? {
    var judgment: Bool?
    for index in start..<min(tokens.count, start + Self.longestLine) {
      if tokens[index].startsLine { return judgment }
      if let mark = Self.marks[tokens[index].text] {
        judgment = mark
      } else if let word = Self.words[tokens[index].text], tokens[index - 1].text == "|" || judgment == word {
        judgment = word
      } else if tokens[index].isWord || index >= next {
        judgment = nil
      }
    }
    return start + Self.longestLine < tokens.count ? nil : judgment
  }
}
