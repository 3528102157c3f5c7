internal import AnswerText

/// Sets that have more than one usual form.
extension AnswerParser {
  /// `\mathbb{R}`, `x \ne 3`, `]2,5[`, `\{x : x > 3\}`, and systems in a brace; nil for others.
  func set(_ text: ArraySlice<UInt8>, depth: Int, _ budget: ReadingBudget) throws(AnswerLimitExceeded)
    -> Answer?
  {
    if text.first == MathSurface.setOpen, text.last == MathSurface.setClose,
      text.dropFirst().dropLast().allSatisfy(\.isSpace)
    {
      return .text(AnswerText(surface: Array("\\emptyset\u{1}".utf8)[...]))
    }
    if Self.isAllReals(text) { return Self.interval(nil, nil) }
    if let half = Self.halfOfReals(text) { return half }
    if let other = try excluded(text, depth: depth, budget) { return other }
    if let interval = try reversed(text, depth: depth, budget) { return interval }
    if let built = try builder(text, depth: depth, budget) { return built }
    return try cases(text, depth: depth, budget)
  }

  private static func isAllReals(_ text: ArraySlice<UInt8>) -> Bool {
    guard text.count <= 60 else { return false }
    let letters = text.filter { $0.isLetter || $0.isDigit }.map(\.lowercased)
    let names = [
      "mathbbr", "allrealnumbers", "allreals", "thesetofrealnumbers", "thesetofallrealnumbers", "realnumbers",
      "xinmathbbr",
    ]
    return names.contains { letters.elementsEqual($0.utf8) }
  }

  /// The positive or the negative numbers.
  private static func halfOfReals(_ text: ArraySlice<UInt8>) -> Answer? {
    guard text.count <= 40, text.first == UInt8(ascii: "\\") || text.last == UInt8(ascii: "s") else {
      return nil
    }
    let compact = String(
      decoding: text.filter { !$0.isSpace && $0 != MathSurface.quote }.map(\.lowercased), as: UTF8.self)
    let zero = Answer.of(.integer(0))
    switch compact {
    case "\\mathbb\u{1}{r}_{>0}", "\\mathbb\u{1}{r}^+", "\\mathbb\u{1}{r}^{+}", "\\mathbb\u{1}{r}_{+}",
      "\\mathbb\u{1}{r}_+",
      "allpositiverealnumbers", "positiverealnumbers", "allpositivereals":
      return interval(zero, nil)
    case "\\mathbb\u{1}{r}_{<0}", "\\mathbb\u{1}{r}^-", "\\mathbb\u{1}{r}^{-}", "allnegativerealnumbers",
      "negativerealnumbers":
      return interval(nil, zero)
    default: return nil
    }
  }

  /// An open interval; nil stands for infinity.
  private static func interval(_ low: Answer?, _ high: Answer?) -> Answer {
    let (below, above) = (Answer.of(.negative(.infinity)), Answer.of(.infinity))
    return .tuple([low ?? below, high ?? above], open: UInt8(ascii: "("), close: UInt8(ascii: ")"))
  }

  /// Intervals that are joined by words: `x < -1 or x > 3`; with "and" what is in both.
  func conditions(_ text: ArraySlice<UInt8>, depth: Int, _ budget: ReadingBudget) throws(AnswerLimitExceeded)
    -> Answer?
  {
    for (words, isUnion) in [(Self.unions, true), (Self.intersections, false)] {
      let parts = Self.parts(text, joinedBy: words)
      guard (2...16).contains(parts.count) else { continue }
      var intervals: [Answer] = []
      var hasRelation = false
      for part in parts {
        guard let condition = try parse(surface: part, depth: depth + 1, budget),
          let interval = condition.interval
        else { return nil }
        if case .relation = condition { hasRelation = true }
        if case .union(let items) = interval { intervals += items } else { intervals.append(interval) }
      }
      // Without an inequality they are points as well as intervals.
      guard hasRelation else { return nil }
      return isUnion ? .union(intervals) : Self.intersection(intervals)
    }
    return nil
  }

  private static let unions: [StaticString] = ["\\lor\u{1}", "\\vee\u{1}", "or"]
  private static let intersections: [StaticString] = ["\\land\u{1}", "\\wedge\u{1}", "and"]

  /// Of a set without upper end and one without lower end.
  private static func intersection(_ sets: [Answer]) -> Answer? {
    guard sets.count == 2, case .tuple(let a, let aOpen, let aClose) = sets[0],
      case .tuple(let b, let bOpen, let bClose) = sets[1], a.count == 2, b.count == 2
    else { return nil }
    let (below, above) = (Answer.of(.negative(.infinity)), Answer.of(.infinity))
    if a[1] == above, b[0] == below { return .tuple([a[0], b[1]], open: aOpen, close: bClose) }
    if b[1] == above, a[0] == below { return .tuple([b[0], a[1]], open: bOpen, close: aClose) }
    return nil
  }

  /// The parts between words at the top level of brackets, in quotation marks or not.
  private static func parts(_ text: ArraySlice<UInt8>, joinedBy words: [StaticString]) -> [ArraySlice<UInt8>]
  {
    var parts: [ArraySlice<UInt8>] = []
    var start = text.startIndex
    var depth = 0
    for index in text.indices {
      depth += AnswerSplitter.nesting(text[index])
      guard depth == 0, index >= start, index > text.startIndex, !text[index - 1].isLetter else { continue }
      for word in words where text.hasText(word, at: index) {
        let end = index + word.utf8CodeUnitCount
        guard end < text.endIndex, !text[end].isLetter || text[index] == UInt8(ascii: "\\") else { continue }
        parts.append(
          text[start..<index].trimming { $0.isSpace || $0 == MathSurface.quote || $0 == UInt8(ascii: ",") })
        start = end
      }
    }
    return parts + [text[start...].trimming { $0.isSpace || $0 == MathSurface.quote }]
  }

  /// All numbers but one: `x \ne 3`, `\mathbb{R} \setminus \{3\}`.
  private func excluded(_ text: ArraySlice<UInt8>, depth: Int, _ budget: ReadingBudget)
    throws(AnswerLimitExceeded) -> Answer?
  {
    var value: ArraySlice<UInt8>?
    if let place = text.firstRange(ofText: "!="),
      text[..<place.lowerBound].filter({ $0.isLetter }).count == 1,
      text[..<place.lowerBound].allSatisfy({ $0.isLetter || $0.isSpace })
    {
      value = text[place.upperBound...]
    } else if let place = text.firstRange(ofText: "\\setminus\u{1}"),
      Self.isAllReals(text[..<place.lowerBound])
    {
      value = text[place.upperBound...]
    } else {
      for words in ["all real numbers except ", "all reals except ", "all real numbers but "]
        as [StaticString]
      where text.hasFoldedText(words, at: text.startIndex) {
        value = text.dropFirst(words.utf8CodeUnitCount)
      }
    }
    guard let value, let answer = try parse(surface: value, depth: depth + 1, budget) else { return nil }
    let single: Answer =
      switch answer {
      case .collection(let items) where items.count == 1: items[0]
      case .named(_, let value): value
      default: answer
      }
    guard single.isNumber || single.isFormula else { return nil }
    return .union([Self.interval(nil, single), Self.interval(single, nil)])
  }

  /// `]2,5[`, as in French.
  private func reversed(_ text: ArraySlice<UInt8>, depth: Int, _ budget: ReadingBudget)
    throws(AnswerLimitExceeded) -> Answer?
  {
    guard let first = text.first, let last = text.last, text.count > 4,
      first == UInt8(ascii: "]") && ("[]".utf8.contains(last))
        || first == UInt8(ascii: "[") && last == UInt8(ascii: "[")
    else { return nil }
    let inside = text.dropFirst().dropLast()
    guard !inside.contains(where: { "[]".utf8.contains($0) }),
      let parts = AnswerSplitter.parts(of: inside, inBrackets: true), parts.count == 2,
      let low = try parse(surface: parts[0], depth: depth + 1, budget),
      let high = try parse(surface: parts[1], depth: depth + 1, budget)
    else { return nil }
    return .tuple(
      [low, high], open: UInt8(ascii: first == UInt8(ascii: "]") ? "(" : "["),
      close: UInt8(ascii: last == UInt8(ascii: "[") ? ")" : "]"))
  }

  /// `\{x : x > 3\}`, `\{x \mid 0 < x < 1\}`: the condition.
  private func builder(_ text: ArraySlice<UInt8>, depth: Int, _ budget: ReadingBudget)
    throws(AnswerLimitExceeded) -> Answer?
  {
    guard let group = AnswerSplitter.enclosed(text), group.open == MathSurface.setOpen else { return nil }
    for mark in [":", "|"] as [StaticString] {
      guard let place = group.inside.firstRange(ofText: mark) else { continue }
      let spelled = Answer.text(
        AnswerText(surface: ArraySlice(text.map { $0 == UInt8(ascii: ":") ? UInt8(ascii: "|") : $0 })))
      let name = group.inside[..<place.lowerBound]
      let domain = name.trimmingSpaces().dropFirst().trimmingSpaces()
      guard let letter = name.first(where: { !$0.isSpace }), letter.isLetter,
        domain.isEmpty || domain.hasText("\\in\u{1}", at: domain.startIndex),
        let condition = try parse(surface: group.inside[place.upperBound...], depth: depth + 1, budget)
      else { return spelled }
      if name.firstRange(ofText: "\\mathbb\u{1}{Z}") != nil { return condition.integers ?? spelled }
      guard name.firstRange(ofText: "\\mathbb\u{1}{N}") == nil else { return spelled }
      switch condition {
      case .relation, .tuple, .union: return condition.interval ?? condition
      default: return spelled
      }
    }
    return nil
  }

  /// The rows of `\begin{cases} … \end{cases}`.
  private func cases(_ text: ArraySlice<UInt8>, depth: Int, _ budget: ReadingBudget)
    throws(AnswerLimitExceeded) -> Answer?
  {
    let (begin, end) = (Array("\\begin\u{1}{cases}".utf8), Array("\\end\u{1}{cases}".utf8))
    guard text.starts(with: begin), text.count > begin.count + end.count,
      text.suffix(end.count).elementsEqual(end)
    else { return nil }
    var items: [Answer] = []
    for row in Self.split(text.dropFirst(begin.count).dropLast(end.count), at: Array("\\\\\u{1}".utf8)) {
      guard items.count < limits.elements, let item = try piece(row, depth: depth, budget) else { continue }
      if case .collection(let inner) = item { items += inner } else { items.append(item) }
    }
    return items.isEmpty ? nil : .collection(items)
  }

  /// `f(x) = \begin{cases} … \end{cases}`, whose commas separate no list.
  func namedCases(_ text: ArraySlice<UInt8>, depth: Int, _ budget: ReadingBudget) throws(AnswerLimitExceeded)
    -> Answer?
  {
    guard let place = text.firstRange(ofText: "\\begin\u{1}{"), place.lowerBound > text.startIndex
    else {
      return nil
    }
    let head = text[..<place.lowerBound].trimmingSpaces()
    guard head.last == UInt8(ascii: "="), head.count(where: { $0 == UInt8(ascii: "=") }) == 1,
      let value = try parse(surface: text[place.lowerBound...], depth: depth + 1, budget)
    else { return nil }
    return AnswerSplitter.name(head).map { .named($0, value) } ?? value
  }

  /// A row of cases: an equation, or a value and where it holds.
  private func piece(_ row: ArraySlice<UInt8>, depth: Int, _ budget: ReadingBudget)
    throws(AnswerLimitExceeded)
    -> Answer?
  {
    let columns = Self.split(row, at: [UInt8(ascii: "&")])
    guard columns.count == 2, !columns[1].trimmingSpaces().starts(with: "=".utf8) else {
      return try parse(surface: ArraySlice(row.filter { $0 != UInt8(ascii: "&") }), depth: depth + 1, budget)
    }
    var condition = columns[1].trimming { $0.isSpace || $0 == MathSurface.quote || $0 == UInt8(ascii: ",") }
    for word in ["if ", "for ", "when ", "if\"", "for\""] as [StaticString]
    where condition.hasFoldedText(word, at: condition.startIndex) {
      condition = condition.dropFirst(word.utf8CodeUnitCount).trimming {
        $0.isSpace || $0 == MathSurface.quote
      }
    }
    guard let value = try parse(surface: columns[0], depth: depth + 1, budget),
      let place = try parse(surface: condition, depth: depth + 1, budget)
    else { return nil }
    return .tuple([value, place.interval ?? place], open: UInt8(ascii: "{"), close: UInt8(ascii: "}"))
  }

  /// Both values of a formula with one plus-minus sign.
  func plusMinus(_ text: ArraySlice<UInt8>, depth: Int, _ budget: ReadingBudget) throws(AnswerLimitExceeded)
    -> Answer?
  {
    guard let place = text.firstRange(ofText: "\\pm\u{1}"),
      text[place.upperBound...].firstRange(ofText: "\\pm\u{1}") == nil
    else {
      return nil
    }
    var items: [Answer] = []
    for byte in "+-".utf8 {
      let one = Array(text[..<place.lowerBound]) + [byte] + text[place.upperBound...]
      guard let item = try parse(surface: one[...], depth: depth + 1, budget), !item.hasText else {
        return nil
      }
      items.append(item)
    }
    return .collection(items)
  }
}
