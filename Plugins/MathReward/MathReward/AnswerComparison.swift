/// Whether two answers are the same. Numbers are exact; formulas by normal form and by value.
enum AnswerComparison {
  /// Percent: `50%` is a half, and a bare `50` too, for references of word problems leave the sign out.
  static func areEqual(_ left: Answer, _ right: Answer, _ budget: ComparisonBudget)
    throws(AnswerLimitExceeded) -> Bool
  {
    try budget.spend(1)
    switch (left, right) {
    case (.number(let a, let aPercent, let aDecimals), .number(let b, let bPercent, let bDecimals)):
      try budget.spend(a.cost(with: b))
      if a == b { return true }
      if aDecimals > 0 || bDecimals > 0, stands(a, aDecimals, for: b) || stands(b, bDecimals, for: a) {
        return true
      }
      guard aPercent != bPercent else { return false }
      return aPercent ? a == b * Rational.powerOfTen(2) : b == a * Rational.powerOfTen(2)
    case (.tuple(let a, let aOpen, let aClose), .tuple(let b, let bOpen, let bClose)):
      guard aOpen == bOpen, aClose == bClose else { return false }
      return try areEqualInOrder(a, b, budget)
    case (.collection(let a), .collection(let b)), (.union(let a), .union(let b)):
      return try haveSameMembers(a, b, budget)
    case (.collection(let a), let b), (let b, .collection(let a)):
      guard a.count == 1 else { return false }
      return try areEqual(a[0], b, budget)
    case (.matrix(let a), .matrix(let b)):
      guard a.map(\.count) == b.map(\.count) else { return false }
      return try areEqualInOrder(a.flatMap(\.self), b.flatMap(\.self), budget)
    case (.text(let a), .text(let b)): return areSpelledAlike(a, b)
    case (.expression(let a, let aText), .expression(let b, let bText)):
      if areSpelledAlike(aText, bText) { return true }
      return try areEqual(a, b, budget)
    case (.expression(let a, _), .number(let b, _, let decimals)),
      (.number(let b, _, let decimals), .expression(let a, _)):
      return try isEqual(a, to: b, decimals, budget)
    case (.relation(let a, let aText), .relation(let b, let bText)):
      return areSpelledAlike(aText, bText) || Relation.areEqual(a, b)
    case (.relation(let a, _), .tuple), (.relation(let a, _), .union):
      guard let interval = a.interval else { return false }
      return try areEqual(interval, right, budget)
    case (.tuple, .relation), (.union, .relation): return try areEqual(right, left, budget)
    default: return false
    }
  }

  private static func areSpelledAlike(_ a: AnswerText, _ b: AnswerText) -> Bool {
    a.compact == b.compact || (a.words != nil && a.words == b.words)
  }

  private static func areEqual(_ a: Expression, _ b: Expression, _ budget: ComparisonBudget)
    throws(AnswerLimitExceeded) -> Bool
  {
    try budget.spend(a.size + b.size)
    guard let isEqual = ExpressionComparison.areEqual(a, b) else { throw .algebra }
    return isEqual
  }

  private static func isEqual(
    _ a: Expression, to number: Rational, _ decimals: Int, _ budget: ComparisonBudget
  )
    throws(AnswerLimitExceeded) -> Bool
  {
    guard let fraction = number.fraction else { return false }
    if try areEqual(a, .number(exact: fraction, value: fraction.double), budget) { return true }
    guard decimals > 0, a.symbols.isEmpty else { return false }
    if let exact = ExpressionComparison.constant(a), exact.isDecimal { return false }
    return isRounded(fraction.double, decimals, from: Evaluation.value(a))
  }

  /// Whether a long decimal is what one writes for a fraction whose decimals have no end.
  private static func stands(_ decimal: Rational, _ decimals: Int, for other: Rational) -> Bool {
    guard decimals > 0, let a = decimal.fraction, let b = other.fraction, !b.isDecimal else { return false }
    return isRounded(a.double, decimals, from: b.double)
  }

  /// Rounded or cut off.
  private static func isRounded(_ decimal: Double, _ decimals: Int, from value: Double) -> Bool {
    var unit = 1.0
    for _ in 0..<min(decimals, 300) { unit /= 10 }
    return abs(decimal - value) < unit * 1.000001 + abs(value) * 1e-15
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
  /// The interval of `x < 5`, with a variable on the left or right side.
  var interval: Answer? {
    var relation = self
    if case .symbol = right, left.symbols.isEmpty {
      relation = Relation(left: right, sign: sign.flipped, right: left)
    }
    switch relation.left {
    case .symbol, .opaque: break
    default: return nil
    }
    guard relation.right.symbols.isEmpty else { return nil }
    let bound = Answer.of(relation.right)
    let (low, high) = (Answer.of(.negative(.infinity)), Answer.of(.infinity))
    let (round, roundEnd) = (UInt8(ascii: "("), UInt8(ascii: ")"))
    switch relation.sign {
    case .less: return .tuple([low, bound], open: round, close: roundEnd)
    case .lessOrEqual: return .tuple([low, bound], open: round, close: UInt8(ascii: "]"))
    case .greater: return .tuple([bound, high], open: round, close: roundEnd)
    case .greaterOrEqual: return .tuple([bound, high], open: UInt8(ascii: "["), close: roundEnd)
    case .equal, .unequal: return nil
    }
  }
}

extension Answer {
  /// A formula without a spelling of its own.
  static func of(_ expression: Expression) -> Answer {
    .expression(expression, AnswerText(surface: [0x04]))
  }
}
