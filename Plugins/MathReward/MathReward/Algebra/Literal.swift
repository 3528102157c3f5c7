/// An exact decimal number: digits times a power of ten.
struct Literal: Hashable, Sendable {
  let isNegative: Bool
  /// ASCII, without leading zeros; empty for zero.
  let digits: [UInt8]
  /// Zero for zero.
  let exponent: Int

  /// Equal numbers become equal literals.
  init(digits: some Sequence<UInt8>, exponent: Int = 0, isNegative: Bool = false) {
    var kept = Array(digits.drop { $0 == 0x30 })
    var exponent = exponent
    while kept.last == 0x30 {
      kept.removeLast()
      exponent += 1
    }
    self.digits = kept
    self.exponent = kept.isEmpty ? 0 : exponent
    self.isNegative = isNegative && !kept.isEmpty
  }

  init(_ value: Int) { self.init(digits: String(value.magnitude).utf8, isNegative: value < 0) }

  var isZero: Bool { digits.isEmpty }

  /// Whether it has nothing behind the point.
  var isInteger: Bool { exponent >= 0 }

  /// The number, if it is a small integer.
  var integer: Int? {
    guard exponent >= 0, digits.count + exponent <= 15 else { return nil }
    let size = Int(String(decoding: digits, as: UTF8.self) + String(repeating: "0", count: exponent)) ?? 0
    return isNegative ? -size : size
  }
}
