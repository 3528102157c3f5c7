/// A place of a completion that says "this is my answer".
struct Statement: Equatable {
  /// The tokens of the answer.
  var scope: Range<Int>
  /// A box or a tag, which holds nothing but the answer.
  var isContainer: Bool
}

/// The sentences of a completion, as far as marks and lines tell them.
struct Sentences {
  private let tokens: [Token]
  /// Tokens inside of a mention: the marks and lines of an option's text end no sentence.
  private let isInside: [Bool]

  init(_ tokens: [Token], _ mentions: [Mention]) {
    self.tokens = tokens
    var isInside = [Bool](repeating: false, count: tokens.count)
    for mention in mentions {
      for index in mention.tokens { isInside[index] = true }
    }
    self.isInside = isInside
  }

  /// Behind the last token of the sentence in which `index` stands, its mark left out.
  func end(from index: Int) -> Int {
    var position = index
    while position < tokens.count, position == index || !startsLine(position) {
      if isEnd(position) { return position }
      position += 1
    }
    return position
  }

  /// The first token of the sentence.
  func start(of index: Int) -> Int {
    var position = index
    while position > 0, !startsLine(position), !isEnd(position - 1) { position -= 1 }
    return position
  }

  func isQuestion(_ index: Int) -> Bool {
    let end = end(from: index)
    return end < tokens.count && tokens[end].text == "?"
  }

  /// Whether a line begins here that is not one of an option's text.
  private func startsLine(_ index: Int) -> Bool {
    tokens[index].startsLine && !(index > 0 && isInside[index] && isInside[index - 1])
  }

  private func isEnd(_ index: Int) -> Bool {
    guard !isInside[index], [".", "!", "?", ";"].contains(tokens[index].text) else { return false }
    return index + 1 == tokens.count || tokens[index + 1].hasSpaceBefore || !tokens[index + 1].isWord
  }
}

/// Finds the statements of a completion, in order.
struct StatementFinder {
  private let tokens: [Token]
  private let mentions: [Mention]
  private let sentences: Sentences

  init(_ tokens: [Token], mentions: [Mention] = []) {
    self.tokens = tokens
    self.mentions = mentions
    sentences = Sentences(tokens, mentions)
  }

  func statements() -> [Statement] {
    var found: [Statement] = []
    for index in tokens.indices {
      if let scope = box(at: index) ?? tag(at: index) ?? lastHash(at: index) {
        found.append(Statement(scope: scope, isContainer: true))
      } else if let scope = noun(at: index) ?? choosing(at: index) {
        found.append(Statement(scope: scope, isContainer: false))
      }
    }
    for mention in mentions where isCalledRight(mention) {
      found.append(Statement(scope: mention.tokens, isContainer: false))
    }
    return found.filter { !$0.scope.isEmpty }
      .sorted { ($0.scope.upperBound, $0.scope.lowerBound) < ($1.scope.upperBound, $1.scope.lowerBound) }
  }

  private func has(_ words: [String], at index: Int) -> Bool {
    index + words.count <= tokens.count && zip(words, tokens[index...]).allSatisfy { $0 == $1.text }
  }

  private func box(at index: Int) -> Range<Int>? {
    guard has(["\\", "boxed", "{"], at: index) || has(["\\", "fbox", "{"], at: index) else { return nil }
    var depth = 1
    for position in index + 3..<tokens.count {
      if tokens[position].text == "{" { depth += 1 }
      if tokens[position].text == "}" { depth -= 1 }
      if depth == 0 { return index + 3..<position }
    }
    return nil
  }

  private func tag(at index: Int) -> Range<Int>? {
    guard has(["<", "answer", ">"], at: index) else { return nil }
    let end = (index + 3..<tokens.count).first { has(["<", "/", "answer", ">"], at: $0) }
    return end.map { index + 3..<$0 }
  }

  /// "#### B" as the last line; elsewhere it is a heading.
  private func lastHash(at index: Int) -> Range<Int>? {
    guard tokens[index].startsLine, has(["#", "#", "#", "#"], at: index) else { return nil }
    let scope = index + 4..<tokens.count
    return tokens[scope].contains(where: \.startsLine) ? nil : scope
  }

  private static let nouns: Set<String> = [
    "answer", "choice", "option", "conclusion", "verdict", "selection", "pick", "response",
  ]
  private static let copulas: Set<String> = [":", "=", "is", "be", "was", "→", "are", "remains"]
  private static let hypotheses: Set<String> = [
    "if", "suppose", "assume", "assuming", "whether", "unless", "why", "were", "could", "might", "may",
    "isn't",
    "wasn't", "supposing",
  ]

  /// "the (best) answer (to the question) is …", "Answer: …", "Final answer" as a heading: the rest of the sentence, or
  /// the next line.
  private func noun(at index: Int) -> Range<Int>? {
    guard Self.nouns.contains(tokens[index].text) else { return nil }
    let start = sentences.start(of: index)
    let end = sentences.end(from: index)
    let named = mentions.first { $0.tokens.upperBound > index }?.tokens.lowerBound ?? end
    let copula = tokens[index + 1..<min(end, index + 9)].firstIndex { Self.copulas.contains($0.text) }
    guard !tokens[start..<(copula ?? index)].contains(where: { Self.hypotheses.contains($0.text) }),
      !sentences.isQuestion(index)
    else { return nil }
    if let copula {
      guard copula < named || named < index else { return nil }
      return rest(from: copula + 1, end)
    }
    let isHeading = !tokens[index + 1..<end].contains(where: \.isWord)
    return isHeading ? rest(from: end, end) : nil
  }

  /// The rest of the sentence; where nothing is left of it, the first sentence of the next line.
  private func rest(from index: Int, _ end: Int) -> Range<Int>? {
    let start = index..<max(index, end)
    if tokens[start].contains(where: { $0.isWord || "([{<>}])".contains($0.text) }) { return start }
    var next = end
    while next < tokens.count, !tokens[next].isWord, !"([{<>}])\\".contains(tokens[next].text) { next += 1 }
    guard next < tokens.count else { return nil }
    return next..<sentences.end(from: next)
  }

  /// "I choose …", "we go with …".
  private func choosing(at index: Int) -> Range<Int>? {
    let verb = tokens[index].text
    let length =
      ["choose", "pick", "select", "conclude"].contains(verb)
      ? 1 : has(["go", "with"], at: index) || has(["opt", "for"], at: index) ? 2 : 0
    let subjects: Set<String> = ["i", "we", "i'll", "i'd", "we'll", "i'm"]
    guard length > 0, tokens[max(0, index - 3)..<index].contains(where: { subjects.contains($0.text) }) else {
      return nil
    }
    guard !sentences.isQuestion(index) else { return nil }
    return index + length..<max(index + length, sentences.end(from: index))
  }

  /// "B is correct", "(B) must be the right answer".
  private func isCalledRight(_ mention: Mention) -> Bool {
    let start = mention.tokens.upperBound
    let end = min(sentences.end(from: mention.tokens.lowerBound), start + 7)
    guard start < end else { return false }
    var words = tokens[start..<end].prefix { ![",", "because", "since", "but", "than"].contains($0.text) }
      .filter(\.isWord).map(\.text)[...]
    let before = tokens[sentences.start(of: mention.tokens.lowerBound)..<mention.tokens.lowerBound]
    guard ["is", "must", "would", "should", "seems", "remains", "has"].contains(words.popFirst()),
      !before.contains(where: { Self.hypotheses.contains($0.text) }),
      !sentences.isQuestion(mention.tokens.lowerBound)
    else { return false }
    return words.contains { ["correct", "right", "answer", "best"].contains($0) }
      && !words.contains { ["not", "never", "cannot"].contains($0) }
  }
}
