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
  /// The first token of the sentence of each token.
  private var starts: [Int] = []
  /// Behind the last token of the sentence of each token, its mark left out.
  private var ends: [Int] = []

  init(_ tokens: [Token], _ mentions: [Mention]) {
    self.tokens = tokens
    var isInside = [Bool](repeating: false, count: tokens.count)
    for mention in mentions {
      for index in mention.tokens { isInside[index] = true }
    }
    self.isInside = isInside
    starts.reserveCapacity(tokens.count)
    for index in tokens.indices {
      let begins = index == 0 || startsLine(index) || isEnd(index - 1)
      starts.append(begins ? index : starts[index - 1])
    }
    ends = [Int](repeating: tokens.count, count: tokens.count)
    for index in tokens.indices.reversed() {
      if isEnd(index) {
        ends[index] = index
      } else if index + 1 < tokens.count {
        ends[index] = startsLine(index + 1) ? index + 1 : ends[index + 1]
      }
    }
  }

  /// Behind the last token of the sentence in which `index` stands, its mark left out.
  func end(from index: Int) -> Int { ends[index] }

  /// The first token of the sentence.
  func start(of index: Int) -> Int { starts[index] }

  func isQuestion(_ index: Int) -> Bool {
    let end = end(from: index)
    return end < tokens.count && tokens[end].text == "?"
  }

  /// Whether a line begins here that is not one of an option's text.
  private func startsLine(_ index: Int) -> Bool {
    tokens[index].startsLine && !(index > 0 && isInside[index] && isInside[index - 1])
  }

  private static let marks: Set<String> = [".", "!", "?", ";"]

  private func isEnd(_ index: Int) -> Bool {
    guard !isInside[index], !tokens[index].isWord, Self.marks.contains(tokens[index].text) else {
      return false
    }
    return index + 1 == tokens.count || tokens[index + 1].hasSpaceBefore || !tokens[index + 1].isWord
  }
}

/// Finds the statements of a completion, in order.
struct StatementFinder {
  private let tokens: [Token]
  private let mentions: [Mention]
  private let sentences: Sentences
  /// Last tokens of mentions.
  private let ends: Occurrences
  private let hypotheses: Occurrences
  /// Where `</answer>` begins.
  private let closingTags: Occurrences
  /// The closing brace of each box, by its opening one.
  private var boxEnds: [Int: Int] = [:]

  init(_ tokens: [Token], mentions: [Mention] = []) {
    self.init(tokens, mentions, Sentences(tokens, mentions))
  }

  init(_ tokens: [Token], _ mentions: [Mention], _ sentences: Sentences) {
    self.tokens = tokens
    self.mentions = mentions
    self.sentences = sentences
    var ending = [Bool](repeating: false, count: tokens.count)
    for mention in mentions { ending[mention.tokens.upperBound - 1] = true }
    ends = Occurrences(in: tokens.count) { ending[$0] }
    hypotheses = Occurrences(in: tokens.count) { Self.hypotheses.contains(tokens[$0].text) }
    closingTags = Occurrences(in: tokens.count) {
      tokens[$0].text == "<" && Self.has(["<", "/", "answer", ">"], at: $0, tokens)
    }
    boxEnds = boxes()
  }

  private func boxes() -> [Int: Int] {
    var boxes: [Int: Int] = [:]
    var open: [Int] = []
    for index in tokens.indices where !tokens[index].isWord {
      if tokens[index].text == "{" { open.append(index) }
      if tokens[index].text == "}", let start = open.popLast(), start >= 2,
        has(["\\", "boxed"], at: start - 2) || has(["\\", "fbox"], at: start - 2)
      {
        boxes[start] = index
      }
    }
    return boxes
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

  private func has(_ words: [String], at index: Int) -> Bool { Self.has(words, at: index, tokens) }

  private static func has(_ words: [String], at index: Int, _ tokens: [Token]) -> Bool {
    index + words.count <= tokens.count && zip(words, tokens[index...]).allSatisfy { $0 == $1.text }
  }

  private func box(at index: Int) -> Range<Int>? {
    guard tokens[index].text == "\\", let end = boxEnds[index + 2] else { return nil }
    return index + 3..<end
  }

  private func tag(at index: Int) -> Range<Int>? {
    guard tokens[index].text == "<", has(["<", "answer", ">"], at: index) else { return nil }
    return closingTags.first(from: index + 3).map { index + 3..<$0 }
  }

  /// "#### B" as the last line; elsewhere it is a heading.
  private func lastHash(at index: Int) -> Range<Int>? {
    guard tokens[index].startsLine, tokens[index].text == "#", has(["#", "#", "#", "#"], at: index) else {
      return nil
    }
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
    let next = ends.count(before: index)
    let named = next < mentions.count ? mentions[next].tokens.lowerBound : end
    let copula = tokens[index + 1..<min(end, index + 9)].firstIndex { Self.copulas.contains($0.text) }
    guard !hypotheses.contains(in: start..<(copula ?? index)), !sentences.isQuestion(index) else {
      return nil
    }
    if let copula {
      guard copula < named || named < index else { return nil }
      return rest(from: copula + 1, end)
    }
    let isHeading = !tokens[index + 1..<end].contains(where: \.isWord)
    return isHeading ? rest(from: end, end) : nil
  }

  private static let brackets: Set<String> = ["(", "[", "{", "<", ">", "}", "]", ")"]

  /// The rest of the sentence; where nothing is left of it, the first sentence of the next line.
  private func rest(from index: Int, _ end: Int) -> Range<Int>? {
    let start = index..<max(index, end)
    if tokens[start].contains(where: { $0.isWord || Self.brackets.contains($0.text) }) { return start }
    var next = end
    while next < tokens.count, !tokens[next].isWord, tokens[next].text != "\\",
      !Self.brackets.contains(tokens[next].text)
    {
      next += 1
    }
    guard next < tokens.count else { return nil }
    return next..<sentences.end(from: next)
  }

  /// With what belongs to them.
  private static let verbs: [String: [String]] = [
    "choose": [], "pick": [], "select": [], "conclude": [], "go": ["with"], "opt": ["for"],
  ]
  private static let subjects: Set<String> = ["i", "we", "i'll", "i'd", "we'll", "i'm"]

  /// "I choose …", "we go with …".
  private func choosing(at index: Int) -> Range<Int>? {
    let verb = tokens[index].text
    guard let following = Self.verbs[verb], has([verb] + following, at: index) else { return nil }
    let length = 1 + following.count
    guard tokens[max(0, index - 3)..<index].contains(where: { Self.subjects.contains($0.text) }) else {
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
    let before = sentences.start(of: mention.tokens.lowerBound)..<mention.tokens.lowerBound
    guard ["is", "must", "would", "should", "seems", "remains", "has"].contains(words.popFirst()),
      !hypotheses.contains(in: before),
      !sentences.isQuestion(mention.tokens.lowerBound)
    else { return false }
    return words.contains { ["correct", "right", "answer", "best"].contains($0) }
      && !words.contains { ["not", "never", "cannot"].contains($0) }
  }
}
