internal import TransformerFiles

/// Expressions, with the precedences of Jinja: `not` below comparisons below `+ -` below `~` below `* /` below `**`.
extension TemplateParser {
  private typealias Node = TemplateExpression

  /// Expressions joined by commas; one alone is itself.
  mutating func tuple(conditional: Bool = true) throws -> TemplateExpression {
    let start = line
    let first = try expression(conditional: conditional)
    guard token == .symbol(",") else { return first }
    var items = [first]
    while accept(symbol: ",") {
      switch token {
      case .blockEnd, .outputEnd, .symbol(")"): break
      default:
        items.append(try expression(conditional: conditional))
        continue
      }
      break
    }
    return try Node(.list(items, isTuple: true), line: start, above: items)
  }

  mutating func expression(conditional: Bool = true) throws -> TemplateExpression {
    expressionNesting += 1
    defer { expressionNesting -= 1 }
    guard expressionNesting <= TemplateLimits.expressionDepth else {
      throw TemplateProblem(
        .limit, "an expression is nested more than \(TemplateLimits.expressionDepth) deep")
    }
    let start = line
    var value = try disjunction()
    while conditional, accept(word: "if") {
      let condition = try disjunction()
      let otherwise = accept(word: "else") ? try expression() : nil
      value = try Node(
        .conditional(condition, then: value, otherwise: otherwise), line: start,
        above: [value, condition] + (otherwise.map { [$0] } ?? []))
    }
    return value
  }

  private mutating func disjunction() throws -> Node {
    var left = try conjunction()
    while accept(word: "or") {
      let right = try conjunction()
      left = try Node(.or(left, right), line: left.line, above: [left, right])
    }
    return left
  }

  private mutating func conjunction() throws -> Node {
    var left = try negation()
    while accept(word: "and") {
      let right = try negation()
      left = try Node(.and(left, right), line: left.line, above: [left, right])
    }
    return left
  }

  private mutating func negation() throws -> Node {
    let start = line
    var count = 0
    while accept(word: "not") { count += 1 }
    var value = try comparison()
    for _ in 0..<count { value = try Node(.not(value), line: start, above: [value]) }
    return value
  }

  private mutating func comparison() throws -> Node {
    let left = try sum()
    var rest: [(relation: String, right: Node)] = []
    while let relation = relation() { rest.append((relation, try sum())) }
    guard !rest.isEmpty else { return left }
    return try Node(.comparison(left, rest), line: left.line, above: [left] + rest.map(\.right))
  }

  private mutating func relation() -> String? {
    switch token {
    case .symbol(let symbol) where ["==", "!=", "<", "<=", ">", ">="].contains(symbol):
      advance()
      return symbol
    case .name("in"):
      advance()
      return "in"
    case .name("not") where following == .name("in"):
      advance()
      advance()
      return "not in"
    default: return nil
    }
  }

  private mutating func sum() throws -> Node {
    var left = try concatenation()
    while case .symbol(let symbol) = token, symbol == "+" || symbol == "-" {
      advance()
      let right = try concatenation()
      left = try Node(.arithmetic(symbol, left, right), line: left.line, above: [left, right])
    }
    return left
  }

  private mutating func concatenation() throws -> Node {
    let first = try product()
    var parts = [first]
    while accept(symbol: "~") { parts.append(try product()) }
    return parts.count == 1 ? first : try Node(.join(parts), line: first.line, above: parts)
  }

  private mutating func product() throws -> Node {
    var left = try power()
    while case .symbol(let symbol) = token, ["*", "/", "//", "%"].contains(symbol) {
      advance()
      let right = try power()
      left = try Node(.arithmetic(symbol, left, right), line: left.line, above: [left, right])
    }
    return left
  }

  private mutating func power() throws -> Node {
    var left = try unary()
    while accept(symbol: "**") {
      let right = try unary()
      left = try Node(.arithmetic("**", left, right), line: left.line, above: [left, right])
    }
    return left
  }

  private mutating func unary() throws -> Node {
    let start = line
    var signs: [String] = []
    while case .symbol(let symbol) = token, symbol == "-" || symbol == "+" {
      signs.append(symbol)
      advance()
    }
    var value = try postfix(try primary())
    for sign in signs.reversed() {
      value = try Node(sign == "-" ? .negative(value) : .positive(value), line: start, above: [value])
    }
    return try filters(value)
  }

  private mutating func filters(_ value: Node) throws -> Node {
    var value = value
    while true {
      let start = line
      if accept(symbol: "|") {
        let (name, arguments) = try filter()
        value = try Node(.filter(value, name, arguments), line: start, above: [value] + arguments.all)
      } else if accept(word: "is") {
        value = try test(value)
      } else if token == .symbol("(") {
        value = try call(value)
      } else {
        return value
      }
    }
  }

  /// A filter's name and arguments, after the bar.
  mutating func filter() throws -> (name: String, arguments: TemplateArguments) {
    let name = try name()
    guard TemplateFilters.names.contains(name) else {
      throw TemplateProblem(.unsupported, "the filter '\(name)' is not supported")
    }
    return (name, token == .symbol("(") ? try arguments() : TemplateArguments())
  }

  private mutating func test(_ value: Node) throws -> Node {
    let start = line
    let isNegated = accept(word: "not")
    let name: String
    guard case .name(let word) = token else {
      throw unexpected("expected the name of a test")
    }
    name = word
    advance()
    guard TemplateTests.names.contains(name) else {
      throw TemplateProblem(.unsupported, "the test '\(name)' is not supported")
    }
    var arguments = TemplateArguments()
    switch token {
    case .symbol("("): arguments = try self.arguments()
    case .name("else"), .name("or"), .name("and"): break
    case .name("is"): throw TemplateProblem(.corrupt, "tests cannot be chained with 'is'")
    case .name, .string, .int, .float, .symbol("["), .symbol("{"):
      arguments.positional = [try postfix(try primary())]
    default: break
    }
    let test = try Node(.test(value, name, arguments), line: start, above: [value] + arguments.all)
    return isNegated ? try Node(.not(test), line: start, above: [test]) : test
  }

  private mutating func postfix(_ value: Node) throws -> Node {
    var value = value
    while true {
      let start = line
      if accept(symbol: ".") {
        if case .int(let index) = token {
          advance()
          let place = try Node(.constant(.int(index)), line: start)
          value = try Node(.item(value, place), line: start, above: [value])
        } else {
          value = try Node(.member(value, try name()), line: start, above: [value])
        }
      } else if accept(symbol: "[") {
        value = try subscripted(value)
      } else if token == .symbol("(") {
        value = try call(value)
      } else {
        return value
      }
    }
  }

  private mutating func subscripted(_ value: Node) throws -> Node {
    let start = line
    var bounds: [Node?] = [nil, nil, nil]
    var colons = 0
    while !accept(symbol: "]") {
      if accept(symbol: ":") {
        colons += 1
        guard colons < 3 else { throw TemplateProblem(.corrupt, "a slice has more than three parts") }
      } else if bounds[colons] == nil {
        bounds[colons] = try expression()
      } else {
        throw unexpected("expected ']'")
      }
    }
    let parts = [value] + bounds.compactMap { $0 }
    if colons > 0 {
      return try Node(
        .slice(value, start: bounds[0], end: bounds[1], step: bounds[2]), line: start, above: parts)
    }
    guard let place = bounds[0] else { throw TemplateProblem(.corrupt, "an index is missing") }
    return try Node(.item(value, place), line: start, above: parts)
  }

  private mutating func call(_ value: Node) throws -> Node {
    let start = line
    let arguments = try arguments()
    return try Node(.call(value, arguments), line: start, above: [value] + arguments.all)
  }

  private mutating func arguments() throws -> TemplateArguments {
    try expect(.symbol("("))
    var result = TemplateArguments()
    var isFirst = true
    while !accept(symbol: ")") {
      if !isFirst {
        try expect(.symbol(","))
        if accept(symbol: ")") { break }
      }
      isFirst = false
      if token == .symbol("*") || token == .symbol("**") {
        throw TemplateProblem(.unsupported, "unpacked arguments ('*' and '**') are not supported")
      }
      if case .name(let name) = token, following == .symbol("=") {
        advance()
        advance()
        guard !result.named.contains(where: { $0.name == name }) else {
          throw TemplateProblem(.corrupt, "the argument '\(name)' occurs twice")
        }
        result.named.append((name, try expression()))
      } else if result.named.isEmpty {
        result.positional.append(try expression())
      } else {
        throw TemplateProblem(.corrupt, "an argument without a name follows one with a name")
      }
    }
    return result
  }

  private mutating func primary() throws -> Node {
    let start = line
    let first = token
    switch first {
    case .name(let name):
      advance()
      if name == "caller" { callerUses += 1 }
      return try Node(Self.constant(name).map { .constant($0) } ?? .name(name), line: start)
    case .string(var text):
      advance()
      while case .string(let more) = token {
        text += more
        advance()
      }
      return try Node(.constant(.string(text)), line: start)
    case .int(let value):
      advance()
      return try Node(.constant(.int(value)), line: start)
    case .float(let value):
      advance()
      return try Node(.constant(.float(value)), line: start)
    case .symbol("("): return try parenthesized()
    case .symbol("["):
      let items = try list()
      return try Node(.list(items, isTuple: false), line: start, above: items)
    case .symbol("{"): return try mapping()
    default: throw unexpected("expected a value")
    }
  }

  private static func constant(_ name: String) -> TemplateValue? {
    switch name {
    case "true", "True": .bool(true)
    case "false", "False": .bool(false)
    case "none", "None": TemplateValue.none
    default: nil
    }
  }

  private mutating func parenthesized() throws -> Node {
    let start = line
    advance()
    if accept(symbol: ")") { return try Node(.list([], isTuple: true), line: start) }
    let value = try tuple()
    try expect(.symbol(")"))
    return value
  }

  private mutating func list() throws -> [Node] {
    advance()
    var items: [Node] = []
    while !accept(symbol: "]") {
      if !items.isEmpty {
        try expect(.symbol(","))
        if accept(symbol: "]") { break }
      }
      items.append(try expression())
    }
    return items
  }

  private mutating func mapping() throws -> Node {
    let start = line
    advance()
    var pairs: [(key: Node, value: Node)] = []
    while !accept(symbol: "}") {
      if !pairs.isEmpty {
        try expect(.symbol(","))
        if accept(symbol: "}") { break }
      }
      let key = try expression()
      try expect(.symbol(":"))
      pairs.append((key, try expression()))
    }
    return try Node(.mapping(pairs), line: start, above: pairs.map(\.key) + pairs.map(\.value))
  }
}
