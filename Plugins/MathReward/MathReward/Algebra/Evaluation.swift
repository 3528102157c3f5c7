internal import Glibc

/// Values of expressions in double precision; not a number where there is none.
enum Evaluation {
  static func value(_ expression: Expression, _ symbols: (String) -> Double = { _ in .nan }) -> Double {
    value(expression, symbols, AlgebraBudget())
  }

  /// - Parameter budget: of all exact values inside, for remainders may stand in remainders.
  private static func value(
    _ expression: Expression, _ symbols: (String) -> Double, _ budget: AlgebraBudget
  ) -> Double {
    func of(_ part: Expression) -> Double { value(part, symbols, budget) }
    switch expression {
    case .number(_, let value): return value
    case .pi: return .pi
    case .euler: return M_E
    case .infinity: return .infinity
    case .symbol(let name): return symbols(name)
    case .sum(let parts): return parts.reduce(0) { $0 + of($1) }
    case .product(let parts): return parts.reduce(1) { $0 * of($1) }
    case .power(let base, let exponent): return power(of(base), of(exponent))
    case .call(let function, let parts):
      // Remainders and divisors of doubles are noise.
      if [.gcd, .lcm, .mod].contains(function), let exact = ExpressionComparison.constant(expression, budget)
      {
        return exact.double
      }
      return apply(function, parts.map(of))
    case .opaque(let name, let parts):
      // The same name and the same values give the same number.
      return parts.reduce(symbols("\(name)()")) { 0.618 * $0 + sin(1.7 * of($1) + 0.3) }
    }
  }

  /// Real odd roots of negative numbers.
  private static func power(_ base: Double, _ exponent: Double) -> Double {
    guard base < 0, exponent != exponent.rounded() else { return pow(base, exponent) }
    let degree = 1 / exponent
    guard abs(degree - degree.rounded()) < 1e-12, Int(degree.rounded()) % 2 != 0 else { return .nan }
    return -pow(-base, exponent)
  }

  static func apply(_ function: Expression.Function, _ x: [Double]) -> Double {
    let first = x[0]
    switch function {
    case .sin: return sin(first)
    case .cos: return cos(first)
    case .tan: return tan(first)
    case .sec: return 1 / cos(first)
    case .csc: return 1 / sin(first)
    case .cot: return 1 / tan(first)
    case .arcsin: return asin(first)
    case .arccos: return acos(first)
    case .arctan: return atan(first)
    case .sinh: return sinh(first)
    case .cosh: return cosh(first)
    case .tanh: return tanh(first)
    case .ln: return first > 0 ? log(first) : .nan
    case .abs: return abs(first)
    case .floor: return floor(first)
    case .ceil: return ceil(first)
    case .max: return x.reduce(-.infinity) { Swift.max($0, $1) }
    case .min: return x.reduce(.infinity) { Swift.min($0, $1) }
    case .mod: return x.count == 2 ? modulo(first, x[1]) : .nan
    case .gcd: return x.dropFirst().reduce(abs(first), divisor)
    case .lcm: return x.dropFirst().reduce(abs(first)) { abs($0 * $1) / divisor($0, $1) }
    case .factorial:
      guard first >= 0, first <= 170, first == first.rounded() else { return .nan }
      return (0..<Int(first)).reduce(1) { $0 * Double($1 + 1) }
    case .binom: return x.count == 2 ? binomial(first, x[1]) : .nan
    }
  }

  /// With the sign of the divisor.
  private static func modulo(_ a: Double, _ b: Double) -> Double {
    let rest = fmod(a, b)
    return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest
  }

  /// Of real numbers: the largest that goes into both a whole number of times, as far as doubles tell; 1 without any.
  private static func divisor(_ a: Double, _ b: Double) -> Double {
    var (x, y) = (abs(a), abs(b))
    guard x.isFinite, y.isFinite else { return .nan }
    let least = Swift.max(x, y) * 1e-11
    for _ in 0..<200 where y > least { (x, y) = (y, fmod(x, y)) }
    guard y <= least else { return 1 }
    return x < 1e-6 * Swift.max(abs(a), abs(b)) && (a != a.rounded() || b != b.rounded()) ? 1 : x
  }

  private static func binomial(_ n: Double, _ k: Double) -> Double {
    guard n == n.rounded(), k == k.rounded(), k >= 0, k <= n, n <= 1000 else { return .nan }
    return (0..<Int(Swift.min(k, n - k))).reduce(1) { ($0 * (n - Double($1)) / Double($1 + 1)).rounded() }
  }
}
