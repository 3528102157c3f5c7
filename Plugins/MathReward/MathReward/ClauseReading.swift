internal import AnswerText

/// Finds the answer in a clause of prose: what stands behind "the answer is", or the last sentence of a text.
///
/// A clause ends where a reason or another case begins ("because", "and not"); of what is left, the part behind the last "is" or
/// equals sign counts; of that, the longest beginning that is a number, a formula or a list, with its unit.
struct ClauseReading {
  let parser: AnswerParser

  /// The bytes of the answer; nil: there is none.
  ///
  /// - Parameter isWhole: Whether words that are left over make it something else.
  func answer(in clause: ArraySlice<UInt8>) -> Range<Int>? {
    let head = Self.head(of: clause)
    // What begins last, behind a verb, is what the sentence says of something.
    for words in [Self.verbs, Self.prepositions] {
      for start in Self.starts(in: head, behind: words).suffix(Self.mostStarts).reversed() {
        if let range = longest(head[start...], isBehindVerb: start > head.startIndex) { return range }
      }
    }
    if let number = onlyStated(in: head) { return longest(head[number.lowerBound...]) }
    // A computation and what it comes to: 1/2 of 10, which is 5.
    for word in [", which is ", ", which equals ", ", or "] as [StaticString] {
      guard let place = clause.firstRange(ofText: word) else { continue }
      return longest(Self.head(of: clause[place.upperBound...]))
    }
    return nil
  }

  /// The only number that a sentence states of something: the others stand behind a preposition or an article.
  private func onlyStated(in head: ArraySlice<UInt8>) -> Range<Int>? {
    guard AnswerExtraction.hasWords(head), !AnswerCue.isComparison(head) else { return nil }
    var stated: [Range<Int>] = []
    var rest = head
    while stated.count < 2, let number = NumberScanner(text: rest).first() {
      let before = head[..<number.lowerBound].trimmingSpaces().reversed().prefix { $0.isLetter }
      let word = String(decoding: before.reversed().map(\.lowercased), as: UTF8.self)
      if !Self.bystanders.contains(word) { stated.append(number) }
      rest = rest[number.upperBound...]
    }
    return stated.count == 1 ? stated[0] : nil
  }

  private static let bystanders: Set<String> = [
    "in", "into", "of", "for", "after", "over", "out", "per", "from", "with", "than", "to", "the", "by", "at",
    "on",
    "between",
    "and", "or", "when", "if", "each", "all", "his", "her", "their", "these", "those", "its", "every",
    "until", "within",
    "during", "through", "question", "problem",
  ]

  // MARK: Clauses

  /// The text up to a reason, a remark in brackets, or what the answer is not.
  static func head(of clause: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    var index = clause.startIndex
    var depth = 0
    while index < clause.endIndex {
      if clause[index] == UInt8(ascii: "("), index > clause.startIndex, clause[index - 1].isSpace,
        isRemark(clause, at: index + 1)
      {
        return clause[..<index]
      }
      depth += AnswerSplitter.nesting(clause[index])
      if depth <= 0, index > clause.startIndex, let width = boundary(clause, at: index), width > 0 {
        return clause[..<index]
      }
      index += 1
    }
    return clause
  }

  /// Whether words follow, not a factor.
  private static func isRemark(_ text: ArraySlice<UInt8>, at index: Int) -> Bool {
    let inside = text[index...].prefix { $0 != UInt8(ascii: ")") }
    // sqrt(5) is no word of a remark.
    let end = inside.firstIndex(of: UInt8(ascii: "(")) ?? inside.endIndex
    return end == inside.endIndex && AnswerExtraction.hasWords(inside)
  }

  private static func boundary(_ text: ArraySlice<UInt8>, at index: Int) -> Int? {
    let before = text[index - 1]
    guard text[index] == UInt8(ascii: ",") || before.isSpace || before >= 0x80 || text[index] >= 0x80 else {
      return nil
    }
    for word in boundaries where text.hasFoldedText(word, at: index) {
      let end = index + word.utf8CodeUnitCount
      // A word, not the beginning of a longer one.
      let last = word.utf8Start[word.utf8CodeUnitCount - 1]
      guard !last.isLetter || end >= text.endIndex || !text[end].isLetter else { continue }
      return word.utf8CodeUnitCount
    }
    return nil
  }

  private static let boundaries: [StaticString] = [
    "≈", ", i.e", ", that is", ", because", ", since", ", as ", ", which", ", not ", ", and not", ", and we",
    ", but", ", for ",
    ", where", ", when", "because ",
    "since ", "and not ", "rather than", "instead of", "where ", ", nicht", ", weil", "weil ", "und nicht",
    ", denn", ", pas ", ", et non",
    "parce que", ", no ", ", y no", "porque", "，而不是", ", а не", ", потому", "，", "。", ", 因",
  ]

  /// Where the answer may begin: at the beginning, and behind each verb or equals sign.
  private static func starts(in head: ArraySlice<UInt8>, behind words: [StaticString]) -> [Int] {
    var starts = [head.startIndex]
    var isInFormula = false
    let isChain =
      head.count(where: { $0 == UInt8(ascii: "=") }) >= 2 && !head.contains(UInt8(ascii: ","))
      && ![" and ", " or ", " und ", " et ", " y "].contains { head.lastIndex(ofFolded: $0) != nil }
    for index in head.indices {
      if head[index] == UInt8(ascii: "$") { isInFormula.toggle() }
      let last = starts[starts.count - 1]
      if let width = verb(head, at: index, words) {
        starts.append(index + width)
      } else if head[index] == UInt8(ascii: "="), !isInFormula, index > last,
        isChain || isComputation(head[last..<index])
      {
        starts.append(index + 1)
      }
    }
    return starts
  }

  /// Whether there are words and numbers in what is computed: `5 boxes x 4`.
  private static func isComputation(_ text: ArraySlice<UInt8>) -> Bool {
    text.contains(where: \.isDigit) && !text.contains(UInt8(ascii: ",")) && AnswerExtraction.hasWords(text)
  }

  private static func verb(_ text: ArraySlice<UInt8>, at index: Int, _ words: [StaticString]) -> Int? {
    if text[index] == UInt8(ascii: ":"), index > text.startIndex, text[index - 1].isLetter,
      index + 1 < text.endIndex, text[index + 1].isSpace
    {
      return 2
    }
    guard index == text.startIndex || text[index - 1].isSpace || text[index - 1] >= 0x80 else { return nil }
    for word in words where text.hasFoldedText(word, at: index) {
      // A clause about something in the sentence: "the toy that costs 40 coins".
      let before = text[..<index].trimmingSpaces()
      let isRelative = ["that", "which", "who"].contains {
        before.suffix($0.utf8.count).elementsEqual($0.utf8)
      }
      let isCopula = ["is ", "are ", "was ", "were ", "equals "].contains { word.description == $0 }
      return isRelative && !isCopula ? nil : word.utf8CodeUnitCount
    }
    return nil
  }

  private static let verbs: [StaticString] = [
    "is ", "are ", "was ", "were ", "equals ", "gives ", "get ", "yields ", "becomes ", "has ", "have ",
    "be ", "earns ", "earned ", "cost ", "lasted ", "lasts ", "covers ", "weighs ", "measures ", "holds ",
    "sold ", "collected ", "made ", "scored ", "spent ", "saved ",
    "owes ", "pays ",
    "paid ", "got ", "totals ", "requires ", "contains ", "makes ", "gibt ", "hay ", "a donc ",
    "giving ", "making ", "leaving ", "yielding ", "giving us ", "it's ", "it’s ", "but ", "sino ",
    "sondern ", "mais ", "costs ", "takes ", "needs ", "so ", "thus ",
    "hence ", "therefore ", "then ", "so, ", "thus, ",
    "hence, ", "therefore, ", "then, ", "ist ", "sind ",
    "beträgt ", "est ", "sont ", "es ", "son ", "是", "равен ",
    "равно ", "は",
  ]

  /// Where the answer may begin if no verb is followed by one.
  private static let prepositions: [StaticString] = ["at ", "on ", "by ", "that ", "for "]

  // MARK: The longest beginning

  /// The longest beginning, up to the end of a word, that reads as more than words.
  ///
  /// - Parameter isBehindVerb: Whether nouns may stand before the number.
  private func longest(_ text: ArraySlice<UInt8>, isBehindVerb: Bool = false) -> Range<Int>? {
    var rest = text.drop { $0.isSpace || ":*_\"}".utf8.contains($0) }
    for _ in 0..<4 {
      let words = AnswerParser.hedges + (isBehindVerb ? Self.nouns : [])
      guard let word = words.first(where: { rest.hasFoldedText($0, at: rest.startIndex) }) else { break }
      rest = rest.dropFirst(word.utf8CodeUnitCount)
    }
    guard let first = rest.first else { return nil }
    if let formula = FormulaScanner.formula(in: rest, at: rest.startIndex) {
      return Self.listed(formula, in: rest)
    }
    guard !Self.isNegated(rest), Self.mayBegin(first, rest) else { return nil }
    var ends: [Int] = []
    var index = rest.startIndex
    while index < rest.endIndex, ends.count < Self.mostWords {
      if rest[index].isSpace { ends.append(index) }
      index += 1
    }
    if index == rest.endIndex { ends.append(index) }
    for end in ends.reversed() {
      let part = rest[rest.startIndex..<end].trimming { $0.isSpace || ".,;:!?*_\"".utf8.contains($0) }
      guard !part.isEmpty, isAnswer(part) else { continue }
      return Self.isOperand(rest[part.endIndex...]) ? nil : part.indices
    }
    return nil
  }

  /// What a number is the number of, before it: "has a volume of 5 liters".
  private static let nouns: [StaticString] = [
    "a ", "an ", "the ", "of ", "area ", "perimeter ", "volume ", "length ", "width ", "height ", "mass ",
    "radius ",
    "diameter ", "slope ", "speed ", "distance ", "price ", "cost ", "age ", "sum ", "product ", "value ",
    "equation ",
    "probability ", "total ",
  ]

  private static let mostWords = 12
  /// Bounds the work in a clause that is all verbs.
  private static let mostStarts = 12

  /// With the formulas that follow behind a comma or "and".
  private static func listed(_ formula: Range<Int>, in text: ArraySlice<UInt8>) -> Range<Int> {
    var range = formula
    for _ in 0..<8 {
      let rest = text[range.upperBound...]
      var next: Range<Int>?
      for word in [", and ", ", or ", ", ", " and ", " or ", " und ", " et ", " y ", "和", "、", "或"]
        as [StaticString]
      where next == nil && rest.hasText(word, at: rest.startIndex) {
        next = FormulaScanner.formula(in: text, at: rest.startIndex + word.utf8CodeUnitCount)
      }
      guard let next else { return range }
      range = range.lowerBound..<next.upperBound
    }
    return range
  }

  /// Whether what follows makes something else of a number: "16 cubed", "16 less than 40", "16 or so".
  private static func isOperand(_ text: ArraySlice<UInt8>) -> Bool {
    let rest = text.drop { $0.isSpace || $0 == UInt8(ascii: "*") }
    return operators.contains { word in
      guard rest.hasFoldedText(word, at: rest.startIndex) else { return false }
      let end = rest.startIndex + word.utf8CodeUnitCount
      return end == rest.endIndex || !rest[end].isLetter
    }
      || ranges.contains { word in
        rest.hasFoldedText(word, at: rest.startIndex)
          && rest.dropFirst(word.utf8CodeUnitCount).first?.isDigit == true
      }
  }

  private static let operators: [StaticString] = [
    "cubed", "squared", "less than", "more than", "fewer than", "greater than", "times", "modulo", "mod",
    "plus", "minus",
    "multiplied", "divided", "factorial", "choose", "percent of", "raised", "or more", "or less", "or fewer",
    "or so",
  ]
  private static let ranges: [StaticString] = ["to ", "of ", "or ", "less ", "through "]

  /// Whether a number or formula may begin so: a word is none, though its letters could be multiplied.
  private static func mayBegin(_ first: UInt8, _ text: ArraySlice<UInt8>) -> Bool {
    if first.isDigit || first >= 0x80 || "$\\-+.([]{|<".utf8.contains(first) { return true }
    guard first.isLetter else { return false }
    let word = text.prefix { $0.isLetter }
    if ["minus ", "negative ", "all real "].contains(where: { text.starts(with: $0.utf8) }) { return true }
    if NumberWords.value(word) != nil || CalendarDate.isMonth(word) { return true }
    let run = text.prefix { $0.isLetter }
    // An article, or the writer.
    if run.count == 1, "aAI".utf8.contains(first), text.hasText(" ", at: run.endIndex),
      text.dropFirst(2).first?.isLetter == true
    {
      return false
    }
    let next = text[run.endIndex...].drop { $0.isSpace }.first
    return run.count == 1 || !LetterRun.isWord(run) || next.map { "(^=".utf8.contains($0) } == true
  }

  private static func isNegated(_ text: ArraySlice<UInt8>) -> Bool {
    for word in negations where text.hasFoldedText(word, at: text.startIndex) { return true }
    return false
  }

  private static let negations: [StaticString] = ["not ", "no ", "nicht ", "pas ", "не ", "不"]

  private func isAnswer(_ part: ArraySlice<UInt8>) -> Bool {
    guard part.contains(where: { $0.isDigit || $0 >= 0x80 || $0.isLetter }) else { return false }
    do throws(AnswerLimitExceeded) {
      switch try parser.parse(part) {
      case nil, .text?: return false
      case let answer? where answer.hasText: return false
      // A letter is a word of prose before it is a variable.
      // "Of the 100 students, 42 play chess" is no list.
      case .collection(let items)? where items.contains(where: \.countsWords): return false
      case .expression? where AnswerExtraction.hasWords(part): return false
      case .expression?: return part.contains { $0.isDigit || "\\(^*/+".utf8.contains($0) || $0 >= 0x80 }
      default: return true
      }
    } catch { return false }
  }
}
