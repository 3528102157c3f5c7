/// A place of a completion that names an option.
struct Mention: Equatable {
  /// More than one where options have the same words.
  var options: [Int]
  /// The tokens.
  var tokens: Range<Int>
  /// Whether it is the bare letter of an option, which could be a word as well.
  var isBareLetter = false
}

/// Finds where a completion names options, by letter or by text, from left to right, the longest first.
struct MentionFinder {
  private let tokens: [Token]
  private let choices: ChoiceList
  /// Options by the first of their words.
  private let byFirstWord: [String: [Int]]

  init(_ tokens: [Token], _ choices: ChoiceList) {
    self.tokens = tokens
    self.choices = choices
    byFirstWord = Dictionary(
      grouping: choices.words.indices.filter { !choices.words[$0].isEmpty }, by: { choices.words[$0][0] })
  }

  func mentions() -> [Mention] {
    var found: [Mention] = []
    var index = 0
    while index < tokens.count {
      guard let mention = mention(at: index) else {
        index += 1
        continue
      }
      // "(B) Ana" names one option twice.
      if let last = found.last, last.options.allSatisfy(mention.options.contains), isNextTo(last, mention) {
        found[found.count - 1].tokens = last.tokens.lowerBound..<mention.tokens.upperBound
      } else {
        found.append(mention)
      }
      index = mention.tokens.upperBound
    }
    return found
  }

  private func isNextTo(_ first: Mention, _ second: Mention) -> Bool {
    tokens[first.tokens.upperBound..<second.tokens.lowerBound].allSatisfy { !$0.isWord && $0.text != ";" }
      && second.tokens.lowerBound - first.tokens.upperBound <= 4
  }

  private func mention(at index: Int) -> Mention? {
    if let text = text(at: index) { return text }
    return letter(at: index)
  }

  /// The longest option whose words stand here.
  private func text(at index: Int) -> Mention? {
    var best = Mention(options: [], tokens: index..<index)
    for option in byFirstWord[tokens[index].text] ?? [] {
      guard let end = end(of: choices.words[option], from: index) else { continue }
      if end > best.tokens.upperBound {
        best = Mention(options: [option], tokens: index..<end)
      } else if end == best.tokens.upperBound {
        best.options.append(option)
      }
    }
    guard !best.options.isEmpty else { return nil }
    best.options = exact(best)
    best.tokens = best.tokens.lowerBound..<endOfMarks(best.options[0], from: best.tokens.upperBound)
    // "a" as the text of an option is told from the article by its case and its marks, as a letter is.
    if best.tokens.count == 1, ["a", "i"].contains(tokens[index].text), !isEnclosed(index) { return nil }
    return best
  }

  /// Of options with the same words, those that stand there as written, if any does.
  private func exact(_ mention: Mention) -> [Int] {
    guard mention.options.count > 1, let last = tokens[mention.tokens].last else { return mention.options }
    let start = tokens[mention.tokens.lowerBound].raw.startIndex
    let written = tokens[mention.tokens.lowerBound].raw.base[start..<last.raw.endIndex]
    let same = mention.options.filter { choices.texts[$0] == written }
    return same.isEmpty ? mention.options : same
  }

  /// Behind the words, with any marks between them on the way.
  private func end(of words: [String], from index: Int) -> Int? {
    var position = index
    for (number, word) in words.enumerated() {
      while number > 0, position < tokens.count, !tokens[position].isWord { position += 1 }
      guard position < tokens.count, tokens[position].text == word else { return nil }
      position += 1
    }
    return position
  }

  /// Behind the marks with which the option ends, where they stand here too: "why not?".
  private func endOfMarks(_ option: Int, from index: Int) -> Int {
    let marks = choices.marks[option]
    return index + marks.count <= tokens.count && zip(marks, tokens[index...]).allSatisfy { $0 == $1.text }
      ? index + marks.count : index
  }

  /// "(B)", "B)", "**B**", "option B", or a bare capital that is no word of the sentence.
  private func letter(at index: Int) -> Mention? {
    guard tokens[index].isWord, let option = ChoiceList.index(ofLetter: tokens[index].raw),
      choices.texts.indices.contains(option)
    else { return nil }
    let before = index > 0 ? tokens[index - 1] : nil
    let after = index + 1 < tokens.count ? tokens[index + 1] : nil
    if let after, [")", "]", "}"].contains(after.text), !after.hasSpaceBefore {
      return Mention(options: [option], tokens: index..<index + 1)
    }
    let isNamed = before.map { ["option", "choice", "answer", "letter"].contains($0.text) } ?? false
    let isCapital = tokens[index].raw != Substring(tokens[index].text)
    guard isCapital || isAlone(index) else { return nil }
    guard isNamed || isLabel(after, option: option, next: index + 1) else { return nil }
    return Mention(options: [option], tokens: index..<index + 1, isBareLetter: true)
  }

  /// Whether it stands alone between braces or brackets.
  private func isEnclosed(_ index: Int) -> Bool {
    index > 0 && index + 1 < tokens.count && ["{", ">"].contains(tokens[index - 1].text)
      && ["}", "<"].contains(tokens[index + 1].text)
  }

  /// Whether no other word stands in its line.
  private func isAlone(_ index: Int) -> Bool {
    for token in tokens[(index + 1)...] where token.isWord || token.startsLine { return token.startsLine }
    return true
  }

  private static let connectives: Set<String> = [
    "and", "as", "because", "but", "for", "given", "in", "instead", "is", "isn't", "must", "nor", "not", "or",
    "over",
    "rather", "should", "since", "so", "than", "wait", "was", "would", "cannot", "can't", "due", "based",
    "here",
    "actually", "no",
  ]

  /// A letter in front of a word is a label only where the sentence goes on without an article or a name.
  private func isLabel(_ after: Token?, option: Int, next: Int) -> Bool {
    guard let after, after.isWord, !after.startsLine else { return true }
    if Self.connectives.contains(after.text) { return true }
    guard !choices.words[option].isEmpty else { return false }
    return end(of: choices.words[option], from: next) != nil
  }
}
