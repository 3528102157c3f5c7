internal import AnswerText

/// Letters, commands and functions.
extension ExpressionParser {
  mutating func word() -> Expression? {
    var end = index
    while end < text.endIndex, end - index < Self.longestName, text[end].isLetter { end += 1 }
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
      "sqrt", "cbrt", "log", "exp", "asin", "acos", "atan", "pi", "cis",
    ])
    .filter { $0 != "factorial" && $0 != "binom" && $0 != "mod" }
    .sorted { ($0.count, $0) > ($1.count, $1) }

  private static let longestName = names.first?.utf8.count ?? 0

  mutating func symbol(_ letter: String) -> Expression? {
    let index = subscript_()
    if index == nil, letter == "e" { return .euler }
    if index == nil, letter == "i" { return .imaginary }
    if index == nil, "fghFGQ".contains(letter) || letter == "P" && hasOneArgument, byte == UInt8(ascii: "(") {
      return arguments().map { .opaque(letter, $0) }
    }
    if index == nil, letter == "C" || letter == "P", byte == UInt8(ascii: "("), let counted = counted(letter)
    {
      return counted
    }
    return .symbol(letter + (index ?? ""))
  }

  /// Whether brackets without a comma follow: a polynomial or a probability, not P(n, k).
  private var hasOneArgument: Bool {
    guard byte == UInt8(ascii: "("), let end = text[index...].firstIndex(of: UInt8(ascii: ")")) else {
      return false
    }
    return !text[index..<end].contains(UInt8(ascii: ","))
  }

  /// `C(n, k)` combinations or `P(n, k)` permutations; nil and no step forward for anything else.
  private mutating func counted(_ letter: String) -> Expression? {
    let start = index
    guard let arguments = arguments(), arguments.count == 2 else {
      index = start
      return nil
    }
    if letter == "C" { return .call(.binom, arguments) }
    let rest = Expression.sum([arguments[0], .negative(arguments[1])])
    return .quotient(.call(.factorial, [arguments[0]]), .call(.factorial, [rest]))
  }

  /// `_1`, `_{n+1}`, as it is spelled.
  mutating func subscript_() -> String? {
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
  mutating func quoted() -> Expression? {
    let start = index + 1
    guard let end = text[start...].firstIndex(of: MathSurface.quote) else { return nil }
    let name = String(decoding: text[start..<end], as: UTF8.self)
    index = end + 1
    if name.count == 1, name.utf8.allSatisfy(\.isLetter) { return symbol(name) }
    // A sign of money before a formula.
    if Unit.isCurrency(name) { return base() }
    return Self.names.contains(name) ? named(name) : nil
  }

  mutating func command() -> Expression? {
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
      if byte == UInt8(ascii: "(") { return enclosed("(", ")").map { .root($0) } }
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

  /// `\sum_{k=0}^{n} …`; of one whose index is not given like this, the parts are compared.
  mutating func aggregate(_ name: String) -> Expression? {
    guard let lower = subscript_(), skip("^"), let upper = exponent(), let body = term() else { return nil }
    let sides = lower.dropFirst().split(separator: "=", omittingEmptySubsequences: false)
    guard sides.count == 2, sides[0].utf8.allSatisfy(\.isLetter), !sides[0].isEmpty,
      let from = Self.read(Array(sides[1].utf8)[...])
    else { return .opaque("\(name)\(lower)", [upper, body]) }
    let variable = sides[0] == "i" ? "i()" : String(sides[0])
    return .series(
      .init(isProduct: name == "prod", variable: variable, from: from, to: upper, body: body.naming(variable))
    )
  }

  // MARK: Functions

  /// `{x}`, or one factor.
  mutating func argument() -> Expression? {
    skipSpaces()
    return byte == UInt8(ascii: "{") ? braced() : base()
  }

  /// `(a, b)`.
  mutating func arguments() -> [Expression]? {
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

  mutating func named(_ name: String) -> Expression? {
    if name == "pi" { return .pi }
    let base = name == "log" ? logarithmBase() : nil
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

  /// `log_2`, and `log2(` of plain text.
  mutating func logarithmBase() -> Expression? {
    if byte == UInt8(ascii: "_") {
      index += 1
      return argument()
    }
    let number = text[index...].prefix(3).prefix(while: \.isDigit)
    guard !number.isEmpty, text.hasText("(", at: number.endIndex) else { return nil }
    return base()
  }

  /// Whether a function's name in plain letters stands at the index: sin x cos x.
  private var startsFunction: Bool {
    let run = text[index...].prefix(Self.longestName).prefix { $0.isLetter }
    guard run.count >= 2 else { return false }
    let word = String(decoding: run, as: UTF8.self)
    return Self.names.contains { $0 != "pi" && word.hasPrefix($0) }
  }

  mutating func functionArguments() -> [Expression]? {
    let wasAngle = isAngle
    isAngle = true
    defer { isAngle = wasAngle }
    skipSpaces()
    if byte == UInt8(ascii: "(") { return arguments() }
    if byte == UInt8(ascii: "{") { return braced().map { [$0] } }
    // sin 2x: factors up to the next sign or function.
    var factors: [Expression] = []
    while startsFactor, factors.count < 8 {
      guard let next = factor() else { return nil }
      factors.append(next)
      skipSpaces()
      if startsFunction { break }
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
  static func apply(
    _ name: String, _ arguments: [Expression], _ base: Expression?, _ power: inout Expression?
  ) -> Expression? {
    guard let first = arguments.first else { return nil }
    switch name {
    case "sqrt": return .root(first)
    case "cbrt": return .root(first, .integer(3))
    case "exp": return .power(.euler, first)
    case "cis": return .sum([.call(.cos, [first]), .product([.imaginary, .call(.sin, [first])])])
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
