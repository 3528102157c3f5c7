internal import AnswerText

/// Finds the final answer of a text. Linear in its size, no recursion.
struct AnswerExtraction {
  struct Found: Equatable {
    /// Bytes of the text.
    var range: Range<Int>
    var source: AnswerSource
    /// The members of a list that is spread over the range; empty: the range is the answer.
    var parts: [Range<Int>] = []
    /// Whether the text is in a language that writes decimals with a comma.
    var hasDecimalComma = false

    /// What is to be read.
    func spans(of text: [UInt8]) -> [ArraySlice<UInt8>] { (parts.isEmpty ? [range] : parts).map { text[$0] } }
  }

  private let text: ArraySlice<UInt8>
  private let parser: AnswerParser

  /// - Parameter isCompletion: Whether the text may begin with thoughts, which are no answer.
  init(of text: [UInt8], parser: AnswerParser, isCompletion: Bool = false) {
    self.text = isCompletion ? Thinking.answer(of: text[...]) : text[...]
    self.parser = parser
  }

  /// The final answer of a model's completion.
  func completionAnswer() -> Found? {
    marked() ?? whole(onlyBare: true) ?? lastSentence() ?? formula() ?? lastNumber() ?? whole(onlyBare: false)
  }

  /// The answer of a reference, which more often than a completion is nothing else.
  func referenceAnswer() -> Found? {
    if let found = hashes() ?? boxed() ?? lineLabel() { return found }
    let bare = text.trimmingSpaces()
    guard !bare.isEmpty else { return nil }
    if Self.hasWords(bare), let found = sentence(), answer(found.range)?.hasText == false { return found }
    if bare.count <= Self.longestBareText || !bare.contains(where: \.isNewline) && !Self.hasWords(bare) {
      return Found(range: bare.indices, source: .whole)
    }
    return completionAnswer()
  }

  private static let longestBareText = 256

  // MARK: Marked answers

  /// The last statement of an answer, whatever its form. Words count only where no statement has more.
  private func marked() -> Found? {
    let found = [boxed(), hashes(), tagged(), sentence() ?? label(), lineLabel(), assignments()].compactMap(
      \.self)
    let readable = found.filter { isReadable($0) }
    return (readable.isEmpty ? found : readable).max {
      ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound)
    }
  }

  /// Whether it is more than words.
  private func isReadable(_ found: Found) -> Bool {
    guard found.parts.isEmpty else { return true }
    return answer(found.range)?.hasText == false
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
    if boxes.count == 1, Self.hasVerb(text[first]),
      let range = ClauseReading(parser: parser).answer(in: text[first])
    {
      return Found(range: range, source: .boxed)
    }
    // A sentence in the box.
    if boxes.count == 1, let cue = AnswerCue.last(in: text[first]) {
      let rest = text[cue.range.upperBound..<first.upperBound].trimming {
        $0.isSpace || ":}".utf8.contains($0)
      }
      if rest.contains(where: \.isDigit), answer(rest.indices)?.hasText == false {
        return Found(range: rest.indices, source: .boxed)
      }
    }
    return Found(
      range: first.lowerBound..<last.upperBound, source: .boxed, parts: boxes.count > 1 ? boxes : [])
  }

  /// A sentence about the answer.
  private static func hasVerb(_ text: ArraySlice<UInt8>) -> Bool {
    [" get ", " have ", " obtain ", "hence ", "thus ", "therefore "].contains {
      text.lastIndex(ofFolded: $0) != nil
    }
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
    // What an answer is not is all that some texts say.
    var negated: Found?
    for _ in 0..<Self.mostCues {
      guard let cue = AnswerCue.last(in: searched) else { break }
      searched = text[..<cue.range.lowerBound]
      guard let clause = clause(from: cue.range.upperBound), !isTakenBack(clause) else { continue }
      if AnswerCue.isHypothetical(text, before: cue.range.lowerBound) {
        // What is thought first, and what it is then.
        guard let place = clause.lastIndex(ofFolded: " but ") else { continue }
        let rest = clause[(place + 5)...].trimmingSpaces()
        if rest.contains(where: \.isDigit) { return narrowed(rest, source: .sentence) }
        continue
      }
      if let instead = AnswerCue.instead(in: clause)
        ?? AnswerCue.instead(in: text[clause.endIndex...].prefix(Self.longestCorrection))
      {
        return narrowed(self.clause(from: instead.startIndex) ?? instead, source: .sentence)
      }
      guard AnswerCue.isNegated(clause) || AnswerCue.isRefuted(ClauseReading.head(of: clause)) else {
        var found = narrowed(clause, source: .sentence)
        found.hasDecimalComma = cue.hasDecimalComma
        return found
      }
      negated = Found(range: clause.indices, source: .sentence)
    }
    return negated
  }

  private static let longestCorrection = 200
  /// Whether it is a question, or is called wrong in the next sentence.
  private func isTakenBack(_ clause: ArraySlice<UInt8>) -> Bool {
    let rest = text[clause.endIndex...]
    if rest.first == UInt8(ascii: "?") { return true }
    let next = rest.prefix(40).drop { $0.isSpace || ".!".utf8.contains($0) }
    return AnswerCue.isReproof(next)
  }

  /// Bounds the work in a text that says many times what an answer is not.
  private static let mostCues = 16

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

  /// The answer in a clause with words around it; any other clause as it is.
  private func narrowed(_ clause: ArraySlice<UInt8>, source: AnswerSource) -> Found {
    let all = Found(range: clause.indices, source: source)
    guard Self.hasWords(clause), !isNumeric(clause.indices), !isNotation(clause.indices) else { return all }
    if let range = ClauseReading(parser: parser).answer(in: clause) {
      return Found(range: range, source: source)
    }
    // The only number of a clause, wherever it stands.
    let scanner = NumberScanner(text: clause)
    guard let only = scanner.first(), only == scanner.last(), !AnswerCue.isComparison(clause) else {
      return all
    }
    return Found(range: only, source: source)
  }

  // MARK: Unmarked answers

  /// `onlyBare`: a formula or a number alone; otherwise also a few words.
  private func whole(onlyBare: Bool) -> Found? {
    let bare = text.trimmingSpaces()
    guard !bare.isEmpty, bare.count <= Self.longestBareText else { return nil }
    let found = Found(range: bare.indices, source: .whole)
    guard onlyBare else { return found }
    if let numbered = Self.behindNumber(bare), isNumeric(numbered.indices) {
      return Found(range: numbered.indices, source: .whole)
    }
    if FormulaScanner.isFormulaAlone(bare) { return found }
    guard !bare.contains(where: \.isNewline) else { return nil }
    let isAll = ClauseReading.head(of: bare).count == bare.count && !bare.contains(UInt8(ascii: "$"))
    return isAll && isNumeric(bare.indices) || !Self.hasWords(bare) ? found : nil
  }

  /// `12) 65`: what stands behind the number of a question.
  private static func behindNumber(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
    let number = text.prefix { $0.isDigit }
    let rest = text[number.endIndex...]
    guard (1...3).contains(number.count), rest.first == UInt8(ascii: ")"), rest.dropFirst().first == 0x20
    else {
      return nil
    }
    return rest.dropFirst(2).trimmingSpaces()
  }

  /// Lines at the end that each give a value to a name: `x = 1` and `y = 2`.
  private func assignments() -> Found? {
    var parts: [Range<Int>] = []
    var rest = text.trimmingSpaces()
    while parts.count < 8, !rest.isEmpty {
      let start = rest.lastIndex(where: \.isNewline).map { $0 + 1 } ?? rest.startIndex
      var line = rest[start...].trimming { $0.isSpace || "*_-.,$".utf8.contains($0) }
      if line.hasText("•", at: line.startIndex) { line = line.dropFirst(3).trimmingSpaces() }
      guard line.count <= 60, let equals = line.firstIndex(of: UInt8(ascii: "=")),
        (1...3).contains(line[..<equals].trimmingSpaces().count), line.first?.isLetter == true,
        case .named? = answer(line.indices)
      else { break }
      parts.insert(line.indices, at: 0)
      rest = rest[..<start].trimmingSpaces()
    }
    guard parts.count >= 2, let first = parts.first, let last = parts.last else { return nil }
    let names = Set(parts.compactMap { range in text[range].first })
    guard names.count == parts.count else { return nil }
    return Found(range: first.lowerBound..<last.upperBound, source: .formula, parts: parts)
  }

  /// What the last sentence that is no remark says.
  private func lastSentence() -> Found? {
    var rest = text.trimmingSpaces()
    for _ in 0..<3 {
      guard !rest.isEmpty else { return nil }
      let start = Self.lastSentenceStart(rest)
      var sentence = rest[start...].trimming { $0.isSpace || "*_#>".utf8.contains($0) }
      // An item of a list; what stands before a digit is a sign.
      if sentence.starts(with: "- ".utf8) { sentence = sentence.dropFirst(2).trimmingSpaces() }
      rest = rest[..<start].trimmingSpaces()
      guard !sentence.isEmpty, !AnswerCue.isRemark(sentence) else { continue }
      guard sentence.contains(where: { $0.isDigit || $0 >= 0x80 }) || NumberWords.occur(in: sentence) else {
        return nil
      }
      let all = Found(range: sentence.indices, source: .sentence)
      // A question, and what something is not, state nothing; they are all that is said.
      guard sentence.last != UInt8(ascii: "?"), !AnswerCue.isRefuted(sentence),
        !AnswerCue.isSupposed(sentence)
      else {
        return all
      }
      guard let range = ClauseReading(parser: parser).answer(in: sentence) else {
        return AnswerCue.isComparison(sentence) ? all : nil
      }
      return Found(range: range, source: .sentence)
    }
    return nil
  }

  /// What is said in words: the found span where it is marked, else the last sentence that is no remark.
  func statement(_ found: Range<Int>?, _ source: AnswerSource?) -> Range<Int>? {
    if let found, let source, source == .boxed || source == .tag { return found }
    if let found, source == .hashes || source == .sentence || source == .label {
      // All of the sentence that the cue stands in.
      let rest = text[found.lowerBound...]
      let end = rest.indices.first {
        rest[$0].isNewline
          || ".!?".utf8.contains(rest[$0]) && ($0 + 1 == rest.endIndex || rest[$0 + 1].isSpace)
      }
      return found.lowerBound..<(end ?? rest.endIndex)
    }
    var rest = text.trimmingSpaces()
    for _ in 0..<3 where !rest.isEmpty {
      let start = Self.lastSentenceStart(rest)
      let sentence = rest[start...].trimming { $0.isSpace || "*_#>".utf8.contains($0) }
      rest = rest[..<start].trimmingSpaces()
      if !sentence.isEmpty, !AnswerCue.isRemark(sentence) {
        return sentence.last == UInt8(ascii: "?") ? nil : sentence.indices
      }
    }
    return nil
  }

  /// The last point of "i.e." or "e.g.".
  private static func isAbbreviation(_ text: ArraySlice<UInt8>, at index: Int) -> Bool {
    index - 3 >= text.startIndex && text[index] == UInt8(ascii: ".") && text[index - 2] == UInt8(ascii: ".")
      && text[index - 1].isLetter && text[index - 3].isLetter
  }

  /// Where the sentence or line begins that ends the text.
  private static func lastSentenceStart(_ text: ArraySlice<UInt8>) -> Int {
    var index = text.endIndex - 2
    while index > text.startIndex {
      if text[index].isNewline { return index + 1 }
      if ".!?".utf8.contains(text[index]), !Self.isAbbreviation(text, at: index) {
        // Behind a formula or in quotation marks.
        let rest = text[(index + 1)...].drop { "$)]\"*\\".utf8.contains($0) }
        if rest.startIndex - index <= 4, rest.first?.isSpace == true { return rest.startIndex }
      }
      index -= 1
    }
    return text.startIndex
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
    answer(range)?.isNumber == true
  }

  private func isNumeric(_ range: Range<Int>) -> Bool {
    switch answer(range) {
    case .number, .quantity, .named: answer(range)?.isNumber == true
    case .tuple(let items, _, _), .collection(let items): items.allSatisfy(\.isNumber)
    default: false
    }
  }

  /// A date, a time or the like, though there are words in it.
  private func isNotation(_ range: Range<Int>) -> Bool {
    switch answer(range) {
    case .date, .time, .based, .congruence: true
    default: false
    }
  }

  /// nil where there is none, or one that is too large to look at: then the span stays as it was found, and the
  /// grader, which parses it again, reports the limit.
  private func answer(_ range: Range<Int>) -> Answer? {
    do throws(AnswerLimitExceeded) { return try parser.parse(text[range]) } catch { return nil }
  }

  private static let functions: [StaticString] = [
    "sin", "cos", "tan", "cot", "sec", "csc", "log", "exp", "gcd", "lcm", "max", "min", "mod", "sqrt",
    "arcsin",
    "arccos", "arctan", "sinh", "cosh", "tanh", "abs",
  ]

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
      let isFunction = end - start <= 6 && functions.contains { text[start..<end].equals($0) }
      if before != UInt8(ascii: "\\"), !isEnvironment, !isFunction {
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
