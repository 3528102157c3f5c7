/// Reads a formula from a `MathSurface`. All bytes must belong to it, or it is none.
///
/// Juxtaposition multiplies. Letters stand for themselves, each alone, but where they spell a known function; `e` is
/// Euler's number.
struct ExpressionParser {
  private let text: ArraySlice<UInt8>
  private var index: Int
  private var depth = 0
  /// Whether a bar closes an absolute value instead of opening one.
  private var barDepth = 0
  /// Whether a comma ends an argument.
  private var isArgument = false

  private static let deepest = 48

  private init(_ text: ArraySlice<UInt8>) {
    self.text = text
    index = text.startIndex
  }

  /// The formula that `text` is, or nil.
  static func read(_ text: ArraySlice<UInt8>) -> Expression? {
    guard text.count <= 2_000 else { return nil }
    var parser = ExpressionParser(text)
    guard let expression = parser.sum() else { return nil }
    parser.skipSpaces()
    return parser.index == text.endIndex ? expression : nil
  }

  // MARK: Bytes

  private var byte: UInt8? { index < text.endIndex ? text[index] : nil }

  private mutating func skipSpaces() { while let byte, byte.isSpace { index += 1 } }

  private mutating func skip(_ expected: StaticString) -> Bool {
    skipSpaces()
    guard text.hasText(expected, at: index) else { return false }
    index += expected.utf8CodeUnitCount
    return true
  }

  // MARK: Sums and products

  private mutating func sum() -> Expression? {
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
  private mutating func term(isNegative: Bool = false) -> Expression? {
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

  private mutating func signedFactor() -> Expression? {
    guard skip("-") else { return factor() }
    return factor().map { .negative($0) }
  }

  private mutating func signedTerm() -> Expression? {
    let isNegative = skip("-")
    guard let factor = factor() else { return nil }
    return isNegative ? .negative(factor) : factor
  }

  /// `1\frac{1}{2}` is a mixed number.
  private static func juxtaposed(_ a: Expression, _ b: Expression) -> Expression {
    if case .number(let whole?, _) = a, whole.integer != nil, case .product(let parts) = b, parts.count == 2,
      case .number(let upper?, _) = parts[0], upper.integer != nil,
      case .power(.number(let lower?, _), .integer(-1)) = parts[1], lower.integer != nil
    {
      return .sum([a, b])
    }
    return .product([a, b])
  }

  /// Whether a factor may begin at the index, after another one.
  private var startsFactor: Bool {
    guard let byte else { return false }
    if byte.isDigit || byte.isLetter || "({[.".utf8.contains(byte) || byte == MathSurface.quote {
      return true
    }
    if byte == MathSurface.setOpen { return true }
    if byte == UInt8(ascii: "|") { return barDepth == 0 }
    guard byte == UInt8(ascii: "\\") else { return false }
    let closing: [StaticString] = [
      "\\rfloor\u{1}", "\\rceil\u{1}", "\\urcorner\u{1}", "\\lrcorner\u{1}", "\\rgroup\u{1}", "\\rbrack\u{1}",
      "\\mod\u{1}", "\\bmod\u{1}", "\\choose\u{1}",
    ]
    return !closing.contains { text.hasText($0, at: index) }
  }

  private mutating func factor() -> Expression? {
    guard var result = base() else { return nil }
    while true {
      if skip("^") {
        guard let exponent = exponent() else { return nil }
        result = .power(result, exponent)
      } else if text.hasText("!", at: index), !text.hasText("!=", at: index) {
        index += 1
        result = .call(.factorial, [result])
      } else {
        return result
      }
    }
  }

  private mutating func exponent() -> Expression? {
    skipSpaces()
    if byte == UInt8(ascii: "{") { return braced() }
    if skip("-") { return base().map { .negative($0) } }
    // x^12 in plain text means the whole number.
    return base()
  }

  // MARK: What stands alone

  private mutating func base() -> Expression? {
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

  private mutating func enclosed(_ open: StaticString, _ close: StaticString) -> Expression? {
    guard skip(open) else { return nil }
    let (bars, wasArgument) = (barDepth, isArgument)
    (barDepth, isArgument) = (0, false)
    defer { (barDepth, isArgument) = (bars, wasArgument) }
    guard let inside = sum(), skip(close) else { return nil }
    return inside
  }

  private mutating func braced() -> Expression? {
    skipSpaces()
    let start = index
    guard let inside = enclosed("{", "}") else {
      // {n \choose k}
      index = start
      guard skip("{"), let upper = sum(), skip("\\choose\u{1}"), let lower = sum(), skip("}") else {
        return nil
      }
      return .call(.binom, [upper, lower])
    }
    return inside
  }

  private mutating func digits() -> [UInt8] {
    let start = index
    while let byte, byte.isDigit { index += 1 }
    return Array(text[start..<index])
  }

  private mutating func number() -> Expression? {
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
    let shift = exponentSuffix() - fraction.count
    let literal = String(decoding: whole + fraction, as: UTF8.self) + "e\(shift)"
    guard let value = Double(literal), value.isFinite else { return nil }
    return .number(exact: Self.exact(whole + fraction, shift), value: value)
  }

  private static func exact(_ digits: [UInt8], _ shift: Int) -> Fraction? {
    guard let mantissa = Int128(String(decoding: digits, as: UTF8.self)), shift.magnitude <= 38 else {
      return nil
    }
    do throws(AlgebraLimit) {
      let scale = try Fraction(10).power(shift)
      return try Fraction(mantissa, over: 1) * scale
    } catch { return nil }
  }

  /// `E20` directly after digits; a small `e` is Euler's number but before a sign or digit.
  private mutating func exponentSuffix() -> Int {
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

  // MARK: Names

  private mutating func word() -> Expression? {
    var end = index
    while end < text.endIndex, text[end].isLetter { end += 1 }
    let run = String(decoding: text[index..<end], as: UTF8.self)
    if let name = Self.names.first(where: { run.hasPrefix($0) }) {
      index += name.utf8.count
      return named(name)
    }
    let letter = String(decoding: [text[index]], as: UTF8.self)
    index += 1
    return symbol(letter)
  }

  /// Longest first.
  private static let names =
    (Expression.Function.allCases.map(\.rawValue) + [
      "sqrt", "cbrt", "log", "exp", "asin", "acos", "atan", "pi",
    ])
    .filter { $0 != "factorial" && $0 != "binom" && $0 != "mod" }
    .sorted { ($0.count, $0) > ($1.count, $1) }

  private mutating func symbol(_ letter: String) -> Expression? {
    let index = subscript_()
    if index == nil, letter == "e" { return .euler }
    if index == nil, "fgh".contains(letter), byte == UInt8(ascii: "(") {
      return arguments().map { .opaque(letter, $0) }
    }
    return .symbol(letter + (index ?? ""))
  }

  /// `_1`, `_{n+1}`, as it is spelled.
  private mutating func subscript_() -> String? {
    guard byte == UInt8(ascii: "_") else { return nil }
    index += 1
    skipSpaces()
    let start = index
    if byte == UInt8(ascii: "{") {
      var open = 0
      while let byte {
        if byte == UInt8(ascii: "{") { open += 1 }
        if byte == UInt8(ascii: "}") { open -= 1 }
        index += 1
        if open == 0 { break }
      }
    } else if byte != nil {
      index += 1
    }
    let spelled = text[start..<index].filter {
      !$0.isSpace && $0 != UInt8(ascii: "{") && $0 != UInt8(ascii: "}")
    }
    return "_" + String(decoding: spelled, as: UTF8.self)
  }

  /// `"gcd"`, `"e"`: a name in upright letters.
  private mutating func quoted() -> Expression? {
    let start = index + 1
    guard let end = text[start...].firstIndex(of: MathSurface.quote) else { return nil }
    let name = String(decoding: text[start..<end], as: UTF8.self)
    index = end + 1
    if name.count == 1, name.utf8.allSatisfy(\.isLetter) { return symbol(name) }
    return Self.names.contains(name) ? named(name) : nil
  }

  private mutating func command() -> Expression? {
    guard let end = text[index...].firstIndex(of: MathSurface.commandEnd) else { return nil }
    let name = String(decoding: text[(index + 1)..<end], as: UTF8.self)
    index = end + 1
    if let (close, function) = Self.brackets[name] {
      guard let inside = sum(), skip(close) else { return nil }
      return function.map { .call($0, [inside]) } ?? inside
    }
    switch name {
    case "frac":
      guard let upper = braced(), let lower = braced() else { return nil }
      return .quotient(upper, lower)
    case "sqrt":
      guard text.hasText("[", at: index) else { return braced().map { .root($0) } }
      guard let degree = enclosed("[", "]"), let radicand = argument() else { return nil }
      return .root(radicand, degree)
    case "binom", "dbinom", "tbinom":
      guard let upper = argument(), let lower = argument() else { return nil }
      return .call(.binom, [upper, lower])
    case "pi": return .pi
    case "infty": return .infinity
    case "exponentialE": return .euler
    case "sum", "prod": return aggregate(name)
    case _ where Self.greek.contains(name): return .symbol(name + (subscript_() ?? ""))
    default: return Self.names.contains(name) ? named(name) : nil
    }
  }

  private static let brackets: [String: (StaticString, Expression.Function?)] = [
    "lfloor": ("\\rfloor\u{1}", .floor), "lceil": ("\\rceil\u{1}", .ceil),
    "llcorner": ("\\lrcorner\u{1}", .floor),
    "ulcorner": ("\\urcorner\u{1}", .ceil), "lgroup": ("\\rgroup\u{1}", nil),
    "lbrack": ("\\rbrack\u{1}", nil),
  ]

  private static let greek: Set<String> = [
    "alpha", "beta", "gamma", "delta", "epsilon", "varepsilon", "zeta", "eta", "theta", "vartheta", "iota",
    "kappa",
    "lambda", "mu", "nu", "xi", "rho", "sigma", "tau", "upsilon", "phi", "varphi", "chi", "psi", "omega",
    "Gamma",
    "Delta", "Theta", "Lambda", "Xi", "Pi", "Sigma", "Phi", "Psi", "Omega", "ell",
  ]

  /// `\sum_{k=0}^{n} …`: compared as a whole, its parts by value.
  private mutating func aggregate(_ name: String) -> Expression? {
    guard let lower = subscript_(), skip("^"), let upper = exponent(), let body = term() else { return nil }
    return .opaque("\(name)\(lower)", [upper, body])
  }

  // MARK: Functions

  /// `{x}`, or one factor.
  private mutating func argument() -> Expression? {
    skipSpaces()
    return byte == UInt8(ascii: "{") ? braced() : base()
  }

  /// `(a, b)`.
  private mutating func arguments() -> [Expression]? {
    guard skip("(") else { return nil }
    let (bars, wasArgument) = (barDepth, isArgument)
    (barDepth, isArgument) = (0, true)
    defer { (barDepth, isArgument) = (bars, wasArgument) }
    var found: [Expression] = []
    repeat {
      guard found.count < 64, let next = sum() else { return nil }
      found.append(next)
    } while skip(",")
    return skip(")") ? found : nil
  }

  private mutating func named(_ name: String) -> Expression? {
    if name == "pi" { return .pi }
    let base = name == "log" && byte == UInt8(ascii: "_") ? logarithmBase() : nil
    var power: Expression?
    if skip("^") {
      guard let exponent = exponent() else { return nil }
      power = exponent
    }
    guard let arguments = functionArguments(), let value = Self.apply(name, arguments, base, &power) else {
      return nil
    }
    return power.map { .power(value, $0) } ?? value
  }

  private mutating func logarithmBase() -> Expression? {
    index += 1
    return argument()
  }

  private mutating func functionArguments() -> [Expression]? {
    skipSpaces()
    if byte == UInt8(ascii: "(") { return arguments() }
    if byte == UInt8(ascii: "{") { return braced().map { [$0] } }
    // sin 2x: factors up to the next sign or function.
    var factors: [Expression] = []
    while startsFactor, factors.count < 8 {
      guard let next = factor() else { return nil }
      factors.append(next)
      skipSpaces()
      if text.hasText("\\", at: index), !text.hasText("\\pi\u{1}", at: index),
        !text.hasText("\\frac\u{1}", at: index)
      {
        break
      }
    }
    guard let first = factors.first else { return nil }
    return [factors.dropFirst().reduce(first) { .product([$0, $1]) }]
  }

  /// An exponent of -1 on a trigonometric function means its inverse.
  private static func apply(
    _ name: String, _ arguments: [Expression], _ base: Expression?, _ power: inout Expression?
  ) -> Expression? {
    guard let first = arguments.first else { return nil }
    switch name {
    case "sqrt": return .root(first)
    case "cbrt": return .root(first, .integer(3))
    case "exp": return .power(.euler, first)
    case "log":
      let base = base ?? (arguments.count == 2 ? arguments[1] : nil)
      // The natural one, as in the problems of this kind that are not about powers of ten.
      return base.map { .quotient(.call(.ln, [first]), .call(.ln, [$0])) } ?? .call(.ln, [first])
    case "asin", "acos", "atan":
      return Expression.Function(rawValue: "arc" + name.dropFirst()).map { .call($0, [first]) }
    default: break
    }
    guard var function = Expression.Function(rawValue: name) else { return nil }
    let takesMany: Set<Expression.Function> = [.gcd, .lcm, .max, .min]
    guard arguments.count == 1 || takesMany.contains(function) else { return nil }
    if power == .negative(.integer(1)), let inverse = Expression.Function(rawValue: "arc" + name) {
      function = inverse
      power = nil
    }
    return .call(function, arguments)
  }
}
