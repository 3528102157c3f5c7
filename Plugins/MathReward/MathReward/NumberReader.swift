/// Reads one number from a `MathSurface`: sign, currency words, thousands separators, decimals, powers of ten,
/// fractions, mixed numbers, percent, words of scale, units. All bytes must belong to it, or it is no number.
struct NumberReader {
  struct Number {
    var value: Rational
    var isPercent: Bool
  }

  /// The number that `text` is, or nil when it is something else.
  static func read(
    _ text: ArraySlice<UInt8>, limits: AnswerLimits, depth: Int = 0
  ) throws(AnswerLimitExceeded) -> Number? {
    var reader = NumberReader(text: text, limits: limits, depth: depth)
    return try reader.number()
  }

  private let text: ArraySlice<UInt8>
  private let limits: AnswerLimits
  private let depth: Int
  private var index: Int

  private init(text: ArraySlice<UInt8>, limits: AnswerLimits, depth: Int) {
    self.text = text
    self.limits = limits
    self.depth = depth
    index = text.startIndex
  }

  private var byte: UInt8? { index < text.endIndex ? text[index] : nil }

  private mutating func skipSpaces() {
    while let byte, byte.isSpace { index += 1 }
  }

  private mutating func skip(_ expected: StaticString) -> Bool {
    guard text.hasText(expected, at: index) else { return false }
    index += expected.utf8CodeUnitCount
    return true
  }

  private mutating func number() throws(AnswerLimitExceeded) -> Number? {
    guard depth <= limits.depth else { throw .depth(limit: limits.depth) }
    skipSpaces()
    let isNegative = sign()
    guard var value = try magnitude() else { return nil }
    if let power = try powerOfTen() { value = value * power }
    // Fractions of fractions multiply.
    let mostDigits = 4 * limits.exponent
    guard value.digits <= mostDigits else { throw .digits(limit: mostDigits) }
    skipSpaces()
    var isPercent = skip("%")
    var unit = UnitReader(text: text, from: index)
    guard unit.readToEnd() else { return nil }
    if let scale = unit.scale { value = value * .powerOfTen(scale) }
    isPercent = isPercent || unit.isPercent
    return Number(value: isNegative ? -value : value, isPercent: isPercent)
  }

  /// At most one sign; a second one makes the text something else, since no magnitude follows.
  private mutating func sign() -> Bool {
    let isNegative = byte == UInt8(ascii: "-")
    if isNegative || byte == UInt8(ascii: "+") { index += 1 }
    skipSpaces()
    return isNegative
  }

  private mutating func magnitude() throws(AnswerLimitExceeded) -> Rational? {
    if text.hasText("\\frac\u{1}", at: index) { return try fractionCommand() }
    guard let first = try decimal() else { return nil }
    let afterFirst = index
    skipSpaces()
    if text.hasText("\\frac\u{1}", at: index) {
      guard first.isInteger, let rest = try fractionCommand(), !rest.isNegative else { return nil }
      return .addingMagnitudes(first.value, rest)
    }
    if skip("/") { return try divide(first.value) }
    if index > afterFirst, first.isInteger, let second = try decimal(), second.isInteger {
      skipSpaces()
      guard skip("/"), let rest = try divide(second.value), !rest.isNegative else { return nil }
      return .addingMagnitudes(first.value, rest)
    }
    index = afterFirst
    return first.value
  }

  /// The quotient of `dividend` and the signed decimal at the index.
  private mutating func divide(_ dividend: Rational) throws(AnswerLimitExceeded) -> Rational? {
    skipSpaces()
    let isNegative = sign()
    guard let divisor = try decimal() else { return nil }
    return dividend / (isNegative ? -divisor.value : divisor.value)
  }

  private mutating func fractionCommand() throws(AnswerLimitExceeded) -> Rational? {
    guard skip("\\frac\u{1}"), let upper = argument(), let lower = argument(),
      let numerator = try Self.read(upper, limits: limits, depth: depth + 1),
      let denominator = try Self.read(lower, limits: limits, depth: depth + 1),
      !numerator.isPercent, !denominator.isPercent
    else { return nil }
    return numerator.value / denominator.value
  }

  /// The inside of the braces at the index.
  private mutating func argument() -> ArraySlice<UInt8>? {
    skipSpaces()
    guard byte == UInt8(ascii: "{") else { return nil }
    let start = index + 1
    var open = 0
    while let byte {
      if byte == UInt8(ascii: "{") { open += 1 }
      if byte == UInt8(ascii: "}") { open -= 1 }
      index += 1
      if open == 0 { return text[start..<(index - 1)] }
    }
    return nil
  }

  // MARK: Decimals

  private mutating func digits() -> ArraySlice<UInt8> {
    let start = index
    while let byte, byte.isDigit { index += 1 }
    return text[start..<index]
  }

  private mutating func decimal() throws(AnswerLimitExceeded) -> (value: Rational, isInteger: Bool)? {
    let start = index
    var whole = Array(digits())
    if (1...3).contains(whole.count), whole.first != 0x30 {
      while let group = thousands() { whole += group }
    }
    var fraction: ArraySlice<UInt8> = []
    if byte == UInt8(ascii: "."), index + 1 < text.endIndex, text[index + 1].isDigit {
      index += 1
      fraction = digits()
    }
    guard !whole.isEmpty || !fraction.isEmpty else {
      index = start
      return nil
    }
    let exponent = try exponentSuffix()
    return (
      Rational(decimal: whole, fraction: fraction, exponent: exponent ?? 0),
      fraction.isEmpty && exponent == nil
    )
  }

  /// A comma or one space with exactly three digits after it.
  private mutating func thousands() -> ArraySlice<UInt8>? {
    guard let byte, byte == UInt8(ascii: ",") || byte == 0x20, text.endIndex - index >= 4 else { return nil }
    let group = text[(index + 1)..<(index + 4)]
    guard group.allSatisfy(\.isDigit) else { return nil }
    if index + 4 < text.endIndex {
      let next = text[index + 4]
      guard !next.isDigit, !(byte == 0x20 && next == UInt8(ascii: "/")) else { return nil }
    }
    index += 4
    return group
  }

  /// `e3`, `E-3` directly after the digits.
  private mutating func exponentSuffix() throws(AnswerLimitExceeded) -> Int? {
    guard let byte, byte.lowercased == UInt8(ascii: "e") else { return nil }
    let start = index
    index += 1
    guard let exponent = try signedExponent() else {
      index = start
      return nil
    }
    return exponent
  }

  /// `* 10^{3}` or `* 10^3` after the digits.
  private mutating func powerOfTen() throws(AnswerLimitExceeded) -> Rational? {
    let start = index
    skipSpaces()
    if skip("*") {
      skipSpaces()
      if skip("10^") {
        let braced = skip("{")
        if let exponent = try signedExponent(), !braced || skip("}") { return .powerOfTen(exponent) }
      }
    }
    index = start
    return nil
  }

  private mutating func signedExponent() throws(AnswerLimitExceeded) -> Int? {
    let isNegative = byte == UInt8(ascii: "-")
    if isNegative || byte == UInt8(ascii: "+") { index += 1 }
    let magnitude = digits().drop { $0 == 0x30 }
    guard index > text.startIndex, text[index - 1].isDigit else { return nil }
    // Seven digits cannot overflow, and are beyond any limit worth setting.
    guard magnitude.count <= 7 else { throw .exponent(limit: limits.exponent) }
    let value = magnitude.reduce(0) { $0 * 10 + Int($1 - 0x30) }
    guard value <= limits.exponent else { throw .exponent(limit: limits.exponent) }
    return isNegative ? -value : value
  }
}
