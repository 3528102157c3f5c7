internal import TransformerFiles

/// Runs the statements of one template once; expressions, filters and methods are in extensions.
final class TemplateEvaluator {
  private enum Flow { case on, leave, next }

  var line = 1
  let date: TemplateDate?
  private var output = ""
  private var scopes: [[String: TemplateValue]]
  private var steps = 0
  private var depth = 0
  private var namespaces: [TemplateMapping] = []

  init(_ variables: [String: TemplateValue], date: TemplateDate?) {
    scopes = [variables]
    self.date = date
  }

  func run(_ body: [TemplateStatement]) throws -> String {
    _ = try execute(body)
    return output
  }

  // MARK: Limits

  func charge(_ count: Int) throws {
    steps += count
    guard steps <= TemplateLimits.steps else {
      throw TemplateProblem(.limit, "rendering takes more than \(TemplateLimits.steps) steps")
    }
  }

  /// Called before a text of this length is made.
  func charge(textBytes count: Int) throws {
    guard count <= TemplateLimits.textBytes else {
      throw TemplateProblem(.limit, "a string is longer than \(TemplateLimits.textBytes) bytes")
    }
    try charge(1 + count / 64)
  }

  func text(_ text: String) throws -> TemplateValue {
    try charge(textBytes: text.utf8.count)
    return .string(text)
  }

  func list(_ items: [TemplateValue]) throws -> TemplateValue {
    try charge(1 + items.count)
    return try .list(of: items)
  }

  func deeper<Result>(_ work: () throws -> Result) throws -> Result {
    depth += 1
    defer { depth -= 1 }
    guard depth <= TemplateLimits.evaluationDepth else {
      throw TemplateProblem(
        .limit, "calls and blocks are nested more than \(TemplateLimits.evaluationDepth) deep")
    }
    try charge(1)
    return try work()
  }

  // MARK: Variables

  func variable(_ name: String) -> TemplateValue {
    for scope in scopes.reversed() {
      if let value = scope[name] { return value }
    }
    // Templates ask whether it is defined, and have a date of their own where it is not.
    if name == "strftime_now", date == nil {
      return .undefined("the template asks for today's date; give one with the option template-date")
    }
    return Self.functions.contains(name) ? .function(name) : .undefined("'\(name)' is undefined")
  }

  private func set(_ name: String, _ value: TemplateValue) {
    scopes[scopes.count - 1][name] = value
  }

  private func assign(_ target: TemplateTarget, _ value: TemplateValue) throws {
    switch target {
    case .name(let name): set(name, value)
    case .member(let name, let member):
      guard case .namespace(let namespace) = variable(name) else {
        throw TemplateProblem(.badArgument, "'\(name)' is not a namespace, so '\(member)' cannot be set")
      }
      try setMember(member, value, of: namespace)
    case .tuple(let names):
      let items = try value.elements()
      guard items.count == names.count else {
        throw TemplateProblem(.badArgument, "cannot assign \(items.count) values to \(names.count) names")
      }
      for (name, item) in zip(names, items) { set(name, item) }
    }
  }

  func newNamespace(_ members: [(name: String, value: TemplateValue)]) throws -> TemplateValue {
    // Each stays until the end, so it costs what it holds.
    try charge(100 + members.count)
    namespaces.append(TemplateMapping())
    for (name, value) in members { try setMember(name, value, of: namespaces.count - 1) }
    return .namespace(namespaces.count - 1)
  }

  func members(ofNamespace place: Int) -> TemplateMapping { namespaces[place] }

  private func setMember(_ name: String, _ value: TemplateValue, of namespace: Int) throws {
    guard !name.hasPrefix("_") else {
      throw TemplateProblem(.badArgument, "a namespace cannot hold the member '\(name)'")
    }
    try namespaces[namespace].set(name, value)
  }

  private func scoped<Result>(_ work: () throws -> Result) throws -> Result {
    scopes.append([:])
    defer { scopes.removeLast() }
    return try work()
  }

  // MARK: Statements

  private func write(_ text: String) throws {
    try charge(textBytes: text.utf8.count)
    guard output.utf8.count + text.utf8.count <= TemplateLimits.textBytes else {
      throw TemplateProblem(.limit, "the rendered text is longer than \(TemplateLimits.textBytes) bytes")
    }
    output += text
  }

  private func captured(_ body: [TemplateStatement]) throws -> TemplateValue {
    let outer = output
    output = ""
    defer { output = outer }
    _ = try execute(body)
    return try text(output)
  }

  private func filtered(
    _ body: [TemplateStatement], _ filters: [(name: String, arguments: TemplateArguments)]
  ) throws -> TemplateValue {
    var value = try scoped { try captured(body) }
    for filter in filters {
      value = try self.filter(filter.name, value, try evaluate(filter.arguments))
    }
    return value
  }

  private func execute(_ body: [TemplateStatement]) throws -> Flow {
    for statement in body {
      let flow = try deeper {
        line = statement.line
        return try execute(statement.form)
      }
      guard flow == .on else { return flow }
    }
    return .on
  }

  private func execute(_ form: TemplateStatement.Form) throws -> Flow {
    switch form {
    case .text(let text): try write(text)
    case .output(let expression): try write(try printed(evaluate(expression)))
    case .branch(let branches, let otherwise):
      for (condition, body) in branches where try evaluate(condition).isTrue { return try execute(body) }
      return try execute(otherwise)
    case .loop(let loop): try run(loop)
    case .set(let target, let expression): try assign(target, try evaluate(expression))
    case .capture(let target, let body, let filters):
      try assign(target, try filtered(body, filters))
    case .filtered(let body, let filters): try write(try printed(filtered(body, filters)))
    case .with(let names, let body):
      let values = try names.map { (name: $0.name, value: try evaluate($0.value)) }
      return try scoped {
        for (name, value) in values { set(name, value) }
        return try execute(body)
      }
    case .macro(let declaration):
      guard scopes.count == 1 else {
        throw TemplateProblem(
          .unsupported, "the macro '\(declaration.name)' inside another block is not supported")
      }
      set(declaration.name, .macro(TemplateMacro(declaration, scopes: nil)))
    case .callBlock(let call, let body):
      let caller = TemplateValue.macro(TemplateMacro(body, scopes: scopes))
      try write(try printed(evaluateCall(call, caller: caller)))
    case .generation(let body): _ = try scoped { try execute(body) }
    case .leave: return .leave
    case .next: return .next
    }
    return .on
  }

  private func run(_ loop: TemplateForLoop) throws {
    var items = try evaluate(loop.sequence).elements()
    if let condition = loop.condition {
      items = try items.filter { item in
        try scoped {
          try charge(1)
          try assign(loop.target, item)
          return try evaluate(condition).isTrue
        }
      }
    }
    guard !items.isEmpty else {
      _ = try scoped { try execute(loop.otherwise) }
      return
    }
    for index in items.indices {
      try charge(1)
      let flow = try scoped {
        set("loop", .loop(TemplateLoop(items: items, index: index)))
        try assign(loop.target, items[index])
        return try execute(loop.body)
      }
      if flow == .leave { return }
    }
  }

  func callMacro(_ macro: TemplateMacro, _ arguments: TemplateCallArguments, caller: TemplateValue?) throws
    -> TemplateValue
  {
    let declaration = macro.declaration
    let values = try arguments.bound(to: declaration.parameters.map(\.name), of: declaration.name)
    guard caller == nil || declaration.usesCaller else {
      throw TemplateProblem(.badArgument, "the macro '\(declaration.name)' does not use 'caller'")
    }
    let outer = scopes
    let outerLine = line
    defer {
      scopes = outer
      line = outerLine
    }
    scopes = (macro.scopes ?? [outer[0]]) + [[:]]
    if let caller { set("caller", caller) }
    for (parameter, value) in zip(declaration.parameters, values) {
      let initial = try value ?? parameter.initial.map { try evaluate($0) }
      set(parameter.name, initial ?? .undefined("the parameter '\(parameter.name)' was not given"))
    }
    return try deeper { try captured(declaration.body) }
  }
}

/// The values of the arguments of a call, filter or test.
struct TemplateCallArguments {
  var positional: [TemplateValue] = []
  var named: [(name: String, value: TemplateValue)] = []

  /// The values in the order of the names; nil where none was given.
  func bound(to names: [String], of callee: String) throws -> [TemplateValue?] {
    guard positional.count <= names.count else {
      throw TemplateProblem(
        .badArgument, "'\(callee)' takes at most \(names.count) arguments, not \(positional.count)")
    }
    var values: [TemplateValue?] = positional + Array(repeating: nil, count: names.count - positional.count)
    for (name, value) in named {
      guard let place = names.firstIndex(of: name), values[place] == nil else {
        throw TemplateProblem(.badArgument, "'\(callee)' does not take the argument '\(name)' here")
      }
      values[place] = value
    }
    return values
  }
}
