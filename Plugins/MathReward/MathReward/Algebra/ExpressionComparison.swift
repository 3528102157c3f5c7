internal import CExactNumbers

/// Whether two expressions are the same. Of numbers this is proved. Formulas with symbols are the same if they are at points that
/// have nothing to do with them, and at which their values are compared exactly; the points are the same in every run.
enum ExpressionComparison {
  /// nil: not decided.
  static func areEqual(_ a: Expression, _ b: Expression, _ budget: ComparisonBudget = ComparisonBudget())
    throws(AnswerLimitExceeded) -> Bool?
  {
    if a == b { return true }
    try budget.spend(a.size + b.size)
    guard a.size + b.size <= mostNodes else { return nil }
    guard a.symbols.isEmpty, b.symbols.isEmpty else { return try agree(a, b, budget) }
    let arithmetic = ExactArithmetic()
    let areEqual = closed(a, b, arithmetic)
    try budget.spend(arithmetic.work)
    return areEqual
  }

  private static func closed(_ a: Expression, _ b: Expression, _ arithmetic: ExactArithmetic) -> Bool? {
    let evaluation = ExactEvaluation(arithmetic)
    guard let x = evaluation.value(a), let y = evaluation.value(b) else {
      return arithmetic.isExhausted ? nil : false
    }
    return arithmetic.areEqual(x, y)
  }

  private static let mostNodes = 800
  private static let trials = 12
  static let integerTrials = 4
  static let smallTrials = 8
  static let positiveTrials = 10

  /// Equal wherever both have a value; that must be at some points.
  private static func agree(_ a: Expression, _ b: Expression, _ budget: ComparisonBudget)
    throws(AnswerLimitExceeded) -> Bool?
  {
    var met = 0
    for trial in 0..<trials {
      let arithmetic = ExactArithmetic()
      let evaluation = ExactEvaluation(arithmetic, at: trial)
      let (x, y) = (evaluation.value(a), evaluation.value(b))
      let areEqual = x.flatMap { x in y.flatMap { arithmetic.areEqual(x, $0) } }
      try budget.spend(arithmetic.work)
      guard x != nil, y != nil else {
        if arithmetic.isExhausted { return nil }
        continue
      }
      guard let areEqual else { return nil }
      guard areEqual else { return false }
      met += 1
    }
    return met >= 4 ? true : met == 0 ? false : nil
  }

  /// Whether a is a constant multiple of b, and whether the factor is positive; nil: it is none, or that is not decided.
  static func isPositiveMultiple(_ a: Expression, _ b: Expression, _ budget: ComparisonBudget)
    throws(AnswerLimitExceeded) -> Bool?
  {
    try budget.spend(a.size + b.size)
    guard a.size + b.size <= mostNodes else { return nil }
    let names = a.symbols.union(b.symbols)
    var isPositive: Bool?
    var met = 0
    // Values at different points are compared, so all are of one arithmetic.
    let arithmetic = ExactArithmetic()
    var first: (x: ExactArithmetic.Number, y: ExactArithmetic.Number)?
    for trial in 0..<(names.isEmpty ? 1 : trials) {
      let evaluation = ExactEvaluation(arithmetic, at: trial)
      guard let x = evaluation.value(a), let y = evaluation.value(b), let zero = arithmetic.integer(0) else {
        continue
      }
      guard let isNone = arithmetic.areEqual(y, zero) else { return nil }
      guard !isNone else { continue }
      if let first {
        guard
          let left = arithmetic.apply(EXACT_MULTIPLY, first.x, y),
          let right = arithmetic.apply(EXACT_MULTIPLY, x, first.y),
          arithmetic.areEqual(left, right) == true
        else { return nil }
      } else {
        guard let factor = arithmetic.apply(EXACT_DIVIDE, x, y), let order = arithmetic.order(factor, zero),
          order != 0
        else { return nil }
        isPositive = order > 0
        first = (x, y)
      }
      met += 1
    }
    try budget.spend(arithmetic.work)
    return met >= (names.isEmpty ? 1 : 4) ? isPositive : nil
  }

  /// Whether a decimal with so many digits behind the point is what one writes for a number whose own have no end: rounded, or cut
  /// off. nil: not decided.
  static func stands(_ decimal: Expression, _ digits: Int, for value: Expression) -> Bool? {
    guard value.symbols.isEmpty, value.size <= mostNodes else { return false }
    let arithmetic = ExactArithmetic()
    let evaluation = ExactEvaluation(arithmetic)
    guard let x = evaluation.value(decimal), let y = evaluation.value(value) else {
      return arithmetic.isExhausted ? nil : false
    }
    guard !arithmetic.isDecimal(y) else { return false }
    func size(_ number: ExactArithmetic.Number?) -> ExactArithmetic.Number? {
      arithmetic.apply(EXACT_ABS, number)
    }
    let difference = arithmetic.apply(EXACT_ADD, x, arithmetic.apply(EXACT_NEGATE, y))
    guard let unit = arithmetic.decimal([0x31], exponent: -digits), let distance = size(difference),
      let half = arithmetic.apply(EXACT_DIVIDE, unit, arithmetic.integer(2)), let a = size(x), let b = size(y)
    else { return arithmetic.isExhausted ? nil : false }
    guard let isNear = arithmetic.order(distance, half) else { return arithmetic.isExhausted ? nil : false }
    if isNear <= 0 { return true }
    guard let isBelow = arithmetic.order(a, b), let isWithin = arithmetic.order(distance, unit) else {
      return nil
    }
    return isBelow < 0 && isWithin < 0
  }
}
