internal import CExactNumbers

/// Exact values of expressions.
struct ExactEvaluation {
  let arithmetic: ExactArithmetic
  /// Values of symbols.
  private var symbols: [String: ExactArithmetic.Number] = [:]
  /// What is only compared: names, with the values they were met with, and the value that stands for each.
  private final class Opaque {
    var known: [(name: String, parts: [ExactArithmetic.Number], value: ExactArithmetic.Number)] = []
  }
  private let opaque = Opaque()
  /// At which of the points that ``ExpressionComparison`` tries symbols are; nil in a closed expression, which may be complex.
  private let trial: Int?

  /// - Parameters:
  ///   - trial: nil for expressions without symbols.
  ///   - symbols: Values of some symbols, by name.
  init(_ arithmetic: ExactArithmetic, at trial: Int? = nil, symbols: [String: ExactArithmetic.Number] = [:]) {
    self.arithmetic = arithmetic
    self.trial = trial
    self.symbols = symbols
  }

  typealias Number = ExactArithmetic.Number

  /// nil where it has no value, or none that is real at a point.
  func value(_ expression: Expression) -> Number? {
    switch expression {
    case .number(let literal): return self.literal(literal)
    case .pi: return arithmetic.constant(EXACT_PI)
    case .euler: return arithmetic.constant(EXACT_EULER)
    case .imaginary: return arithmetic.constant(EXACT_IMAGINARY)
    case .infinity: return arithmetic.constant(EXACT_INFINITY)
    case .symbol(let name): return symbols[name] ?? point(name)
    case .sum(let parts):
      return parts.dropFirst().reduce(parts.first.flatMap(value)) {
        arithmetic.apply(EXACT_ADD, $0, value($1))
      }
    case .product(let parts): return product(parts)
    case .power(let base, .power(let degree, .integer(-1))): return root(value(base), value(degree))
    case .power(.euler, let exponent): return arithmetic.apply(EXACT_EXP, value(exponent))
    case .power(let base, let exponent): return power(value(base), value(exponent))
    case .call(let function, let parts): return call(function, parts.map(value))
    case .series(let series): return self.series(series)
    case .opaque(let name, let parts): return self.opaque(name, parts.map(value))
    }
  }

  private func literal(_ literal: Literal) -> Number? {
    if let small = literal.integer { return arithmetic.integer(small) }
    let size = arithmetic.decimal(literal.digits, exponent: literal.exponent)
    return literal.isNegative ? arithmetic.apply(EXACT_NEGATE, size) : size
  }

  private func product(_ parts: [Expression]) -> Number? {
    var product: Number?
    for part in parts {
      // A quotient is computed as one, so that nothing is divided by zero.
      if case .power(let base, .integer(-1)) = part, let upper = product {
        product = arithmetic.apply(EXACT_DIVIDE, upper, value(base))
      } else {
        let factor = value(part)
        product = product == nil ? factor : arithmetic.apply(EXACT_MULTIPLY, product, factor)
      }
      guard product != nil else { return nil }
    }
    return product
  }

  /// Whether it is known to be negative.
  private func isNegative(_ number: Number) -> Bool {
    arithmetic.integer(0).flatMap { arithmetic.order(number, $0) } == -1
  }

  private func root(_ radicand: Number?, _ degree: Number?) -> Number? {
    guard let radicand, let degree else { return nil }
    if trial != nil, isNegative(radicand) {
      guard let whole = arithmetic.integerValue(degree), whole % 2 != 0 else { return nil }
    }
    return arithmetic.apply(EXACT_ROOT, radicand, degree)
  }

  private func power(_ base: Number?, _ exponent: Number?) -> Number? {
    guard let base, let exponent else { return nil }
    if trial != nil, arithmetic.integerValue(exponent) == nil, isNegative(base) { return nil }
    return arithmetic.apply(EXACT_POWER, base, exponent)
  }

  private func call(_ function: Expression.Function, _ x: [Number?]) -> Number? {
    guard let first = x.first, let first, x.allSatisfy({ $0 != nil }) else { return nil }
    if let unary = Self.unary[function] {
      if function == .ln, trial != nil, isNegative(first) { return nil }
      return x.count == 1 ? arithmetic.apply(unary, first) : nil
    }
    if let binary = Self.folded[function] {
      if x.count == 1, function == .gcd || function == .lcm { return arithmetic.apply(EXACT_ABS, first) }
      return x.dropFirst().reduce(first) { arithmetic.apply(binary, $0, $1) }
    }
    switch function {
    case .mod: return x.count == 2 ? arithmetic.apply(EXACT_MODULO, first, x[1]) : nil
    case .binom: return x.count == 2 ? arithmetic.apply(EXACT_BINOMIAL, first, x[1]) : nil
    case .sec:
      return arithmetic.apply(EXACT_DIVIDE, arithmetic.integer(1), arithmetic.apply(EXACT_COSINE, first))
    case .csc:
      return arithmetic.apply(EXACT_DIVIDE, arithmetic.integer(1), arithmetic.apply(EXACT_SINE, first))
    case .cot:
      return arithmetic.apply(
        EXACT_DIVIDE, arithmetic.apply(EXACT_COSINE, first), arithmetic.apply(EXACT_SINE, first))
    default: return nil
    }
  }

  private static let unary: [Expression.Function: ExactUnary] = [
    .sin: EXACT_SINE, .cos: EXACT_COSINE, .tan: EXACT_TANGENT, .arcsin: EXACT_ARCSINE,
    .arccos: EXACT_ARCCOSINE,
    .arctan: EXACT_ARCTANGENT, .sinh: EXACT_SINH, .cosh: EXACT_COSH, .tanh: EXACT_TANH, .ln: EXACT_LOG,
    .abs: EXACT_ABS,
    .floor: EXACT_FLOOR, .ceil: EXACT_CEILING, .factorial: EXACT_FACTORIAL,
  ]
  private static let folded: [Expression.Function: ExactBinary] = [
    .gcd: EXACT_GCD, .lcm: EXACT_LCM, .max: EXACT_MAXIMUM, .min: EXACT_MINIMUM,
  ]

  /// The sum or product of finitely many terms; one without an end is only compared.
  private func series(_ series: Expression.Series) -> Number? {
    guard let low = value(series.from).flatMap(arithmetic.integerValue),
      let high = value(series.to).flatMap(arithmetic.integerValue)
    else {
      guard case .infinity = series.to else { return nil }
      return opaque(series.isProduct ? "prod" : "sum", [value(series.from), value(series.body)])
    }
    guard high - low <= Self.mostTerms else { return nil }
    var result = arithmetic.integer(series.isProduct ? 1 : 0)
    guard high >= low else { return result }
    var inner = self
    for index in low...high {
      inner.symbols[series.variable] = arithmetic.integer(index)
      result = arithmetic.apply(
        series.isProduct ? EXACT_MULTIPLY : EXACT_ADD, result, inner.value(series.body))
      guard result != nil else { return nil }
    }
    return result
  }

  private static let mostTerms = 2_000

  /// The same name with the same values has the same value.
  private func opaque(_ name: String, _ parts: [Number?]) -> Number? {
    let parts = parts.compactMap(\.self)
    for met in opaque.known where met.name == name && met.parts.count == parts.count {
      let isSame = zip(met.parts, parts).allSatisfy { arithmetic.areEqual($0, $1) == true }
      if isSame { return met.value }
    }
    guard let value = point("\(name)()\(opaque.known.count)") else { return nil }
    opaque.known.append((name, parts, value))
    return value
  }

  /// Integers first, for what has values only there; then fractions below 1, above, and of any sign.
  private func point(_ symbol: String) -> Number? {
    let trial = trial ?? 4
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325 &+ UInt64(trial) &* 0x9E37_79B9_7F4A_7C15
    for byte in symbol.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    hash = (hash ^ (hash >> 29)) &* 0xBF58_476D_1CE4_E5B9
    hash ^= hash >> 32
    guard trial >= ExpressionComparison.integerTrials else { return arithmetic.integer(Int(hash % 29) + 3) }
    // With small denominators, since a power of a number has a root of that degree.
    let isSmall = trial < ExpressionComparison.smallTrials
    let denominator = isSmall ? [2, 3, 4, 6][Int(hash % 4)] : trial % 2 + 2
    let numerator = isSmall ? 1 + Int(hash >> 8) % (denominator - 1) : Int(hash % 31) * denominator + 1
    let fraction = arithmetic.apply(
      EXACT_DIVIDE, arithmetic.integer(numerator), arithmetic.integer(denominator))
    let last = ExpressionComparison.positiveTrials
    let isNegative = trial > last || trial == last && hash >> 20 & 1 == 1
    return isNegative ? arithmetic.apply(EXACT_NEGATE, fraction) : fraction
  }
}
