internal import AnswerText

/// Whether two answers are the same. Numbers are exact; formulas by normal form and by value.
enum AnswerComparison {
  /// Percent: `50%` is a half, and a bare `50` too, for references of word problems leave the sign out.
  static func areEqual(_ left: Answer, _ right: Answer, _ budget: ComparisonBudget)
    throws(AnswerLimitExceeded) -> Bool
  {
    try budget.spend(1)
    switch (left, right) {
    case (.number(let a, let aPercent, let aDecimals), .number(let b, let bPercent, let bDecimals)):
      if try areEqual(a, b, budget) { return true }
      if aDecimals > 0, try stands(a, aDecimals, for: b) { return true }
      if bDecimals > 0, try stands(b, bDecimals, for: a) { return true }
      guard aPercent != bPercent else { return false }
      let hundred = Expression.integer(100)
      return try aPercent
        ? areEqual(a, .product([b, hundred]), budget) : areEqual(b, .product([a, hundred]), budget)
    case (.based(let a), .based(let b)): return a == b
    case (.date(let a), .date(let b)): return a.isSame(as: b)
    case (.time(let a, _), .time(let b, _)): return a.isSame(as: b)
    case (.time(_, let a), .ratio(let b)), (.ratio(let b), .time(_, let a)), (.ratio(let a), .ratio(let b)):
      return try areProportional(a, b, budget)
    case (.ratio(let a), .number(let b, percent: false, _)),
      (.number(let b, percent: false, _), .ratio(let a)):
      return try a.count == 2 ? areEqual(.quotient(a[0], a[1]), b, budget) : false
    case (.congruence(let a), .congruence(let b)): return a.isSame(as: b)
    case (.congruence(let a), .number(let b, percent: false, _)),
      (.number(let b, percent: false, _), .congruence(let a)):
      return b == .integer(a.residue)
    case (.qualified(let a, let of), .qualified(let b, let to)):
      guard of.agrees(with: to) else { return false }
      if let mine = of.parameter, let other = to.parameter, mine != other {
        return try areEqual(a, b.renaming(other, to: mine), budget)
      }
      return try areEqual(a, b, budget)
    case (.qualified(let a, let of), let b), (let b, .qualified(let a, let of)):
      // n instead of k, where the condition says that k is any integer.
      let more = b.symbols.subtracting(a.symbols)
      if let mine = of.parameter, more.count == 1, let other = more.first, !b.symbols.contains(mine) {
        return try areEqual(a, b.renaming(other, to: mine), budget)
      }
      return try areEqual(a, b, budget)
    case (.named(let a, let x), .named(let b, let y)):
      if let order = Self.order(of: a, in: b) { return try areEqual(x, y.permuted(order) ?? y, budget) }
      return try Self.mayBeTheSame(a, b) ? areEqual(x, y, budget) : areEquations(left, right, budget)
    case (.named, .relation), (.relation, .named): return try areEquations(left, right, budget)
    case (.named(let name, .tuple(let values, _, _)), .collection(let items))
    where name.first == UInt8(ascii: "("),
      (.collection(let items), .named(let name, .tuple(let values, _, _)))
    where name.first == UInt8(ascii: "("):
      guard items.allSatisfy(\.isNamed) else { return false }
      return try haveSameMembers(Self.named(name, values), items, budget)
    case (.collection(let items), .tuple(let values, _, _)),
      (.tuple(let values, _, _), .collection(let items)):
      // Names in the order of the alphabet are those of a point.
      guard let named = Self.inOrder(items) else { return false }
      return try areEqualInOrder(named, values, budget)
    case (.named(_, let a), _): return try areEqual(a, right, budget)
    case (_, .named(_, let b)): return try areEqual(left, b, budget)
    case (.quantity(let a, let aUnit), .quantity(let b, let bUnit)):
      return try areEqual(a, aUnit, b, bUnit, budget)
    case (.quantity(let a, let unit), let b), (let b, .quantity(let a, let unit)):
      return try areEqual(a, unit, bare: b, budget)
    case (.relation(let a, _), _) where a.sign == .equal && right.isClosed:
      // m + n = 7 answers with 7; the reverse would take a number for an equation.
      guard let value = a.value else { return false }
      return try areEqual(value, right, budget)
    case (.tuple(let a, let aOpen, let aClose), .tuple(let b, let bOpen, let bClose)):
      guard aOpen == bOpen, aClose == bClose else { return false }
      return try areEqualInOrder(a, b, budget)
    case (.collection(let a), .collection(let b)), (.union(let a), .union(let b)):
      return try haveSameMembers(a, b, budget)
    case (.collection(let a), let b), (let b, .collection(let a)):
      // The same in several forms: 1/4 or 0.25.
      guard !a.isEmpty, a.count <= 4 else { return false }
      for item in a where try !areEqual(item, b, budget) { return false }
      return true
    case (.matrix(let a), .matrix(let b)):
      guard a.map(\.count) == b.map(\.count) else { return false }
      return try areEqualInOrder(a.flatMap(\.self), b.flatMap(\.self), budget)
    case (.matrix(let rows), .tuple(let parts, _, _)), (.tuple(let parts, _, _), .matrix(let rows)):
      // A vector, in a row or in a column.
      guard rows.count == 1 || rows.allSatisfy({ $0.count == 1 }) else { return false }
      return try areEqualInOrder(rows.flatMap(\.self), parts, budget)
    case (.text(let a), .text(let b)): return areSpelledAlike(a, b) || a.saysNone && b.saysNone
    case (.expression(let a, let aText), .expression(let b, let bText)):
      if areSpelledAlike(aText, bText) { return true }
      return try areEqual(a, b, budget)
    case (.expression(let a, _), .number(let b, _, let decimals)),
      (.number(let b, _, let decimals), .expression(let a, _)):
      return try isEqual(a, to: b, decimals, budget)
    case (.relation(let a, let aText), .relation(let b, let bText)):
      if areSpelledAlike(aText, bText) { return true }
      return try Relation.areEqual(a, b, budget)
    case (.relation(let a, _), .tuple), (.relation(let a, _), .union):
      guard let interval = a.interval else { return false }
      return try areEqual(interval, right, budget)
    case (.tuple, .relation), (.union, .relation): return try areEqual(right, left, budget)
    default: return false
    }
  }

  /// A quantity and what states no unit, which then is not compared.
  private static func areEqual(_ a: Answer, _ unit: Unit, bare b: Answer, _ budget: ComparisonBudget)
    throws(AnswerLimitExceeded) -> Bool
  {
    if case .number(_, percent: true, _) = b, !unit.dimension.isEmpty { return false }
    if let product = unit.product, case .expression(let other, _) = b, !other.symbols.isEmpty {
      return try areEqual(product, other, budget)
    }
    if unit.dimension == ["angle": 1], unit.words.isEmpty, let other = b.value, other.hasPi,
      let value = a.value
    {
      return try areEqual(.product([value, unit.size]), other, budget)
    }
    return try areEqual(a, b, budget)
  }

  private static func areProportional(_ a: [Expression], _ b: [Expression], _ budget: ComparisonBudget)
    throws(AnswerLimitExceeded) -> Bool
  {
    guard a.count == b.count, let x = a.first, let y = b.first else { return false }
    for (left, right) in zip(a, b) where try !areEqual(.product([left, y]), .product([right, x]), budget) {
      return false
    }
    return true
  }

  // MARK: Names

  /// Where the names of `a` stand in `b`; nil unless both are the same names in brackets.
  private static func order(of a: [UInt8], in b: [UInt8]) -> [Int]? {
    guard a.first == UInt8(ascii: "("), b.first == UInt8(ascii: "(") else { return nil }
    let (left, right) = (members(a), members(b))
    guard left.count == right.count, Set(left) == Set(right), Set(left).count == left.count else {
      return nil
    }
    return left.compactMap { right.firstIndex(of: $0) }
  }

  private static func members(_ name: [UInt8]) -> [ArraySlice<UInt8>] {
    name.dropFirst().dropLast().split(separator: UInt8(ascii: ","))
  }

  private static func named(_ name: [UInt8], _ values: [Answer]) -> [Answer] {
    let names = members(name)
    return names.count == values.count ? zip(names, values).map { .named(Array($0), $1) } : values
  }

  /// The values of `x = 3, y = 4` by their names; nil unless all have one.
  private static func inOrder(_ items: [Answer]) -> [Answer]? {
    var values: [(name: [UInt8], value: Answer)] = []
    for item in items {
      guard case .named(let name, let value) = item, name.count <= 3 else { return nil }
      values.append((name, value))
    }
    guard Set(values.map(\.name)).count == values.count else { return nil }
    return values.sorted { $0.name.lexicographicallyPrecedes($1.name) }.map(\.value)
  }

  /// Numbers with units that are both stated.
  private static func areEqual(
    _ a: Answer, _ aUnit: Unit, _ b: Answer, _ bUnit: Unit, _ budget: ComparisonBudget
  )
    throws(AnswerLimitExceeded) -> Bool
  {
    switch aUnit.relation(to: bUnit) {
    case .same: return try areEqual(a, b, budget)
    case .contradictory: return false
    case .convertible:
      guard aUnit.size != bUnit.size, let x = a.value, let y = b.value else {
        return try areEqual(a, b, budget)
      }
      return try areEqual(.product([x, aUnit.size]), .product([y, bUnit.size]), budget)
    }
  }

  /// Whether two names may stand for the same: a letter for a word, and y for f(x).
  private static func mayBeTheSame(_ a: [UInt8], _ b: [UInt8]) -> Bool {
    let line = Array("\\overline".utf8)
    func plain(_ name: [UInt8]) -> ArraySlice<UInt8> {
      name.starts(with: line) ? name.dropFirst(line.count) : name[...]
    }
    if plain(a) == plain(b) { return true }
    func isLetter(_ name: [UInt8]) -> Bool { name.count == 1 }
    func isFunction(_ name: [UInt8]) -> Bool {
      name.first?.isLetter == true && name.suffix(3).first == UInt8(ascii: "(")
    }
    func isWord(_ name: [UInt8]) -> Bool { LetterRun.isWord(name[...]) }
    return isLetter(a) && (isFunction(b) || isWord(b)) || isLetter(b) && (isFunction(a) || isWord(a))
  }

  /// Two lines, however they are solved: `y = 2x + 3` and `2x - y + 3 = 0`.
  private static func areEquations(_ a: Answer, _ b: Answer, _ budget: ComparisonBudget)
    throws(AnswerLimitExceeded) -> Bool
  {
    guard let left = a.equation, let right = b.equation else { return false }
    return try Relation.areEqual(left, right, budget)
  }

  private static func areSpelledAlike(_ a: AnswerText, _ b: AnswerText) -> Bool {
    // What was computed has no spelling.
    !a.compact.isEmpty && a.compact == b.compact || (a.words != nil && a.words == b.words)
  }

  private static func areEqual(_ a: Expression, _ b: Expression, _ budget: ComparisonBudget)
    throws(AnswerLimitExceeded) -> Bool
  {
    guard let isEqual = try ExpressionComparison.areEqual(a, b, budget) else { throw .algebra }
    return isEqual
  }

  private static func isEqual(
    _ a: Expression, to number: Expression, _ decimals: Int, _ budget: ComparisonBudget
  )
    throws(AnswerLimitExceeded) -> Bool
  {
    if try areEqual(a, number, budget) { return true }
    guard decimals > 0 else { return false }
    return try stands(number, decimals, for: a)
  }

  /// Whether a long decimal is what one writes for a number whose decimals have no end.
  private static func stands(_ decimal: Expression, _ decimals: Int, for other: Expression)
    throws(AnswerLimitExceeded) -> Bool
  {
    guard let stands = ExpressionComparison.stands(decimal, decimals, for: other) else { throw .algebra }
    return stands
  }

  private static func areEqualInOrder(_ a: [Answer], _ b: [Answer], _ budget: ComparisonBudget)
    throws(AnswerLimitExceeded) -> Bool
  {
    guard a.count == b.count else { return false }
    for (x, y) in zip(a, b) where try !areEqual(x, y, budget) { return false }
    return true
  }

  /// Equal as multisets. Greedy matching is exact but for percent, whose equality is not transitive.
  private static func haveSameMembers(
    _ left: [Answer], _ right: [Answer], _ budget: ComparisonBudget
  ) throws(AnswerLimitExceeded) -> Bool {
    guard left.count == right.count else { return false }
    var unmatched = right
    for answer in left {
      var match: Int?
      for index in unmatched.indices where match == nil {
        if try areEqual(answer, unmatched[index], budget) { match = index }
      }
      guard let match else { return false }
      unmatched.remove(at: match)
    }
    return true
  }
}

extension Relation {
  /// The side that is a number, where the other one says of what; of a computation, its result. An equation with a power of an
  /// unknown is still to be solved: x^2 = 9 does not answer with 9.
  var value: Answer? {
    if right.symbols.isEmpty { return left.isUnsolved ? nil : Answer.of(right) }
    return left.symbols.isEmpty && !right.isUnsolved ? Answer.of(left) : nil
  }
}

extension Answer {
  /// A tuple's parts in another order.
  fileprivate func permuted(_ order: [Int]) -> Answer? {
    guard case .tuple(let parts, let open, let close) = self, order.allSatisfy(parts.indices.contains) else {
      return nil
    }
    return .tuple(order.map { parts[$0] }, open: open, close: close)
  }

  /// What can be computed with.
  fileprivate var value: Expression? {
    switch self {
    case .number(let value, percent: false, _), .expression(let value, _): value
    default: nil
    }
  }

  /// Whether it is a number or a formula without variables.
  fileprivate var isClosed: Bool { value.map(\.symbols.isEmpty) ?? false }

  /// An equation of variables; `x = 5` is one, and a number's name is none.
  fileprivate var equation: Relation? {
    switch self {
    case .relation(let relation, _): return relation
    case .named(let name, let answer):
      guard name.count == 1, let letter = name.first, letter.isLetter, let value = answer.value,
        !value.symbols.isEmpty
      else {
        return nil
      }
      return Relation(left: .symbol(String(decoding: name, as: UTF8.self)), sign: .equal, right: value)
    default: return nil
    }
  }

  /// A formula without a spelling of its own.
  static func of(_ expression: Expression) -> Answer {
    .expression(expression, AnswerText(surface: []))
  }
}
