/// Finds the final answer of a text. Linear in its size, no recursion.
struct AnswerExtraction {
  struct Found: Equatable {
    /// Bytes of the text.
    var range: Range<Int>
    var source: AnswerSource
    /// The members of a list that is spread over the range; empty: the range is the answer.
    var parts: [Range<Int>] = []

    /// What is to be read.
    func spans(of text: [UInt8]) -> [ArraySlice<UInt8>] { (parts.isEmpty ? [range] : parts).map { text[$0] } }
  }

  private let text: ArraySlice<UInt8>
  private let parser: AnswerParser

  init(of text: [UInt8], parser: AnswerParser) {
    self.text = text[...]
    self.parser = parser
  }

  /// The final answer of a model's completion.
  func completionAnswer() -> Found? {
    marked() ?? whole(onlyBare: true) ?? formula() ?? lastNumber() ?? whole(onlyBare: false)
  }

  /// The answer of a reference, which more often than a completion is nothing else.
  func referenceAnswer() -> Found? {
    if let found = hashes() ?? boxed() ?? lineLabel() { return found }
    let bare = text.trimmingSpaces()
    guard !bare.isEmpty else { return nil }
    if bare.count <= Self.longestBareText || !bare.contains(where: \.isNewline) && !Self.hasWords(bare) {
      return Found(range: bare.indices, source: .whole)
    }
    return completionAnswer()
  }

  private static let longestBareText = 256

  // MARK: Marked answers

  private func marked() -> Found? {
    // A level-four heading of Markdown looks the same: where there is a box, only a bare number wins over it.
    if let line = hashLine(), isNumber(line.indices) { return Found(range: line.indices, source: .hashes) }
    return boxed() ?? hashes() ?? tagged() ?? sentence() ?? label() ?? lineLabel()
  }

  private func hashLine() -> ArraySlice<UInt8>? {
    guard let marker = text.lastIndex(ofFolded: "####") else { return nil }
    let line = text[(marker + 4)...].prefix { !$0.isNewline }.trimmingSpaces()
    return line.isEmpty ? nil : line
  }

  private func hashes() -> Found? { hashLine().map { narrowed($0, source: .hashes) } }

  private func boxed() -> Found? {
    let boxes = BoxScanner.lastBoxes(in: text)
    guard let first = boxes.first, let last = boxes.last else { return nil }
    return Found(
      range: first.lowerBound..<last.upperBound, source: .boxed, parts: boxes.count > 1 ? boxes : [])
  }

  private func tagged() -> Found? {
    guard let end = text.lastIndex(ofFolded: "</answer>"),
      let start = text[..<end].lastIndex(ofFolded: "<answer>")
    else { return nil }
    let inside = text[(start + 8)..<end].trimmingSpaces()
    return inside.isEmpty ? nil : Found(range: inside.indices, source: .tag)
  }

  private func sentence() -> Found? {
    var searched = text
    while let marker = searched.lastIndex(ofFolded: "answer is") {
      let end = marker + 9
      let isWord = end == text.endIndex || !text[end].isLetter
      if isWord, !text.hasFoldedText(" not ", at: end), let clause = clause(from: end) {
        return narrowed(clause, source: .sentence)
      }
      searched = text[..<marker]
    }
    return nil
  }

  private func label() -> Found? {
    var searched = text
    while let marker = searched.lastIndex(ofFolded: "answer") {
      var end = marker + 6
      while end < text.endIndex, text[end] == UInt8(ascii: "*") || text[end] == UInt8(ascii: "_") { end += 1 }
      if end < text.endIndex, text[end] == UInt8(ascii: ":"), let clause = clause(from: end + 1) {
        return narrowed(clause, source: .label)
      }
      searched = text[..<marker]
    }
    return nil
  }

  private func lineLabel() -> Found? {
    var searched = text
    while let marker = searched.lastIndex(ofFolded: "a:") {
      let startsLine = marker == text.startIndex || text[marker - 1].isNewline
      if startsLine, text[marker] == UInt8(ascii: "A"), let clause = clause(from: marker + 2) {
        return narrowed(clause, source: .label)
      }
      searched = text[..<marker]
    }
    return nil
  }

  /// From `start` to the end of the formula that begins there, of the sentence, or of the line.
  private func clause(from start: Int) -> ArraySlice<UInt8>? {
    let rest = text[start...].drop { $0.isSpace || ":*_".utf8.contains($0) }
    guard !rest.isEmpty else { return nil }
    if let formula = FormulaScanner.formula(in: text, at: rest.startIndex) { return text[formula] }
    var end = rest.startIndex
    while end < text.endIndex, !text[end].isNewline {
      let next = end + 1
      if ".!?".utf8.contains(text[end]), next == text.endIndex || text[next].isSpace {
        // An exclamation mark may be a factorial: it stays, and the comparison tries both.
        if text[end] == UInt8(ascii: "!") { end = next }
        break
      }
      end = next
    }
    let clause = text[rest.startIndex..<end].trimmingSpaces()
    return clause.isEmpty ? nil : clause
  }

  /// The number of a clause with words around it; any other clause as it is.
  private func narrowed(_ clause: ArraySlice<UInt8>, source: AnswerSource) -> Found {
    let all = Found(range: clause.indices, source: source)
    guard Self.hasWords(clause), clause.contains(where: \.isDigit) else { return all }
    guard !isNumeric(clause.indices) else { return all }
    let scanner = NumberScanner(text: clause)
    let start = clause.firstIndex { !($0.isSpace || "$*+-".utf8.contains($0)) }
    if let start, text[start].isDigit, let first = scanner.first() {
      let next = clause[first.upperBound...].first { !$0.isSpace }
      guard let next, "+-*/=\\".utf8.contains(next) || next >= 0x80 else {
        return Found(range: first, source: source)
      }
      // A computation: its result is what the last equals sign leads to.
      if let equals = clause.lastIndex(of: UInt8(ascii: "=")),
        let result = NumberScanner(text: clause[(equals + 1)...]).first()
      {
        return Found(range: result, source: source)
      }
    }
    return scanner.last().map { Found(range: $0, source: source) } ?? all
  }

  // MARK: Unmarked answers

  /// `onlyBare`: a formula or a number alone; otherwise also a few words.
  private func whole(onlyBare: Bool) -> Found? {
    let bare = text.trimmingSpaces()
    guard !bare.isEmpty, bare.count <= Self.longestBareText else { return nil }
    let found = Found(range: bare.indices, source: .whole)
    guard onlyBare else { return found }
    if FormulaScanner.isFormulaAlone(bare) { return found }
    guard !bare.contains(where: \.isNewline) else { return nil }
    return isNumeric(bare.indices) || !Self.hasWords(bare) ? found : nil
  }

  private func formula() -> Found? {
    guard let range = FormulaScanner.last(in: text) else { return nil }
    guard !text[range.upperBound...].contains(where: \.isDigit) else { return nil }
    return Found(range: range, source: .formula)
  }

  private func lastNumber() -> Found? {
    NumberScanner(text: text).last().map { Found(range: $0, source: .number) }
  }

  // MARK: Questions about a span

  private func isNumber(_ range: Range<Int>) -> Bool {
    if case .number = answer(range) { true } else { false }
  }

  private func isNumeric(_ range: Range<Int>) -> Bool {
    switch answer(range) {
    case .number: true
    case .tuple(let items, _, _), .collection(let items):
      items.allSatisfy { if case .number = $0 { true } else { false } }
    default: false
    }
  }

  /// nil where there is none, or one that is too large to look at: then the span stays as it was found, and the
  /// grader, which parses it again, reports the limit.
  private func answer(_ range: Range<Int>) -> Answer? {
    do throws(AnswerLimitExceeded) { return try parser.parse(text[range]) } catch { return nil }
  }

  /// Whether there is a word that is no command's name: three letters or more, or two that stand apart before a
  /// number or another word (`so 17`, but not `ab + 2`).
  static func hasWords(_ text: ArraySlice<UInt8>) -> Bool {
    var start = text.startIndex
    while start < text.endIndex {
      // Lead bytes of the scripts beyond Greek, but for E2, where the mathematical signs are.
      if text[start] >= 0xD0, text[start] != 0xE2 { return true }
      var end = start
      while end < text.endIndex, text[end].isLetter { end += 1 }
      let before = start > text.startIndex ? text[start - 1] : 0x20
      let isEnvironment =
        text[..<start].suffix(7).elementsEqual("\\begin{".utf8)
        || text[..<start].suffix(5).elementsEqual("\\end{".utf8)
      if before != UInt8(ascii: "\\"), !isEnvironment {
        if end - start >= 3 { return true }
        if end - start == 2, before.isSpace, text.hasText(" ", at: end), end + 1 < text.endIndex,
          text[end + 1].isDigit || text[end + 1].isLetter || text[end + 1] == UInt8(ascii: "$")
        {
          return true
        }
      }
      start = max(end, start + 1)
    }
    return false
  }
}

extension ArraySlice<UInt8> {
  /// Where the last occurrence of the lowercase `marker` begins, whatever the case of the text.
  func lastIndex(ofFolded marker: StaticString) -> Int? {
    let first = marker.utf8Start[0]
    var index = endIndex - marker.utf8CodeUnitCount
    while index >= startIndex {
      if self[index].lowercased == first, hasFoldedText(marker, at: index) { return index }
      index -= 1
    }
    return nil
  }
}
