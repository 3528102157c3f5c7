internal import CExactNumbers

/// Numbers of one comparison, whose equality is proved: `CExactNumbers`, with its pool.
///
/// Safety: the pool lives as long as this object, which alone uses it. Names of its numbers are made here only, and stay valid, since
/// nothing is forgotten before the end.
final class ExactArithmetic {
  /// A number; what has no value is nil.
  struct Number {
    fileprivate let name: ExactNumber
  }

  private let pool = exact_pool_new()

  deinit { exact_pool_free(pool) }

  /// Whether something could not be computed because it is too large, or took too much work.
  var isExhausted: Bool { exact_pool_is_exhausted(pool) != 0 }

  /// What all operations so far cost; a sum of small fractions costs 1.
  var work: Int { Int(exact_pool_work(pool)) }

  private func number(_ name: ExactNumber) -> Number? { name < 0 ? nil : Number(name: name) }

  /// Decimal digits, of which there is at least one, times a power of ten.
  func decimal(_ digits: [UInt8], exponent: Int) -> Number? {
    let name = digits.withUnsafeBytes { bytes in
      exact_decimal(
        pool, bytes.bindMemory(to: CChar.self).baseAddress, Int32(clamping: bytes.count), Int64(exponent))
    }
    return number(name)
  }

  func integer(_ value: Int) -> Number? { number(exact_integer(pool, Int64(value))) }
  func constant(_ which: ExactConstant) -> Number? { number(exact_constant(pool, which)) }

  func apply(_ operation: ExactUnary, _ a: Number?) -> Number? {
    a.flatMap { number(exact_unary(pool, operation, $0.name)) }
  }

  func apply(_ operation: ExactBinary, _ a: Number?, _ b: Number?) -> Number? {
    guard let a, let b else { return nil }
    return number(exact_binary(pool, operation, a.name, b.name))
  }

  /// nil: neither was proved.
  func areEqual(_ a: Number, _ b: Number) -> Bool? {
    switch exact_equal(pool, a.name, b.name) {
    case 1: true
    case 0: false
    default: nil
    }
  }

  /// The sign of a - b; nil unless both are known to be real, and which is greater.
  func order(_ a: Number, _ b: Number) -> Int? {
    let order = exact_compare(pool, a.name, b.name)
    return order == 2 ? nil : Int(order)
  }

  func integerValue(_ a: Number) -> Int? {
    var value: Int64 = 0
    return exact_is_integer(pool, a.name, &value) != 0 ? Int(value) : nil
  }

  func isRational(_ a: Number) -> Bool { exact_is_rational(pool, a.name) != 0 }
  /// Whether it is rational with a finite decimal expansion.
  func isDecimal(_ a: Number) -> Bool { exact_is_decimal(pool, a.name) != 0 }
  /// The nearest double; not a number for what is not real.
  func double(_ a: Number) -> Double { exact_double(pool, a.name) }
}
