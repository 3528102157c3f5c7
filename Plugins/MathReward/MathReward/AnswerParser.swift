internal import AnswerText

/// Turns the bytes of an extracted answer into its normal form.
struct AnswerParser {
  let limits: AnswerLimits

  /// The answers of several spans together.
  func parse(_ parts: [ArraySlice<UInt8>]) throws(AnswerLimitExceeded) -> Answer? {
    guard parts.count > 1 else {
      return try parts.first.flatMap { (part) throws(AnswerLimitExceeded) in try parse(part) }
    }
    var items: [Answer] = []
    for part in parts {
      guard let item = try parse(part) else { return nil }
      if case .collection(let inner) = item { items += inner } else { items.append(item) }
      try check(elements: items.count)
    }
    return .collection(items)
  }

  /// The answer that `source` spells, or nil when nothing is left of it.
  func parse(_ source: ArraySlice<UInt8>) throws(AnswerLimitExceeded) -> Answer? {
    guard source.count <= limits.bytes else { throw .bytes(source.count, limit: limits.bytes) }
    let surface = MathSurface.normalize(source)
    return try parse(surface: surface[...], depth: 0, ReadingBudget(limits))
  }

  func parse(surface: ArraySlice<UInt8>, depth: Int, _ budget: ReadingBudget)
    throws(AnswerLimitExceeded) -> Answer?
  {
    guard depth <= limits.depth else { throw .depth(limit: limits.depth) }
    try budget.spend(surface.count)
    let text = Self.trimmed(surface)
    guard !text.isEmpty else { return nil }
    if let number = try NumberReader.read(text, limits: limits) {
      let value = Answer.number(number.value, percent: number.isPercent, decimals: Self.decimals(text))
      return number.unit.isEmpty ? value : .quantity(value, number.unit)
    }
    let seen = SeenBytes(text)
    if seen.hasLetter {
      if let words = NumberWords.value(text) { return .number(words, percent: false) }
      if let amount = try amount(text, depth: depth, budget) { return amount }
    }
    if seen.hasDigit, let notation = Self.notation(text, seen) { return notation }
    if let rest = Qualifier.behindMembership(text) {
      return try parse(surface: rest, depth: depth + 1, budget)
    }
    if let (head, qualifier) = Qualifier.split(text),
      let answer = try parse(surface: head, depth: depth + 1, budget),
      !answer.hasText
    {
      return .qualified(answer, qualifier)
    }
    if let set = try set(text, depth: depth, budget) { return set }
    if seen.has("\\"), let cases = try namedCases(text, depth: depth, budget) { return cases }
    if let group = AnswerSplitter.enclosed(text) { return try parse(group: group, depth: depth, budget) }
    if seen.has("\\") || seen.has("^"), let matrix = try matrix(text, depth: depth, budget) { return matrix }
    if seen.has("\\"), let union = try union(text, depth: depth, budget) { return union }
    if seen.hasLetter, seen.hasDigit, let set = try conditions(text, depth: depth, budget) { return set }
    if let systems = try systems(text, depth: depth, budget) { return systems }
    if let parts = AnswerSplitter.parts(of: text) {
      return .collection(try flattened(parts, depth: depth, budget) ?? [.text(AnswerText(surface: text))])
    }
    if let value = AnswerSplitter.assignedValue(text) {
      let answer = try parse(surface: value, depth: depth + 1, budget)
      guard let name = AnswerSplitter.name(text), let answer else { return answer }
      // The first of several values has the name of all.
      if case .named = answer { return answer }
      return .named(name, answer)
    }
    if let quantity = Self.quantity(text) { return quantity }
    if let both = try plusMinus(text, depth: depth, budget) { return both }
    return Self.formula(text)
  }

  /// Numbers and times that are no formula.
  private static func notation(_ text: ArraySlice<UInt8>, _ seen: SeenBytes) -> Answer? {
    guard text.count <= 200 else { return nil }
    if seen.has("_"), let number = BasedNumber(surface: text) { return .based(number) }
    if seen.has("m"), seen.has("d"), let congruence = Congruence(surface: text) {
      return .congruence(congruence)
    }
    if seen.hasLetter || seen.has("-"), let date = CalendarDate(surface: text) { return .date(date) }
    guard seen.has(":") || seen.hasLetter else { return nil }
    let ratio = ratio(text)
    if let time = ClockTime(surface: text) {
      // A ratio that is no time of the day stays one.
      return .time(time, ratio ?? [])
    }
    return ratio.map { .ratio($0) }
  }

  /// `2:3:4`.
  private static func ratio(_ text: ArraySlice<UInt8>) -> [Expression]? {
    let parts = text.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
    guard (2...6).contains(parts.count) else { return nil }
    let numbers = parts.compactMap { part -> Expression? in
      guard part.contains(where: \.isDigit),
        !part.contains(where: \.isLetter) || part.contains(UInt8(ascii: "\\"))
      else { return nil }
      return ExpressionParser.read(part)
    }
    return numbers.count == parts.count && numbers.allSatisfy(\.symbols.isEmpty) ? numbers : nil
  }

  /// A formula with a unit behind it: `3\\pi \\text{ cm}^2`.
  private static func quantity(_ text: ArraySlice<UInt8>) -> Answer? {
    guard let start = unitStart(text), start > text.startIndex else { return nil }
    // Words alone are no formula with a unit.
    let head = text[..<start].trimmingSpaces()
    guard
      !head.allSatisfy({ $0.isLetter || $0.isSpace })
        || head.count == 1 && !"aAI".utf8.contains(head[head.startIndex])
    else { return nil }
    guard !["th", "st", "nd", "rd"].contains(where: { head.suffix(2).elementsEqual($0.utf8) }) else {
      return nil
    }
    var unit = UnitReader(text: text, from: start)
    guard unit.readToEnd(), !unit.isPercent, let expression = ExpressionParser.read(text[..<start]) else {
      return nil
    }
    let value = unit.scale.map { .product([expression, $0]) } ?? expression
    return .quantity(.expression(value, AnswerText(surface: text[..<start])), unit.unit)
  }

  /// Where text, or a word that is no function's name, begins.
  private static func unitStart(_ text: ArraySlice<UInt8>) -> Int? {
    var index = text.startIndex
    while index < text.endIndex {
      if text[index] == MathSurface.quote { return index }
      var end = index
      while end < text.endIndex, text[end].isLetter { end += 1 }
      let isCommand = index > text.startIndex && text[index - 1] == UInt8(ascii: "\\")
      if end - index >= 2, !isCommand, index > text.startIndex, text[index - 1].isSpace {
        let word = text[index..<end]
        if LetterRun.isWord(word) || Unit.isKnown(String(decoding: word, as: UTF8.self)) { return index }
      }
      index = max(end, index + 1)
    }
    return nil
  }

  /// What can be computed with, or the spelling.
  private static func formula(_ text: ArraySlice<UInt8>) -> Answer {
    let spelling = AnswerText(surface: text)
    guard spelling.words == nil, !isDate(text) else { return .text(spelling) }
    if let (sides, signs) = Relation.chain(text) {
      let expressions = sides.compactMap { ExpressionParser.read($0) }
      guard expressions.count == sides.count else { return .text(spelling) }
      // A chain of equals signs ends with what all of it is: a computation.
      if signs.count >= 2, signs.allSatisfy({ $0 == .equal }), let last = expressions.last {
        return .expression(last, AnswerText(surface: sides[sides.count - 1]))
      }
      if signs.allSatisfy({ $0 == .equal }) {
        return .relation(
          Relation(left: expressions[0], sign: .equal, right: expressions[expressions.count - 1]), spelling)
      }
      if signs.count == 1 {
        return .relation(Relation(left: expressions[0], sign: signs[0], right: expressions[1]), spelling)
      }
      return between(expressions, signs) ?? .text(spelling)
    }
    return ExpressionParser.read(text).map { .expression($0, spelling) } ?? .text(spelling)
  }

  /// `0 < x <= 1` is the interval `(0, 1]`.
  private static func between(_ sides: [Expression], _ signs: [Relation.Sign]) -> Answer? {
    switch sides[1] {
    case .symbol: break
    // f(x), but not f(1), which is a number.
    case .opaque(_, let arguments) where arguments.contains(where: { !$0.symbols.isEmpty }): break
    default: return nil
    }
    let up: [Relation.Sign] = [.less, .lessOrEqual]
    let isUp = signs.allSatisfy { up.contains($0) }
    guard isUp || signs.allSatisfy({ up.contains($0.flipped) }) else { return nil }
    let (low, high) = isUp ? (sides[0], sides[2]) : (sides[2], sides[0])
    let (first, last) = isUp ? (signs[0], signs[1]) : (signs[1], signs[0])
    let isClosed: (Relation.Sign) -> Bool = { $0 == .lessOrEqual || $0 == .greaterOrEqual }
    return .tuple(
      [Answer.of(low), Answer.of(high)], open: UInt8(ascii: isClosed(first) ? "[" : "("),
      close: UInt8(ascii: isClosed(last) ? "]" : ")"))
  }

  /// `1/2/2020` is no quotient.
  private static func isDate(_ text: ArraySlice<UInt8>) -> Bool {
    let parts = text.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    return parts.count == 3 && parts.allSatisfy { !$0.isEmpty && $0.count <= 4 && $0.allSatisfy(\.isDigit) }
  }

  /// Of a bare decimal with at least six digits that count.
  private static func decimals(_ text: ArraySlice<UInt8>) -> Int {
    let number = text.drop { $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "+") || $0.isSpace }
    guard let point = number.firstIndex(of: UInt8(ascii: ".")),
      number.allSatisfy({ $0.isDigit || $0 == UInt8(ascii: ".") })
    else { return 0 }
    let significant = number.filter(\.isDigit).drop { $0 == 0x30 }
    return significant.count >= 6 ? number.endIndex - point - 1 : 0
  }

  // MARK: Matrices, unions, systems

  /// `\begin{pmatrix} a & b \\ c & d \end{pmatrix}`; what brackets it has does not matter.
  private func matrix(_ text: ArraySlice<UInt8>, depth: Int, _ budget: ReadingBudget)
    throws(AnswerLimitExceeded) -> Answer?
  {
    if let transposed = Self.transposed(text) {
      return try parse(surface: transposed, depth: depth + 1, budget)
    }
    if let place = text.firstRange(ofText: "\\begin\u{1}{"), place.lowerBound > text.startIndex,
      let factor = ExpressionParser.read(text[..<place.lowerBound]),
      case .matrix(let rows)? = try matrix(text[place.lowerBound...], depth: depth, budget)
    {
      return Self.scaled(rows, by: factor)
    }
    guard text.hasText("\\begin\u{1}{", at: text.startIndex),
      let start = text.firstIndex(of: UInt8(ascii: "}")),
      text[..<start].suffix(7).contains(where: \.isLetter)
    else { return nil }
    let name = text[(text.startIndex + 8)..<start]
    let isAligned = Self.alignments.contains(String(decoding: name, as: UTF8.self))
    guard isAligned || name.last == UInt8(ascii: "x") || name.elementsEqual("array".utf8) else { return nil }
    let ending = Array("\\end\u{1}{".utf8) + Array(name) + [UInt8(ascii: "}")]
    guard text.count > ending.count, text.suffix(ending.count).elementsEqual(ending) else { return nil }
    var body = text[(start + 1)..<(text.endIndex - ending.count)]
    if name.elementsEqual("array".utf8) {
      guard body.first == UInt8(ascii: "{"), let end = body.firstIndex(of: UInt8(ascii: "}")) else {
        return nil
      }
      body = body[(end + 1)...]
    }
    if isAligned { return try lastRow(body, depth: depth, budget) }
    var rows: [[Answer]] = []
    var count = 0
    for line in Self.split(body, at: Array("\\\\\u{1}".utf8)) where line.contains(where: { !$0.isSpace }) {
      var row: [Answer] = []
      for cell in Self.split(line, at: [UInt8(ascii: "&")]) {
        count += 1
        try check(elements: count)
        guard let item = try parse(surface: cell, depth: depth + 1, budget) else { return nil }
        row.append(item)
      }
      rows.append(row)
    }
    guard let first = rows.first, rows.allSatisfy({ $0.count == first.count }) else { return nil }
    return .matrix(rows)
  }

  private static let alignments: Set<String> = [
    "aligned", "align", "align*", "split", "gathered", "gather", "gather*", "equation", "equation*",
  ]

  /// Where a computation over several lines ends.
  private func lastRow(_ body: ArraySlice<UInt8>, depth: Int, _ budget: ReadingBudget)
    throws(AnswerLimitExceeded)
    -> Answer?
  {
    let rows = Self.split(body, at: Array("\\\\\u{1}".utf8)).filter { $0.contains { !$0.isSpace } }
    guard let last = rows.last else { return nil }
    let row = ArraySlice(last.filter { $0 != UInt8(ascii: "&") }).trimmingSpaces()
    return try parse(surface: row, depth: depth + 1, budget)
  }

  private static func scaled(_ rows: [[Answer]], by factor: Expression) -> Answer? {
    var result: [[Answer]] = []
    for row in rows {
      let scaled = row.compactMap { item -> Answer? in
        switch item {
        case .number(let value, percent: false, _), .expression(let value, _):
          Answer.of(.product([factor, value]))
        default: nil
        }
      }
      guard scaled.count == row.count else { return nil }
      result.append(scaled)
    }
    return .matrix(result)
  }

  /// A vector in brackets without the mark that makes it a column.
  private static func transposed(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
    for mark in [")^T", ")^{T}", ")^\\top\u{1}", ")^{\\top\u{1}}", ")^{\"T\"}", ")^\"T\""]
    where text.count > mark.utf8.count {
      if text.suffix(mark.utf8.count).elementsEqual(mark.utf8) { return text.dropLast(mark.utf8.count - 1) }
    }
    return nil
  }

  /// Parts at the top level of brackets.
  static func split(_ text: ArraySlice<UInt8>, at separator: [UInt8]) -> [ArraySlice<UInt8>] {
    var parts: [ArraySlice<UInt8>] = []
    var start = text.startIndex
    var depth = 0
    var index = text.startIndex
    while index < text.endIndex {
      depth += AnswerSplitter.nesting(text[index])
      if depth == 0, text[index...].starts(with: separator) {
        parts.append(text[start..<index])
        index += separator.count
        start = index
      } else {
        index += 1
      }
    }
    return parts + [text[start...]]
  }

  /// Intervals and sets joined by a union sign.
  private func union(_ text: ArraySlice<UInt8>, depth: Int, _ budget: ReadingBudget)
    throws(AnswerLimitExceeded) -> Answer?
  {
    let parts = Self.split(text, at: Array("\\cup\u{1}".utf8))
    guard parts.count > 1, parts.count <= 64 else { return nil }
    var items: [Answer] = []
    for part in parts {
      guard let item = try parse(surface: part, depth: depth + 1, budget) else { return nil }
      items.append(item)
    }
    return .union(items)
  }

  /// `p = 5, q = 2; p = 7, q = 2`: tuples of values, one for each system.
  private func systems(_ text: ArraySlice<UInt8>, depth: Int, _ budget: ReadingBudget)
    throws(AnswerLimitExceeded) -> Answer?
  {
    let systems = Self.split(text, at: [UInt8(ascii: ";")])
    guard systems.count > 1, systems.count <= 64 else { return nil }
    var tuples: [Answer] = []
    for system in systems {
      var values: [Answer] = []
      for part in Self.split(system, at: [UInt8(ascii: ",")]) {
        guard let value = AnswerSplitter.assignedValue(Self.trimmed(part)),
          let item = try parse(surface: value, depth: depth + 1, budget)
        else { return nil }
        values.append(item)
      }
      guard values.count > 1 else { return nil }
      tuples.append(.tuple(values, open: UInt8(ascii: "("), close: UInt8(ascii: ")")))
    }
    return .collection(tuples)
  }

  private func check(elements count: Int) throws(AnswerLimitExceeded) {
    guard count <= limits.elements else { throw .elements(limit: limits.elements) }
  }

  private func parse(group: AnswerSplitter.Group, depth: Int, _ budget: ReadingBudget)
    throws(AnswerLimitExceeded) -> Answer?
  {
    // Braces that only group change nothing.
    if group.open == UInt8(ascii: "{") { return try parse(surface: group.inside, depth: depth + 1, budget) }
    let parts = AnswerSplitter.parts(of: group.inside, inBrackets: true) ?? [group.inside]
    try check(elements: parts.count)
    let isRound = group.open == UInt8(ascii: "(") && group.close == UInt8(ascii: ")")
    let isBrace = group.open == MathSurface.setOpen
    if parts.count == 1, isRound || isBrace {
      return try parse(surface: group.inside, depth: depth + 1, budget)
    }
    if isBrace { return try flattened(parts, depth: depth, budget).map(Answer.collection) }
    var items: [Answer] = []
    for part in parts {
      guard let item = try parse(surface: part, depth: depth + 1, budget) else { return nil }
      items.append(item)
    }
    if parts.count == 1, case .matrix = items[0] { return items[0] }
    return .tuple(items, open: group.open, close: group.close)
  }

  /// The answers of all parts, with collections among them opened; nil when a part is empty.
  private func flattened(
    _ parts: [ArraySlice<UInt8>], depth: Int, _ budget: ReadingBudget
  ) throws(AnswerLimitExceeded) -> [Answer]? {
    try check(elements: parts.count)
    var items: [Answer] = []
    for part in parts {
      guard let item = try parse(surface: part, depth: depth + 1, budget) else { return nil }
      switch item {
      case .collection(let inner): items += inner
      // x = ±1 among others.
      case .named(let name, .collection(let inner)): items += inner.map { .named(name, $0) }
      default: items.append(item)
      }
      try check(elements: items.count)
    }
    return items
  }

  /// Without white space, Markdown emphasis and the punctuation that ends a sentence; a text that is all inside
  /// `\text{…}` without it.
  private static func trimmed(_ surface: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    var text = surface.trimming { $0.isSpace || $0 == UInt8(ascii: "*") || $0 == UInt8(ascii: "`") }
    while let last = text.last {
      let endsSentence = last == UInt8(ascii: ".") || last == UInt8(ascii: ",") || last == UInt8(ascii: ";")
      // A factorial has a letter before it, and an exclamation a word.
      let before = text.dropLast().suffix(3)
      let exclaims = last == UInt8(ascii: "!") && before.count == 3 && before.allSatisfy(\.isLetter)
      guard endsSentence || exclaims else { break }
      text = text.dropLast().trimming { $0.isSpace || $0 == UInt8(ascii: "*") || $0 == UInt8(ascii: "`") }
    }
    if text.first == MathSurface.quote,
      text.dropFirst().firstIndex(of: MathSurface.quote) == text.endIndex - 1
    {
      return trimmed(text.dropFirst().dropLast())
    }
    return text
  }
}
