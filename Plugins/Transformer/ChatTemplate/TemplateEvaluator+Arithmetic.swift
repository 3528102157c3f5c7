internal import Glibc
internal import TransformerFiles

/// Python's arithmetic; integers that leave 64 bits are an error.
extension TemplateEvaluator {
  func arithmetic(_ symbol: String, _ a: TemplateValue, _ b: TemplateValue, sign: String? = nil) throws
    -> TemplateValue
  {
    if let sum = try markedSum(symbol, a, b) { return sum }
    if let x = a.integer, let y = b.integer {
      return try symbol == "/" ? quotient(Double(x), Double(y)) : integers(symbol, x, y)
    }
    if let x = a.number, let y = b.number { return try floats(symbol, x, y) }
    switch (symbol, a, b) {
    case ("+", .string(let x), .string(let y)): return try joined([x, y], with: "")
    case ("+", .list(let x), .list(let y)) where x.isTuple == y.isTuple:
      try charge(1 + x.items.count + y.items.count)
      return .list(try TemplateList(x.items + y.items, isTuple: x.isTuple))
    case ("*", .string(let text), _):
      if let count = b.integer { return try repeated(text, count) }
    case ("*", _, .string(let text)):
      if let count = a.integer { return try repeated(text, count) }
    case ("%", .string(let format), _):
      var values = TemplateCallArguments(positional: [b])
      if case .list(let list) = b, list.isTuple { values.positional = list.items }
      if case .mapping(let mapping) = b { values.named = mapping.items.map { ($0.key, $0.value) } }
      return try text(TemplateFormat(self).percents(format, values))
    default: break
    }
    for case .undefined(let why) in [a, b] { throw TemplateProblem(.badArgument, why) }
    if let sign { throw TemplateProblem(.badArgument, "'\(sign)' does not apply to \(b.kind)") }
    throw TemplateProblem(.badArgument, "'\(symbol)' does not apply to \(a.kind) and \(b.kind)")
  }

  private func repeated(_ text: String, _ count: Int) throws -> TemplateValue {
    let (size, overflow) = text.utf8.count.multipliedReportingOverflow(by: max(0, count))
    try charge(textBytes: overflow ? .max : size)
    return .string(String(repeating: text, count: text.isEmpty ? 0 : max(0, count)))
  }

  private func integers(_ symbol: String, _ x: Int, _ y: Int) throws -> TemplateValue {
    let result: (partialValue: Int, overflow: Bool)
    switch symbol {
    case "+": result = x.addingReportingOverflow(y)
    case "-": result = x.subtractingReportingOverflow(y)
    case "*": result = x.multipliedReportingOverflow(by: y)
    case "**":
      guard y >= 0 else { return try floats(symbol, Double(x), Double(y)) }
      result = Self.power(x, y)
    default:
      guard y != 0 else { throw TemplateProblem(.badArgument, "division by zero") }
      let quotient = x.dividedReportingOverflow(by: y)
      let remainder = x.remainderReportingOverflow(dividingBy: y).partialValue
      // Python rounds towards minus infinity.
      let isOff = remainder != 0 && (remainder < 0) != (y < 0)
      result =
        symbol == "//"
        ? (quotient.partialValue - (isOff ? 1 : 0), quotient.overflow)
        : (remainder + (isOff ? y : 0), false)
    }
    guard !result.overflow else { throw TemplateProblem(.limit, "an integer does not fit into 64 bits") }
    return .int(result.partialValue)
  }

  private static func power(_ base: Int, _ exponent: Int) -> (partialValue: Int, overflow: Bool) {
    guard abs(Double(base)) > 1 else {
      return (base == -1 && exponent % 2 == 0 || exponent == 0 ? 1 : base, false)
    }
    var result = 1
    for _ in 0..<min(exponent, 64) {
      let next = result.multipliedReportingOverflow(by: base)
      if next.overflow { return next }
      result = next.partialValue
    }
    return (result, exponent > 64)
  }

  private func quotient(_ x: Double, _ y: Double) throws -> TemplateValue {
    guard y != 0 else { throw TemplateProblem(.badArgument, "division by zero") }
    return .float(x / y)
  }

  private func floats(_ symbol: String, _ x: Double, _ y: Double) throws -> TemplateValue {
    switch symbol {
    case "+": return .float(x + y)
    case "-": return .float(x - y)
    case "*": return .float(x * y)
    case "**":
      let result = pow(x, y)
      guard result.isFinite else { throw TemplateProblem(.badArgument, "\(x) ** \(y) has no finite value") }
      return .float(result)
    case "/": return try quotient(x, y)
    default:
      guard y != 0 else { throw TemplateProblem(.badArgument, "division by zero") }
      let rest = fmod(x, y)
      let remainder = rest != 0 && (rest < 0) != (y < 0) ? rest + y : rest
      return .float(symbol == "//" ? ((x - remainder) / y).rounded() : remainder)
    }
  }
}
