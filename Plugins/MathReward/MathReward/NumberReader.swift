internal import AnswerText

/// Reads one number from a `MathSurface`: sign, currency words, thousands separators, decimals, powers of ten,
/// fractions, mixed numbers, percent, words of scale, units. All bytes must belong to it, or it is no number.
struct NumberReader {
  struct Number {
    var value: Expression
    var isNegative: Bool
    var isPercent: Bool
    var unit: Unit
    fileprivate var isZero: Bool
  }

  /// A number without a sign of its own, but that of a numerator or divisor.
  private struct Magnitude {
    var value: Expression
    var isNegative = false
    var isZero = false
    /// Whether it is written as an integer.
    var isInteger = false

    /// nil if it divides by zero.
    static func / (upper: Magnitude, lower: Magnitude) -> Magnitude? {
      guard !lower.isZero else { return nil }
      return Magnitude(
        value: .quotient(upper.value, lower.value), isNegative: upper.isNegative != lower.isNegative,
        isZero: upper.isZero)
    }

    static prefix func - (magnitude: Magnitude) -> Magnitude {
      var negative = magnitude
      negative.value = .negative(magnitude.value)
      negative.isNegative = !magnitude.isNegative && !magnitude.isZero
      return negative
    }

    func times(tenTo exponent: Int) -> Magnitude {
      var scaled = self
      if case .number(let literal) = value {
        scaled.value = .number(
          Literal(
            digits: literal.digits, exponent: literal.exponent + exponent, isNegative: literal.isNegative))
      } else {
        scaled.value = .product([value, .number(Literal(digits: [0x31], exponent: exponent))])
      }
      return scaled
    }
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
    let leading = currency()
    let isNegative = sign()
    let currency = leading ?? currency()
    guard var value = try magnitude() else { return nil }
    if let power = try powerOfTen() { value = value.times(tenTo: power) }
    skipSpaces()
    var isPercent = skip("%")
    var unit = UnitReader(text: text, from: index)
    guard unit.readToEnd() else { return nil }
    if let currency {
      guard unit.unit.isEmpty else { return nil }
      unit.add(currency)
    }
    if let scale = unit.scale { value.value = .product([value.value, scale]) }
    isPercent = isPercent || unit.isPercent
    var counted = unit.unit
    if unit.hasLetters { counted.product = ExpressionParser.read(text) }
    if isNegative { value = -value }
    return Number(
      value: value.value, isNegative: value.isNegative, isPercent: isPercent, unit: counted,
      isZero: value.isZero)
  }

  /// The name in quotes of a currency that is written before its number.
  private mutating func currency() -> String? {
    guard byte == MathSurface.quote,
      let end = text[(index + 1)...].prefix(12).firstIndex(of: MathSurface.quote)
    else { return nil }
    let name = String(decoding: text[(index + 1)..<end].trimmingSpaces(), as: UTF8.self)
    guard Unit.isCurrency(name) else { return nil }
    index = end + 1
    skipSpaces()
    return name
  }

  /// At most one sign; a second one makes the text something else, since no magnitude follows.
  private mutating func sign() -> Bool {
    let isNegative = byte == UInt8(ascii: "-")
    if isNegative || byte == UInt8(ascii: "+") { index += 1 }
    skipSpaces()
    return isNegative
  }

  private mutating func magnitude() throws(AnswerLimitExceeded) -> Magnitude? {
    if text.hasText("\\frac\u{1}", at: index) { return try fractionCommand() }
    guard let first = try decimal() else { return nil }
    let afterFirst = index
    skipSpaces()
    if text.hasText("\\frac\u{1}", at: index) {
      guard first.isInteger, let rest = try fractionCommand(), !rest.isNegative else { return nil }
      return Magnitude(value: .sum([first.value, rest.value]))
    }
    if skip("/") { return try divide(first) }
    if index > afterFirst, first.isInteger, let second = try decimal(), second.isInteger {
      skipSpaces()
      guard skip("/"), let rest = try divide(second), !rest.isNegative else { return nil }
      return Magnitude(value: .sum([first.value, rest.value]))
    }
    index = afterFirst
    return first
  }

  /// The quotient of `dividend` and the signed decimal at the index.
  private mutating func divide(_ dividend: Magnitude) throws(AnswerLimitExceeded) -> Magnitude? {
    skipSpaces()
    let isNegative = sign()
    guard let divisor = try decimal() else { return nil }
    return dividend / (isNegative ? -divisor : divisor)
  }

  private mutating func fractionCommand() throws(AnswerLimitExceeded) -> Magnitude? {
    guard skip("\\frac\u{1}"), let upper = argument(), let lower = argument(),
      let numerator = try Self.read(upper, limits: limits, depth: depth + 1),
      let denominator = try Self.read(lower, limits: limits, depth: depth + 1),
      !numerator.isPercent, !denominator.isPercent
    else { return nil }
    func magnitude(_ number: Number) -> Magnitude {
      Magnitude(value: number.value, isNegative: number.isNegative, isZero: number.isZero)
    }
    return magnitude(numerator) / magnitude(denominator)
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

  private mutating func decimal() throws(AnswerLimitExceeded) -> Magnitude? {
    let start = index
    var whole = Array(digits())
    if (1...3).contains(whole.count), whole.first != 0x30 {
      while let group = thousands() { whole += group }
    }
    var fraction: ArraySlice<UInt8> = []
    let repeats = ["\\overline\u{1}{", "\\bar\u{1}{", "\\dot\u{1}{"] as [StaticString]
    if byte == UInt8(ascii: "."), index + 1 < text.endIndex,
      text[index + 1].isDigit || text[index + 1] == UInt8(ascii: "(")
        || repeats.contains(where: { text.hasText($0, at: index + 1) })
    {
      index += 1
      fraction = digits()
    }
    guard !whole.isEmpty || !fraction.isEmpty else {
      index = start
      return nil
    }
    if let repeated = period(whole, fraction) { return repeated }
    let exponent = try exponentSuffix()
    let literal = Literal(digits: whole + fraction, exponent: (exponent ?? 0) - fraction.count)
    return Magnitude(
      value: .number(literal), isZero: literal.isZero, isInteger: fraction.isEmpty && exponent == nil)
  }

  /// A comma, an apostrophe, or one space with exactly three digits after it; a point if two such groups follow.
  private mutating func thousands() -> ArraySlice<UInt8>? {
    guard let byte, ", '".utf8.contains(byte) || byte == UInt8(ascii: ".") && hasPointGroups,
      text.endIndex - index >= 4
    else {
      return nil
    }
    let group = text[(index + 1)..<(index + 4)]
    guard group.allSatisfy(\.isDigit) else { return nil }
    if index + 4 < text.endIndex {
      let next = text[index + 4]
      guard !next.isDigit, !(byte == 0x20 && next == UInt8(ascii: "/")) else { return nil }
    }
    index += 4
    return group
  }

  /// `0.1\overline{6}`, `0.\dot{6}`, `0.3636\ldots`: digits that come again without end.
  private mutating func period(_ whole: [UInt8], _ fraction: ArraySlice<UInt8>) -> Magnitude? {
    let start = index
    var (fixed, period) = (Array(fraction), [UInt8]())
    for mark in ["\\overline\u{1}{", "\\bar\u{1}{", "\\dot\u{1}{"] as [StaticString]
    where text.hasText(mark, at: index) {
      index += mark.utf8CodeUnitCount
      period = Array(digits())
      guard skip("}"), !period.isEmpty else {
        index = start
        return nil
      }
    }
    if period.isEmpty, index > text.startIndex, byte == UInt8(ascii: "("), whole.count + fixed.count > 0,
      text[..<index].contains(UInt8(ascii: "."))
    {
      index += 1
      period = Array(digits())
      guard skip(")"), !period.isEmpty else {
        index = start
        return nil
      }
    }
    if period.isEmpty, text.hasText("\\ldots\u{1}", at: index) {
      // The shortest digits that the decimal ends with twice.
      for length in 1...6 where fixed.count >= 2 * length {
        let last = fixed.suffix(length)
        guard fixed.dropLast(length).suffix(length).elementsEqual(last),
          length > 1 || fixed.suffix(3).allSatisfy({ $0 == last.first })
        else {
          continue
        }
        period = Array(last)
        break
      }
      guard !period.isEmpty else { return nil }
      index += 7
    }
    guard !period.isEmpty, period.count <= 40 else { return nil }
    let nines = Expression.number(
      Literal(digits: [UInt8](repeating: 0x39, count: period.count), exponent: fixed.count))
    let value = Expression.sum([
      .number(Literal(digits: whole + fixed, exponent: -fixed.count)),
      .quotient(.number(Literal(digits: period)), nines),
    ])
    return Magnitude(value: value)
  }

  /// Whether the whole number is written as 1.234.567.
  private var hasPointGroups: Bool {
    let groups = text.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    return groups.count >= 3 && groups.dropFirst().allSatisfy { $0.count == 3 && $0.allSatisfy(\.isDigit) }
      && (1...3).contains(groups[0].count)
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
  private mutating func powerOfTen() throws(AnswerLimitExceeded) -> Int? {
    let start = index
    skipSpaces()
    if skip("*") || skip("x ") {
      skipSpaces()
      if skip("10^") {
        let braced = skip("{")
        if let exponent = try signedExponent(), !braced || skip("}") { return exponent }
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
