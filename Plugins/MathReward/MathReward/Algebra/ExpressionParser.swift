internal import AnswerText

/// Reads a formula from a `MathSurface`. All bytes must belong to it, or it is none.
///
/// Juxtaposition multiplies. Letters stand for themselves, each alone, but where they spell a known function; `e` is
/// Euler's number.
struct ExpressionParser {
  let text: ArraySlice<UInt8>
  var index: Int
  var depth = 0
  /// Whether a bar closes an absolute value instead of opening one.
  var barDepth = 0
  /// Whether a comma ends an argument.
  var isArgument = false
  /// Whether the argument of a function is read.
  var isAngle = false

  static let deepest = 48

  private init(_ text: ArraySlice<UInt8>) {
    self.text = text
    index = text.startIndex
  }

  /// The formula that `text` is, or nil.
  static func read(_ text: ArraySlice<UInt8>) -> Expression? {
    guard text.count <= 2_000 else { return nil }
    var parser = ExpressionParser(text)
    guard var expression = parser.sum() else { return nil }
    if parser.skip("\\over\u{1}") {
      guard let lower = parser.sum() else { return nil }
      expression = .quotient(expression, lower)
    } else if parser.skip("\\choose\u{1}") {
      guard let lower = parser.sum() else { return nil }
      expression = .call(.binom, [expression, lower])
    }
    parser.skipSpaces()
    return parser.index == text.endIndex ? expression : nil
  }

  // MARK: Bytes

  var byte: UInt8? { index < text.endIndex ? text[index] : nil }

  mutating func skipSpaces() { while let byte, byte.isSpace { index += 1 } }

  mutating func skip(_ expected: StaticString) -> Bool {
    skipSpaces()
    guard text.hasText(expected, at: index) else { return false }
    index += expected.utf8CodeUnitCount
    return true
  }

  // MARK: Sums and products

  mutating func sum() -> Expression? {
    depth += 1
    defer { depth -= 1 }
    guard depth <= Self.deepest else { return nil }
    var terms: [Expression] = []
    while true {
      skipSpaces()
      let isNegative = byte == UInt8(ascii: "-")
      if isNegative || byte == UInt8(ascii: "+") {
        index += 1
      } else if !terms.isEmpty {
        break
      }
      // A second sign makes it something else: +-2021 is not 2021.
      skipSpaces()
      guard byte != UInt8(ascii: "+"), byte != UInt8(ascii: "-"), let term = term(isNegative: isNegative)
      else {
        return nil
      }
      terms.append(term)
      guard terms.count <= 256 else { return nil }
    }
    return terms.count == 1 ? terms[0] : .sum(terms)
  }

  /// The sign belongs to the first operand of a `\\mod`, and to a product as a whole.
  mutating func term(isNegative: Bool = false) -> Expression? {
    guard var result = factor() else { return nil }
    var isNegative = isNegative
    var factors = 1
    while factors <= 256 {
      factors += 1
      let start = index
      if skip("*") {
        guard let next = signedFactor() else { return nil }
        result = .product([result, next])
      } else if skip("/") {
        guard let next = signedFactor() else { return nil }
        result = .quotient(result, next)
      } else if skip("\\mod\u{1}") || skip("\\bmod\u{1}") || skip("\"mod\"") {
        guard let next = signedTerm() else { return nil }
        result = .call(.mod, [isNegative ? .negative(result) : result, next])
        isNegative = false
      } else {
        skipSpaces()
        guard startsFactor, let next = factor() else {
          if startsFactor { return nil }
          index = start
          return isNegative ? .negative(result) : result
        }
        result = Self.juxtaposed(result, next)
      }
    }
    return nil
  }

  mutating func signedFactor() -> Expression? {
    guard skip("-") else { return factor() }
    return factor().map { .negative($0) }
  }

  mutating func signedTerm() -> Expression? {
    let isNegative = skip("-")
    guard let factor = factor() else { return nil }
    return isNegative ? .negative(factor) : factor
  }

  /// `1\frac{1}{2}` is a mixed number.
  static func juxtaposed(_ a: Expression, _ b: Expression) -> Expression {
    if case .number(let whole) = a, whole.isInteger, case .product(let parts) = b, parts.count == 2,
      case .number(let upper) = parts[0], upper.isInteger,
      case .power(.number(let lower), .integer(-1)) = parts[1], lower.isInteger
    {
      return .sum([a, b])
    }
    return .product([a, b])
  }

  /// Whether a factor may begin at the index, after another one.
  var startsFactor: Bool {
    guard let byte else { return false }
    if byte.isDigit || byte.isLetter || "({[.".utf8.contains(byte) || byte == MathSurface.quote {
      return true
    }
    if byte == MathSurface.setOpen { return true }
    if byte == UInt8(ascii: "|") { return barDepth == 0 }
    guard byte == UInt8(ascii: "\\") else { return false }
    let closing: [StaticString] = [
      "\\rfloor\u{1}", "\\rceil\u{1}", "\\urcorner\u{1}", "\\lrcorner\u{1}", "\\rgroup\u{1}", "\\rbrack\u{1}",
      "\\mod\u{1}", "\\bmod\u{1}", "\\choose\u{1}", "\\over\u{1}", "\\degree\u{1}",
    ]
    return !closing.contains { text.hasText($0, at: index) }
  }

  mutating func factor() -> Expression? {
    guard var result = base() else { return nil }
    while true {
      if skip("^") {
        guard let exponent = exponent() else { return nil }
        result = .power(result, exponent)
      } else if text.hasText("!", at: index), !text.hasText("!=", at: index) {
        index += 1
        result = .call(.factorial, [result])
      } else if skip("\\degree\u{1}") {
        // An angle; outside of functions, degrees are only what is counted.
        if isAngle { result = .product([result, .quotient(.pi, .integer(180))]) }
      } else {
        return result
      }
    }
  }

  mutating func exponent() -> Expression? {
    skipSpaces()
    if byte == UInt8(ascii: "{") { return braced() }
    if skip("-") { return base().map { .negative($0) } }
    // x^12 in plain text means the whole number.
    return base()
  }

  // MARK: What stands alone

  mutating func base() -> Expression? {
    skipSpaces()
    guard let byte else { return nil }
    if byte.isDigit || byte == UInt8(ascii: ".") { return number() }
    if byte.isLetter { return word() }
    switch byte {
    case UInt8(ascii: "("): return enclosed("(", ")")
    case UInt8(ascii: "["): return enclosed("[", "]")
    case UInt8(ascii: "{"): return braced()
    case MathSurface.setOpen: return enclosed("\u{2}", "\u{3}")
    case MathSurface.quote: return quoted()
    case UInt8(ascii: "|"):
      index += 1
      barDepth += 1
      defer { barDepth -= 1 }
      guard let inside = sum(), skip("|") else { return nil }
      return .call(.abs, [inside])
    case UInt8(ascii: "\\"): return command()
    default: return nil
    }
  }

  mutating func enclosed(_ open: StaticString, _ close: StaticString) -> Expression? {
    guard skip(open) else { return nil }
    let (bars, wasArgument) = (barDepth, isArgument)
    (barDepth, isArgument) = (0, false)
    defer { (barDepth, isArgument) = (bars, wasArgument) }
    guard let inside = sum(), skip(close) else { return nil }
    return inside
  }

  /// `{n \choose k}` is told from other braces behind its first part, which is not read twice: braces in braces would
  /// take twice as long for each level.
  mutating func braced() -> Expression? {
    guard skip("{") else { return nil }
    let (bars, wasArgument) = (barDepth, isArgument)
    (barDepth, isArgument) = (0, false)
    defer { (barDepth, isArgument) = (bars, wasArgument) }
    guard let inside = sum() else { return nil }
    if skip("}") { return inside }
    let isQuotient = skip("\\over\u{1}")
    guard isQuotient || skip("\\choose\u{1}") else { return nil }
    (barDepth, isArgument) = (bars, wasArgument)
    guard let lower = sum(), skip("}") else { return nil }
    return isQuotient ? .quotient(inside, lower) : .call(.binom, [inside, lower])
  }

  mutating func digits() -> [UInt8] {
    let start = index
    while let byte, byte.isDigit { index += 1 }
    return Array(text[start..<index])
  }

  mutating func number() -> Expression? {
    var whole = digits()
    while !isArgument, whole.count <= 30, let byte, byte == UInt8(ascii: ","), (1...30).contains(whole.count),
      text.endIndex - index > 3, text[(index + 1)...(index + 3)].allSatisfy(\.isDigit),
      index + 4 == text.endIndex || !text[index + 4].isDigit
    {
      whole += text[(index + 1)...(index + 3)]
      index += 4
    }
    var fraction: [UInt8] = []
    if byte == UInt8(ascii: "."), index + 1 < text.endIndex, text[index + 1].isDigit {
      index += 1
      fraction = digits()
    }
    guard !whole.isEmpty || !fraction.isEmpty, whole.count + fraction.count <= 400 else { return nil }
    return .number(Literal(digits: whole + fraction, exponent: exponentSuffix() - fraction.count))
  }

  /// `E20` directly after digits; a small `e` is Euler's number but before a sign or digit.
  mutating func exponentSuffix() -> Int {
    guard let byte, byte.lowercased == UInt8(ascii: "e") else { return 0 }
    let start = index
    index += 1
    let isNegative = self.byte == UInt8(ascii: "-")
    if isNegative || self.byte == UInt8(ascii: "+") { index += 1 }
    let digits = digits()
    guard !digits.isEmpty, digits.count <= 4, let value = Int(String(decoding: digits, as: UTF8.self)),
      byte == UInt8(ascii: "E") || !isNegative || digits.count >= 1
    else {
      index = start
      return 0
    }
    return isNegative ? -value : value
  }
}
