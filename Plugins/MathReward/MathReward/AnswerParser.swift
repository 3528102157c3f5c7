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

  private func parse(surface: ArraySlice<UInt8>, depth: Int, _ budget: ReadingBudget)
    throws(AnswerLimitExceeded) -> Answer?
  {
    guard depth <= limits.depth else { throw .depth(limit: limits.depth) }
    try budget.spend(surface.count)
    let text = Self.trimmed(surface)
    guard !text.isEmpty else { return nil }
    if let number = try NumberReader.read(text, limits: limits) {
      return .number(number.value, percent: number.isPercent, decimals: Self.decimals(text))
    }
    if let group = AnswerSplitter.enclosed(text) { return try parse(group: group, depth: depth, budget) }
    if let matrix = try matrix(text, depth: depth, budget) { return matrix }
    if let union = try union(text, depth: depth, budget) { return union }
    if let systems = try systems(text, depth: depth, budget) { return systems }
    if let parts = AnswerSplitter.parts(of: text) {
      return .collection(try flattened(parts, depth: depth, budget) ?? [.text(AnswerText(surface: text))])
    }
    if let value = AnswerSplitter.assignedValue(text) {
      return try parse(surface: value, depth: depth + 1, budget)
    }
    if text.hasText("\\pm\u{1}", at: text.startIndex),
      let number = try NumberReader.read(text.dropFirst(4), limits: limits), !number.value.isNegative,
      !number.isPercent
    {
      return .collection([
        .number(number.value, percent: false), .number(-number.value, percent: false),
      ])
    }
    return Self.formula(text)
  }

  /// What can be computed with, or the spelling.
  private static func formula(_ text: ArraySlice<UInt8>) -> Answer {
    let spelling = AnswerText(surface: text)
    guard spelling.words == nil, !isDate(text) else { return .text(spelling) }
    if let (sides, signs) = Relation.chain(text) {
      let expressions = sides.compactMap { ExpressionParser.read($0) }
      guard expressions.count == sides.count else { return .text(spelling) }
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
    case .symbol, .opaque: break
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
    guard text.hasText("\\begin\u{1}{", at: text.startIndex),
      let start = text.firstIndex(of: UInt8(ascii: "}")),
      text[..<start].suffix(7).contains(where: \.isLetter)
    else { return nil }
    let name = text[(text.startIndex + 8)..<start]
    guard name.last == UInt8(ascii: "x") || name.elementsEqual("array".utf8) else { return nil }
    let ending = Array("\\end\u{1}{".utf8) + Array(name) + [UInt8(ascii: "}")]
    guard text.count > ending.count, text.suffix(ending.count).elementsEqual(ending) else { return nil }
    var body = text[(start + 1)..<(text.endIndex - ending.count)]
    if name.elementsEqual("array".utf8) {
      guard body.first == UInt8(ascii: "{"), let end = body.firstIndex(of: UInt8(ascii: "}")) else {
        return nil
      }
      body = body[(end + 1)...]
    }
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

  /// Parts at the top level of brackets.
  private static func split(_ text: ArraySlice<UInt8>, at separator: [UInt8]) -> [ArraySlice<UInt8>] {
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
    let parts = AnswerSplitter.parts(of: group.inside, inBrackets: true) ?? [group.inside]
    try check(elements: parts.count)
    let isRound = group.open == UInt8(ascii: "(") && group.close == UInt8(ascii: ")")
    let isBrace = group.open == UInt8(ascii: "{") || group.open == MathSurface.setOpen
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
      if case .collection(let inner) = item { items += inner } else { items.append(item) }
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
      let exclaims = last == UInt8(ascii: "!") && text.dropLast().last.map(\.isLetter) == true
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
