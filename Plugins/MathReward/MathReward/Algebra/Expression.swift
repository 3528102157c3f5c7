/// A formula, as far as it can be computed with.
indirect enum Expression: Hashable, Sendable {
  /// A literal; `exact` is nil where it does not fit.
  case number(exact: Fraction?, value: Double)
  case pi
  case euler
  case infinity
  /// A variable, with its index.
  case symbol(String)
  case sum([Expression])
  case product([Expression])
  case power(Expression, Expression)
  case call(Function, [Expression])
  /// Something that is only compared: a sum over an index, an unknown function.
  case opaque(String, [Expression])

  /// Functions that have values.
  enum Function: String, CaseIterable, Sendable {
    case sin, cos, tan, sec, csc, cot, arcsin, arccos, arctan, sinh, cosh, tanh
    case ln, abs, floor, ceil, gcd, lcm, max, min, mod, factorial, binom
  }

  static func integer(_ value: Int) -> Expression { .number(exact: Fraction(value), value: Double(value)) }

  static func negative(_ value: Expression) -> Expression {
    .product([.integer(-1), value])
  }

  static func quotient(_ a: Expression, _ b: Expression) -> Expression {
    .product([a, .power(b, .integer(-1))])
  }

  static func root(_ radicand: Expression, _ degree: Expression = .integer(2)) -> Expression {
    .power(radicand, .power(degree, .integer(-1)))
  }

  /// The symbols in it.
  var symbols: Set<String> {
    switch self {
    case .number, .pi, .euler, .infinity: []
    case .symbol(let name): [name]
    case .sum(let parts), .product(let parts), .call(_, let parts):
      parts.reduce(into: []) { $0.formUnion($1.symbols) }
    case .power(let base, let exponent): base.symbols.union(exponent.symbols)
    case .opaque(let name, let parts): parts.reduce(into: ["\(name)()"]) { $0.formUnion($1.symbols) }
    }
  }

  /// How many nodes it has.
  var size: Int {
    switch self {
    case .number, .pi, .euler, .infinity, .symbol: 1
    case .sum(let parts), .product(let parts), .call(_, let parts), .opaque(_, let parts):
      parts.reduce(1) { $0 + $1.size }
    case .power(let base, let exponent): 1 + base.size + exponent.size
    }
  }
}
