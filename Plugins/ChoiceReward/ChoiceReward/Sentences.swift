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

  private static let marks: Set<String> = [".", "!", "?", ";", "。", "｡"]

  private func isEnd(_ index: Int) -> Bool {
    guard !isInside[index], !tokens[index].isWord, Self.marks.contains(tokens[index].text) else {
      return false
    }
    // Where no spaces are written, none follows.
    return index + 1 == tokens.count || tokens[index + 1].hasSpaceBefore || !tokens[index + 1].isWord
      || tokens[index].bytes.count > 1
  }
}
