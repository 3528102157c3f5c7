internal import TransformerFiles

/// Reads the statements of a template; expressions are in an extension.
struct TemplateParser {
  private let tokens: [(token: TemplateToken, line: Int)]
  private var at = 0
  private var nesting = 0
  private var loops = 0
  var expressionNesting = 0
  var callerUses = 0

  init(_ tokens: [(token: TemplateToken, line: Int)]) {
    self.tokens = tokens
  }

  var token: TemplateToken { tokens[at].token }
  var line: Int { tokens[at].line }
  var following: TemplateToken { tokens[min(at + 1, tokens.count - 1)].token }

  mutating func advance() { at = min(at + 1, tokens.count - 1) }

  mutating func accept(_ expected: TemplateToken) -> Bool {
    guard token == expected else { return false }
    advance()
    return true
  }

  mutating func accept(symbol: String) -> Bool { accept(.symbol(symbol)) }
  mutating func accept(word: String) -> Bool { accept(.name(word)) }

  mutating func expect(_ expected: TemplateToken) throws {
    guard accept(expected) else { throw unexpected("expected \(expected.description)") }
  }

  mutating func name() throws -> String {
    guard case .name(let name) = token else { throw unexpected("expected a name") }
    advance()
    return name
  }

  func unexpected(_ what: String) -> TemplateProblem {
    TemplateProblem(.corrupt, "\(what), found \(token.description)")
  }

  mutating func template() throws -> [TemplateStatement] {
    let body = try statements(until: [])
    guard token == .end else { throw unexpected("expected a statement") }
    return body
  }

  /// Statements up to one of the words, whose `{%` is consumed; the word is not.
  private mutating func statements(until ends: Set<String>) throws -> [TemplateStatement] {
    nesting += 1
    defer { nesting -= 1 }
    guard nesting <= TemplateLimits.statementDepth else {
      throw TemplateProblem(.limit, "statements are nested more than \(TemplateLimits.statementDepth) deep")
    }
    var result: [TemplateStatement] = []
    while true {
      let start = line
      switch token {
      case .text(let text):
        advance()
        result.append(TemplateStatement(form: .text(text), line: start))
      case .outputBegin:
        advance()
        result.append(TemplateStatement(form: .output(try tuple()), line: start))
        try expect(.outputEnd)
      case .blockBegin:
        advance()
        if case .name(let word) = token, ends.contains(word) { return result }
        result.append(TemplateStatement(form: try statement(), line: start))
      default:
        guard ends.isEmpty else { throw unexpected("expected \(ends.sorted().joined(separator: " or "))") }
        return result
      }
    }
  }

  private mutating func statement() throws -> TemplateStatement.Form {
    let word = try name()
    switch word {
    case "if": return try branch()
    case "for": return try forLoop()
    case "set": return try assignment()
    case "macro": return try macro()
    case "call": return try callBlock()
    case "with": return try with()
    case "filter": return try filterBlock()
    case "generation":
      try expect(.blockEnd)
      return .generation(try block("endgeneration"))
    case "break", "continue":
      guard loops > 0 else { throw TemplateProblem(.corrupt, "'\(word)' is outside a loop") }
      try expect(.blockEnd)
      return word == "break" ? .leave : .next
    default: throw TemplateProblem(.unsupported, "the statement '\(word)' is not supported")
    }
  }

  /// The body of a statement outside of any loop's reach, and its end tag.
  private mutating func block(_ end: String) throws -> [TemplateStatement] {
    let outer = loops
    loops = 0
    defer { loops = outer }
    let body = try statements(until: [end])
    advance()
    try expect(.blockEnd)
    return body
  }

  private mutating func branch() throws -> TemplateStatement.Form {
    var branches: [(condition: TemplateExpression, body: [TemplateStatement])] = []
    repeat {
      let condition = try tuple(conditional: false)
      try expect(.blockEnd)
      branches.append((condition, try statements(until: ["elif", "else", "endif"])))
    } while accept(word: "elif")
    var otherwise: [TemplateStatement] = []
    if accept(word: "else") {
      try expect(.blockEnd)
      otherwise = try statements(until: ["endif"])
    }
    try expect(.name("endif"))
    try expect(.blockEnd)
    return .branch(branches, otherwise: otherwise)
  }

  private mutating func forLoop() throws -> TemplateStatement.Form {
    let target = try target()
    if case .member = target {
      throw TemplateProblem(.unsupported, "a member as a loop variable is not supported")
    }
    try expect(.name("in"))
    let sequence = try tuple(conditional: false)
    let condition = accept(word: "if") ? try expression() : nil
    guard token != .name("recursive") else {
      throw TemplateProblem(.unsupported, "a recursive loop is not supported")
    }
    try expect(.blockEnd)
    loops += 1
    let body = try statements(until: ["else", "endfor"])
    loops -= 1
    var otherwise: [TemplateStatement] = []
    if accept(word: "else") {
      try expect(.blockEnd)
      otherwise = try statements(until: ["endfor"])
    }
    try expect(.name("endfor"))
    try expect(.blockEnd)
    return .loop(
      TemplateForLoop(
        target: target, sequence: sequence, condition: condition, body: body, otherwise: otherwise))
  }

  private mutating func target() throws -> TemplateTarget {
    let parenthesis = accept(symbol: "(")
    let first = try targetName()
    if !parenthesis, accept(symbol: ".") { return .member(of: first, try name()) }
    var names = [first]
    var isTuple = false
    while accept(symbol: ",") {
      isTuple = true
      if parenthesis, token == .symbol(")") { break }
      names.append(try targetName())
    }
    if parenthesis { try expect(.symbol(")")) }
    return isTuple ? .tuple(names) : .name(first)
  }

  private mutating func targetName() throws -> String {
    let name = try name()
    guard !Self.constants.contains(name) else {
      throw TemplateProblem(.corrupt, "'\(name)' cannot be assigned to")
    }
    return name
  }

  static let constants: Set<String> = ["true", "True", "false", "False", "none", "None"]

  private mutating func assignment() throws -> TemplateStatement.Form {
    let target = try target()
    if accept(symbol: "=") {
      let value = try tuple()
      try expect(.blockEnd)
      return .set(target, value)
    }
    var filters: [(name: String, arguments: TemplateArguments)] = []
    while accept(symbol: "|") { filters.append(try filter()) }
    try expect(.blockEnd)
    return .capture(target, try block("endset"), filters: filters)
  }

  private mutating func with() throws -> TemplateStatement.Form {
    var names: [(name: String, value: TemplateExpression)] = []
    while token != .blockEnd {
      if !names.isEmpty { try expect(.symbol(",")) }
      let name = try targetName()
      guard token != .symbol(",") else {
        throw TemplateProblem(.unsupported, "several names for one value of 'with' are not supported")
      }
      try expect(.symbol("="))
      names.append((name, try expression()))
    }
    try expect(.blockEnd)
    let body = try statements(until: ["endwith"])
    advance()
    try expect(.blockEnd)
    return .with(names, body)
  }

  private mutating func filterBlock() throws -> TemplateStatement.Form {
    var filters = [try filter()]
    while accept(symbol: "|") { filters.append(try filter()) }
    try expect(.blockEnd)
    return .filtered(try block("endfilter"), filters: filters)
  }

  private mutating func macro() throws -> TemplateStatement.Form {
    let name = try targetName()
    let parameters = try parameters()
    try expect(.blockEnd)
    let uses = callerUses
    let body = try block("endmacro")
    return .macro(
      TemplateMacroDeclaration(
        name: name, parameters: parameters, body: body, usesCaller: callerUses > uses))
  }

  private mutating func parameters() throws -> [(name: String, initial: TemplateExpression?)] {
    try expect(.symbol("("))
    var parameters: [(name: String, initial: TemplateExpression?)] = []
    while !accept(symbol: ")") {
      if !parameters.isEmpty { try expect(.symbol(",")) }
      let name = try targetName()
      let initial = accept(symbol: "=") ? try expression() : nil
      guard initial != nil || parameters.last?.initial == nil else {
        throw TemplateProblem(.corrupt, "the parameter '\(name)' without a value follows one with a value")
      }
      guard !parameters.contains(where: { $0.name == name }) else {
        throw TemplateProblem(.corrupt, "the parameter '\(name)' occurs twice")
      }
      parameters.append((name, initial))
    }
    return parameters
  }

  private mutating func callBlock() throws -> TemplateStatement.Form {
    let parameters = token == .symbol("(") ? try parameters() : []
    let call = try expression()
    guard case .call = call.form else { throw TemplateProblem(.corrupt, "'call' needs a call") }
    try expect(.blockEnd)
    let body = try block("endcall")
    return .callBlock(call, TemplateMacroDeclaration(name: "caller", parameters: parameters, body: body))
  }
}
