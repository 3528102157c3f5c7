/// An exact fraction, not necessarily in lowest terms: equality is by cross multiplication, so that no division
/// is ever needed.
struct Rational: Equatable, Sendable {
  private(set) var isNegative: Bool
  private var numerator: BigUInt
  /// Never zero.
  private var denominator: BigUInt

  init(_ numerator: BigUInt, over denominator: BigUInt = BigUInt(1), isNegative: Bool = false) {
    precondition(!denominator.isZero, "a rational needs a denominator")
    self.numerator = numerator
    self.denominator = denominator
    self.isNegative = isNegative && !numerator.isZero
  }

  /// The value of the digits before and after a decimal point, times ten to the `exponent`.
  init(decimal whole: some Sequence<UInt8>, fraction: ArraySlice<UInt8> = [], exponent: Int = 0) {
    let significant = fraction.trimmingTrailingZeros()
    let shift = exponent - significant.count
    self.init(
      BigUInt(decimal: Array(whole) + significant) * .powerOfTen(max(0, shift)),
      over: .powerOfTen(max(0, -shift)))
  }

  var isZero: Bool { numerator.isZero }

  /// How many decimal digits the longer of its two numbers has, rounded down to whole limbs.
  var digits: Int { max(numerator.digits, denominator.digits) }

  /// Steps that it takes to compare it with another.
  func cost(with other: Rational) -> Int {
    1 + (numerator.digits + 1) * (other.denominator.digits + 1) / 4_000
      + (denominator.digits + 1) * (other.numerator.digits + 1) / 4_000
  }

  /// For formulas; nil when it does not fit.
  var fraction: Fraction? {
    guard let upper = numerator.int128, let lower = denominator.int128 else { return nil }
    do throws(AlgebraLimit) { return try Fraction(isNegative ? -upper : upper, over: lower) } catch {
      return nil
    }
  }

  static func == (left: Rational, right: Rational) -> Bool {
    left.isNegative == right.isNegative
      && left.numerator * right.denominator == right.numerator * left.denominator
  }

  static prefix func - (value: Rational) -> Rational {
    Rational(value.numerator, over: value.denominator, isNegative: !value.isNegative)
  }

  static func * (left: Rational, right: Rational) -> Rational {
    Rational(
      left.numerator * right.numerator, over: left.denominator * right.denominator,
      isNegative: left.isNegative != right.isNegative)
  }

  /// The quotient, or nil when `right` is zero.
  static func / (left: Rational, right: Rational) -> Rational? {
    guard !right.isZero else { return nil }
    return Rational(
      left.numerator * right.denominator, over: left.denominator * right.numerator,
      isNegative: left.isNegative != right.isNegative)
  }

  /// The sum of two numbers that are not negative, which is all a mixed number asks for.
  static func addingMagnitudes(_ left: Rational, _ right: Rational) -> Rational {
    Rational(
      left.numerator * right.denominator + right.numerator * left.denominator,
      over: left.denominator * right.denominator)
  }

  /// Ten to the `exponent`, which may be negative.
  static func powerOfTen(_ exponent: Int) -> Rational {
    exponent >= 0
      ? Rational(.powerOfTen(exponent)) : Rational(BigUInt(1), over: .powerOfTen(-exponent))
  }
}

extension ArraySlice<UInt8> {
  fileprivate func trimmingTrailingZeros() -> Self {
    var slice = self
    while slice.last == 0x30 { slice.removeLast() }
    return slice
  }
}
