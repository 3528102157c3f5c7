/// An exact fraction of 128-bit integers in lowest terms; what does not fit is an error, not a wrong number.
struct Fraction: Hashable, Sendable {
  let numerator: Int128
  /// Positive.
  let denominator: Int128

  static let zero = Fraction(0)
  static let one = Fraction(1)

  init(_ value: Int) {
    numerator = Int128(value)
    denominator = 1
  }

  init(_ numerator: Int128, over denominator: Int128) throws(AlgebraLimit) {
    guard denominator != 0, denominator != .min, numerator != .min else { throw .tooLarge }
    let divisor = Self.divisor(numerator, denominator)
    let sign: Int128 = denominator < 0 ? -1 : 1
    self.numerator = sign * numerator / divisor
    self.denominator = sign * denominator / divisor
  }

  /// The largest number that goes into both a whole number of times.
  static func commonDivisor(_ a: Fraction, _ b: Fraction) throws(AlgebraLimit) -> Fraction {
    let (left, right) = (try times(a.numerator, b.denominator), try times(b.numerator, a.denominator))
    return try Fraction(divisor(left, right), over: times(a.denominator, b.denominator))
  }

  /// With the sign of the divisor.
  func modulo(_ other: Fraction) throws(AlgebraLimit) -> Fraction {
    let (left, right) = (
      try Self.times(numerator, other.denominator), try Self.times(other.numerator, denominator)
    )
    guard right != 0 else { throw .tooLarge }
    let rest = left % right
    let signed = rest != 0 && (rest < 0) != (right < 0) ? rest + right : rest
    return try Fraction(signed, over: Self.times(denominator, other.denominator))
  }

  private static func divisor(_ a: Int128, _ b: Int128) -> Int128 {
    var (a, b) = (a.magnitude, b.magnitude)
    while b != 0 { (a, b) = (b, a % b) }
    return a == 0 ? 1 : Int128(truncatingIfNeeded: a)
  }

  var isZero: Bool { numerator == 0 }
  var integer: Int? { denominator == 1 ? Int(exactly: numerator) : nil }
  var double: Double { Double(numerator) / Double(denominator) }

  /// Whether its decimal expansion ends.
  var isDecimal: Bool {
    var rest = denominator
    while rest % 2 == 0 { rest /= 2 }
    while rest % 5 == 0 { rest /= 5 }
    return rest == 1
  }

  private static func times(_ a: Int128, _ b: Int128) throws(AlgebraLimit) -> Int128 {
    let (product, overflow) = a.multipliedReportingOverflow(by: b)
    guard !overflow else { throw .tooLarge }
    return product
  }

  static func * (a: Fraction, b: Fraction) throws(AlgebraLimit) -> Fraction {
    try Fraction(times(a.numerator, b.numerator), over: times(a.denominator, b.denominator))
  }

  static func + (a: Fraction, b: Fraction) throws(AlgebraLimit) -> Fraction {
    let (left, right) = (try times(a.numerator, b.denominator), try times(b.numerator, a.denominator))
    let (sum, overflow) = left.addingReportingOverflow(right)
    guard !overflow else { throw .tooLarge }
    return try Fraction(sum, over: times(a.denominator, b.denominator))
  }

  func inverted() throws(AlgebraLimit) -> Fraction { try Fraction(denominator, over: numerator) }

  func negated() throws(AlgebraLimit) -> Fraction { try Fraction(-numerator, over: denominator) }

  func power(_ exponent: Int) throws(AlgebraLimit) -> Fraction {
    guard exponent.magnitude <= 256 else { throw .tooLarge }
    var result = Fraction.one
    let base = exponent < 0 ? try inverted() : self
    for _ in 0..<exponent.magnitude { result = try result * base }
    return result
  }
}

/// Why an expression has no normal form here.
enum AlgebraLimit: Error {
  /// A number is beyond 128 bits, a polynomial beyond its terms, or something is divided by zero.
  case tooLarge
}

/// What one comparison may cost, in steps of work rather than time: a verdict must not depend on the machine.
final class AlgebraBudget {
  private var left = 2_000

  func spend(_ steps: Int) throws(AlgebraLimit) {
    left -= steps
    guard left >= 0 else { throw .tooLarge }
  }
}
