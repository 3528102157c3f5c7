/// A place of a completion that names an option.
struct Mention: Equatable {
  /// More than one where options have the same words.
  var options: OptionMask
  /// The tokens.
  var tokens: Range<Int>
  /// Whether it is the bare letter of an option, which could be a word as well.
  var isBareLetter = false
}

/// Finds where a completion names options, by letter or by text, from left to right, the longest first.
struct MentionFinder {
  private let completion: [UInt8]
  private let tokens: [Token]
  private let choices: ChoiceList
  private let words: Occurrences
  /// The options whose words stand at each word; empty when no option has words.
  private let texts: [OptionMask]

  /// - Parameters:
  ///   - completion: what the tokens are of.
  ///   - words: the tokens that are words.
  init(_ completion: [UInt8], _ tokens: [Token], _ choices: ChoiceList, words: Occurrences) {
    self.completion = completion
    self.tokens = tokens
    self.choices = choices
    self.words = words
    texts = choices.matches(words.places.lazy.map { tokens[$0].text })
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
      if let last = found.last, last.options.isSubset(of: mention.options), isNextTo(last, mention) {
        found[found.count - 1].tokens = last.tokens.lowerBound..<mention.tokens.upperBound
      } else {
        found.append(mention)
      }
      index = mention.tokens.upperBound
    }
    return found
  }

  private func isNextTo(_ first: Mention, _ second: Mention) -> Bool {
    let between = first.tokens.upperBound..<second.tokens.lowerBound
    return between.count <= 4 && tokens[between].allSatisfy { !$0.isWord && $0.text != ";" }
  }

  private func mention(at index: Int) -> Mention? {
    guard tokens[index].isWord else { return nil }
    return text(at: index) ?? letter(at: index)
  }

  /// The options whose words stand from a word on.
  private func options(at word: Int) -> OptionMask {
    let number = words.count(before: word)
    return number < texts.count ? texts[number] : []
  }

  /// The longest option whose words stand here.
  private func text(at index: Int) -> Mention? {
    let standing = options(at: index).options
    guard let longest = standing.map({ choices.words[$0].count }).max() else { return nil }
    let same = standing.filter { choices.words[$0].count == longest }
    let last = words.places[words.count(before: index) + longest - 1]
    let options = exact(same, index...last)
    let end = endOfMarks(options[0], from: last + 1)
    // "a" as the text of an option is told from the article by its case and its marks, as a letter is.
    if end == index + 1, ["a", "i"].contains(tokens[index].text), !isEnclosed(index) { return nil }
    return Mention(options: OptionMask(options.map(OptionMask.init(option:))), tokens: index..<end)
  }

  /// Of options with the same words, those that stand there as written, if any does.
  private func exact(_ options: [Int], _ range: ClosedRange<Int>) -> [Int] {
    guard options.count > 1 else { return options }
    let bytes = tokens[range.lowerBound].bytes.lowerBound..<tokens[range.upperBound].bytes.upperBound
    let written = String(decoding: completion[bytes], as: UTF8.self)
    let same = options.filter { choices.texts[$0] == written }
    return same.isEmpty ? options : same
  }

  /// Behind the marks with which the option ends, where they stand here too: "why not?".
  private func endOfMarks(_ option: Int, from index: Int) -> Int {
    let marks = choices.marks[option]
    return index + marks.count <= tokens.count && zip(marks, tokens[index...]).allSatisfy { $0 == $1.text }
      ? index + marks.count : index
  }

  /// "(B)", "B)", "**B**", "option B", or a bare capital that is no word of the sentence.
  private func letter(at index: Int) -> Mention? {
    guard let option = ChoiceList.index(ofLetter: tokens[index].letter),
      choices.texts.indices.contains(option)
    else { return nil }
    let before = index > 0 ? tokens[index - 1] : nil
    let after = index + 1 < tokens.count ? tokens[index + 1] : nil
    let options = OptionMask(option: option)
    if let after, [")", "]", "}"].contains(after.text), !after.hasSpaceBefore {
      return Mention(options: options, tokens: index..<index + 1)
    }
    let isNamed = before.map { ["option", "choice", "answer", "letter"].contains($0.text) } ?? false
    guard tokens[index].isCapital || isAlone(index) else { return nil }
    guard isNamed || isLabel(after, option: options, next: index + 1) else { return nil }
    return Mention(options: options, tokens: index..<index + 1, isBareLetter: true)
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
    "actually", "no", "remains", "fits", "works", "has", "does", "doesn't", "can", "stands", "matches",
    "satisfies", "holds", "it", "follows", "makes", "only", "alone", "left", "are", "were", "wasn't",
    "didn't", "did",
    "fails", "seems", "probably", "ist", "est", "es", "è", "é", "nicht", "und", "et", "y", "e", "и",
  ]

  /// A letter in front of a word is a label only where the sentence goes on without an article or a name.
  private func isLabel(_ after: Token?, option: OptionMask, next: Int) -> Bool {
    guard let after, after.isWord, !after.startsLine else { return true }
    return after.isIdeograph || Self.connectives.contains(after.text)
      || options(at: next).isSuperset(of: option)
  }
}
