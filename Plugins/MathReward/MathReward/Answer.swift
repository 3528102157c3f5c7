internal import AnswerText

/// The normal form of a final answer. A further kind of answer is one more case here, one more step in `AnswerParser`
/// and one more line in `AnswerComparison`.
indirect enum Answer: Equatable, Sendable {
  /// `percent`: written with a percent sign, so that the value stands for a hundredth of it. `decimals`: of a decimal
  /// with so many digits that it may stand for a number that has no end; 0 otherwise.
  case number(Expression, percent: Bool, decimals: Int = 0)
  /// A number or formula with what it counts.
  case quantity(Answer, Unit)
  /// The value of something that has a name: `x = 5`.
  case named([UInt8], Answer)
  /// With what is said of its letters.
  case qualified(Answer, Qualifier)
  /// Several numbers with colons between them.
  case ratio([Expression])
  case based(BasedNumber)
  case congruence(Congruence)
  case date(CalendarDate)
  /// A time of the day; of hours and minutes alone, also what they are as a ratio.
  case time(ClockTime, [Expression])
  /// Ordered parts in brackets: a tuple, a point, an interval.
  case tuple([Answer], open: UInt8, close: UInt8)
  /// Parts whose order says nothing: `3, 5, 7`, `{3, 5, 7}`, `3 and 5`, `\pm 3`.
  case collection([Answer])
  /// Several intervals or sets in any order, joined by a union sign.
  case union([Answer])
  /// Rows of equal length.
  case matrix([[Answer]])
  /// A formula, compared by value; the spelling helps where it cannot be computed.
  case expression(Expression, AnswerText)
  case relation(Relation, AnswerText)
  /// Anything else, compared by its spelling.
  case text(AnswerText)
}

extension Answer {
  /// Whether a part of it is words.
  var hasText: Bool {
    switch self {
    case .text: true
    case .tuple(let parts, _, _), .collection(let parts), .union(let parts): parts.contains(where: \.hasText)
    case .quantity(let value, _), .named(_, let value), .qualified(let value, _): value.hasText
    case .matrix(let rows): rows.contains { $0.contains(where: \.hasText) }
    case .number, .expression, .relation, .ratio, .based, .congruence, .date, .time: false
    }
  }

  var isNamed: Bool { if case .named = self { true } else { false } }

  /// Whether it is a number of something that is no known unit.
  var countsWords: Bool { if case .quantity(_, let unit) = self { !unit.words.isEmpty } else { false } }

  /// Of a number, whatever it counts, the negative one.
  var negated: Answer? {
    switch self {
    case .number(let value, let percent, let decimals):
      .number(.negative(value), percent: percent, decimals: decimals)
    case .quantity(let value, let unit): value.negated.map { .quantity($0, unit) }
    default: nil
    }
  }

  var isFormula: Bool { if case .expression = self { true } else { false } }

  /// The variables in formulas of it.
  var symbols: Set<String> {
    switch self {
    case .expression(let value, _), .number(let value, _, _): value.symbols
    case .quantity(let value, _), .named(_, let value), .qualified(let value, _): value.symbols
    case .tuple(let parts, _, _), .collection(let parts), .union(let parts):
      parts.reduce(into: []) { $0.formUnion($1.symbols) }
    case .matrix, .relation, .text, .ratio, .based, .congruence, .date, .time: []
    }
  }

  /// With another name for a variable in formulas of it, whose spelling then no longer counts.
  func renaming(_ name: String, to other: String) -> Answer {
    switch self {
    case .expression(let value, _): .of(value.renaming(name, to: other))
    case .quantity(let value, let unit): .quantity(value.renaming(name, to: other), unit)
    case .named(let own, let value): .named(own, value.renaming(name, to: other))
    case .qualified(let value, let qualifier): .qualified(value.renaming(name, to: other), qualifier)
    case .tuple(let parts, let open, let close):
      .tuple(parts.map { $0.renaming(name, to: other) }, open: open, close: close)
    case .collection(let parts): .collection(parts.map { $0.renaming(name, to: other) })
    case .union(let parts): .union(parts.map { $0.renaming(name, to: other) })
    default: self
    }
  }

  /// A number, whatever it counts or is called.
  var isNumber: Bool {
    switch self {
    case .number: true
    case .quantity(let value, _), .named(_, let value), .qualified(let value, _): value.isNumber
    default: false
    }
  }
}

/// An answer that is compared by how it is spelled.
struct AnswerText: Equatable, Sendable {
  /// Without spaces and redundant braces.
  var compact: [UInt8]
  /// The lowercased letters and digits of something that reads as words, not as a formula.
  var words: [UInt8]?

  /// Whether it says that there is nothing.
  var saysNone: Bool {
    if compact.elementsEqual("\\emptyset\u{1}".utf8) { return true }
    return words.map { Self.nones.contains(String(decoding: $0, as: UTF8.self)) } ?? false
  }

  private static let nones: Set<String> = [
    "nosolution", "nosolutions", "norealsolution", "norealsolutions", "emptyset", "nosuchvalue",
    "nosuchvalues",
    "nosuchnumber", "nosuchnumbers", "nosolutionexists", "nosolutionsexist", "hasnosolution",
    "hasnosolutions",
  ]

  /// `surface`: a part of a `MathSurface`.
  init(surface: ArraySlice<UInt8>) {
    compact = Self.compact(Self.withoutArticle(surface))
    words = Self.words(compact, isQuoted: surface.contains(MathSurface.quote))
  }

  /// Without the article that a text in words begins with.
  private static func withoutArticle(_ surface: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    let text = surface.trimming { $0.isSpace || $0 == MathSurface.quote }
    for article in ["an ", "a ", "the "] as [StaticString]
    where text.hasFoldedText(article, at: text.startIndex) {
      let rest = text.dropFirst(article.utf8CodeUnitCount)
      if rest.prefix(while: \.isLetter).count >= 3 { return rest }
    }
    return surface
  }

  private static func compact(_ surface: ArraySlice<UInt8>) -> [UInt8] {
    let dense = surface.filter { !$0.isSpace && $0 != MathSurface.quote }
    var result: [UInt8] = []
    var i = 0
    while i < dense.count {
      let previous = result.last
      let next = i + 1 < dense.count ? dense[i + 1] : nil
      switch dense[i] {
      case UInt8(ascii: "{")
      where (previous == UInt8(ascii: "^") || previous == UInt8(ascii: "_"))
        && i + 2 < dense.count && dense[i + 2] == UInt8(ascii: "}"):
        result.append(dense[i + 1])
        i += 2
      case UInt8(ascii: "*") where !(previous?.isDigit ?? true && next?.isDigit ?? true): break
      default: result.append(dense[i])
      }
      i += 1
    }
    return result
  }

  /// Letters and numbers of a text in words; nil for a formula.
  private static func words(_ compact: [UInt8], isQuoted: Bool) -> [UInt8]? {
    var hasWords = false
    var start = 0
    while start < compact.count {
      var end = start
      while end < compact.count, compact[end].isLetter || compact[end] >= 0x80 { end += 1 }
      let run = compact[start..<end]
      if end > start, isQuoted ? run.count >= 2 : LetterRun.isWord(run) { hasWords = true }
      if end == start, "\\^_=<>+*/(".utf8.contains(compact[start]) { return nil }
      start = max(end, start + 1)
    }
    guard hasWords else { return nil }
    return withoutOpening(letters(compact))
  }

  /// Without an article, and "there is".
  private static func withoutOpening(_ words: [UInt8]) -> [UInt8] {
    for opening in ["thereisno", "therearenone", "thereareno"] where words.starts(with: opening.utf8) {
      return Array("no".utf8) + words.dropFirst(opening.utf8.count)
    }
    return words
  }

  private static func letters(_ compact: [UInt8]) -> [UInt8] {
    compact.indices.compactMap { index in
      let byte = compact[index]
      if byte.isLetter || byte.isDigit || byte >= 0x80 { return byte.lowercased }
      guard index + 1 < compact.count, compact[index + 1].isDigit else { return nil }
      let before = index > 0 ? compact[index - 1] : 0x20
      // A point within a number, and the sign of one.
      if byte == UInt8(ascii: "."), before.isDigit { return byte }
      return byte == UInt8(ascii: "-") && !before.isDigit && !before.isLetter ? byte : nil
    }
  }
}

/// Letters that stand side by side: a word, or variables that are multiplied.
enum LetterRun {
  static func isWord(_ run: ArraySlice<UInt8>) -> Bool {
    guard run.count >= 2, !isFunctions(run) else { return false }
    if run.contains(where: { $0 >= 0x80 }) { return true }
    let letters = run.map(\.lowercased)
    if letters.count == 2 { return shortWords.contains(String(decoding: letters, as: UTF8.self)) }
    // Neighbors in the alphabet, each once, as variables are chosen.
    if letters.count <= 4, Set(letters).count == letters.count, let low = letters.min(),
      let high = letters.max(), high - low <= 3
    {
      return false
    }
    return letters.contains { "aeiouy".utf8.contains($0) }
  }

  /// Names of functions with single letters between them: sin x cos x without its spaces.
  private static func isFunctions(_ run: ArraySlice<UInt8>) -> Bool {
    var rest = run
    var (functions, letters) = (0, 0)
    while !rest.isEmpty {
      if let name = functionNames.first(where: { rest.hasText($0, at: rest.startIndex) }) {
        rest = rest.dropFirst(name.utf8CodeUnitCount)
        functions += 1
      } else {
        rest = rest.dropFirst()
        letters += 1
      }
    }
    return functions > 0 && letters <= functions
  }

  private static let functionNames: [StaticString] = [
    "sin", "cos", "tan", "cot", "sec", "csc", "log", "ln", "exp", "sqrt",
  ]

  /// All English words of two letters that an answer may consist of.
  private static let shortWords: Set<String> = [
    "am", "an", "as", "at", "be", "by", "do", "go", "he", "if", "in", "is", "it", "me", "my", "no", "of",
    "ok", "on", "or", "pm", "so",
    "to", "up", "us", "we",
  ]
}
