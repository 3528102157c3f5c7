/// A formula, as far as it can be computed with.
indirect enum Expression: Hashable, Sendable {
  case number(Literal)
  case pi
  case euler
  case imaginary
  case infinity
  /// A variable, with its index.
  case symbol(String)
  case sum([Expression])
  case product([Expression])
  case power(Expression, Expression)
  case call(Function, [Expression])
  /// A sum or product over an index.
  case series(Series)
  /// Something that is only compared: an unknown function.
  case opaque(String, [Expression])

  /// `\sum_{k=1}^{n} …` or `\prod`.
  struct Series: Hashable, Sendable {
    var isProduct: Bool
    var variable: String
    var from, to, body: Expression
  }

  /// Functions that have values.
  enum Function: String, CaseIterable, Sendable {
    case sin, cos, tan, sec, csc, cot, arcsin, arccos, arctan, sinh, cosh, tanh
    case ln, abs, floor, ceil, gcd, lcm, max, min, mod, factorial, binom
  }

  static func integer(_ value: Int) -> Expression { .number(Literal(value)) }

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
    case .number, .pi, .euler, .imaginary, .infinity: []
    case .symbol(let name): [name]
    case .sum(let parts), .product(let parts), .call(_, let parts):
      parts.reduce(into: []) { $0.formUnion($1.symbols) }
    case .power(let base, let exponent): base.symbols.union(exponent.symbols)
    case .series(let series):
      series.from.symbols.union(series.to.symbols).union(series.body.symbols.subtracting([series.variable]))
    case .opaque(let name, let parts): parts.reduce(into: ["\(name)()"]) { $0.formUnion($1.symbols) }
    }
  }

  /// Whether an equation of it with a number is still to be solved: x^2, 2x, but not m + n.
  var isUnsolved: Bool {
    if case .symbol = self { return false }
    if hasPowers { return true }
    if case .opaque = self { return false }
    return symbols.count == 1
  }

  /// Whether it has a power of something with symbols, other than a quotient.
  var hasPowers: Bool {
    switch self {
    case .number, .pi, .euler, .imaginary, .infinity, .symbol, .series, .opaque: false
    case .sum(let parts), .product(let parts), .call(_, let parts): parts.contains(where: \.hasPowers)
    case .power(let base, let exponent): !base.symbols.isEmpty && exponent != .integer(-1) || base.hasPowers
    }
  }

  /// Whether the number pi is in it.
  var hasPi: Bool {
    switch self {
    case .pi: true
    case .number, .euler, .imaginary, .infinity, .symbol, .series: false
    case .sum(let parts), .product(let parts), .call(_, let parts), .opaque(_, let parts):
      parts.contains(where: \.hasPi)
    case .power(let base, let exponent): base.hasPi || exponent.hasPi
    }
  }

  /// How many nodes it has.
  var size: Int {
    switch self {
    case .number, .pi, .euler, .imaginary, .infinity, .symbol: 1
    case .series(let series): 1 + series.from.size + series.to.size + series.body.size
    case .sum(let parts), .product(let parts), .call(_, let parts), .opaque(_, let parts):
      parts.reduce(1) { $0 + $1.size }
    case .power(let base, let exponent): 1 + base.size + exponent.size
    }
  }
}

extension Expression {
  /// With another name for a variable.
  func renaming(_ name: String, to other: String) -> Expression {
    switch self {
    case .symbol(name): return .symbol(other)
    case .number, .pi, .euler, .imaginary, .infinity, .symbol, .series: return self
    case .sum(let parts): return .sum(parts.map { $0.renaming(name, to: other) })
    case .product(let parts): return .product(parts.map { $0.renaming(name, to: other) })
    case .power(let base, let exponent):
      return .power(base.renaming(name, to: other), exponent.renaming(name, to: other))
    case .call(let function, let parts): return .call(function, parts.map { $0.renaming(name, to: other) })
    case .opaque(let function, let parts):
      return .opaque(function, parts.map { $0.renaming(name, to: other) })
    }
  }

  /// With the imaginary unit read as an index, where one of a sum is called so.
  func naming(_ variable: String) -> Expression {
    guard variable == "i()" else { return self }
    switch self {
    case .imaginary: return .symbol(variable)
    case .number, .pi, .euler, .infinity, .symbol: return self
    case .sum(let parts): return .sum(parts.map { $0.naming(variable) })
    case .product(let parts): return .product(parts.map { $0.naming(variable) })
    case .power(let base, let exponent): return .power(base.naming(variable), exponent.naming(variable))
    case .call(let function, let parts): return .call(function, parts.map { $0.naming(variable) })
    case .opaque(let name, let parts): return .opaque(name, parts.map { $0.naming(variable) })
    case .series(var series):
      series.from = series.from.naming(variable)
      series.to = series.to.naming(variable)
      if series.variable != variable { series.body = series.body.naming(variable) }
      return .series(series)
    }
  }
}
