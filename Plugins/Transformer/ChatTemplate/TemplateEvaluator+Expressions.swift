internal import TransformerFiles

/// Expressions.
extension TemplateEvaluator {
  func evaluate(_ node: TemplateExpression) throws -> TemplateValue {
    try deeper { try value(of: node) }
  }

  func evaluate(_ arguments: TemplateArguments) throws -> TemplateCallArguments {
    TemplateCallArguments(
      positional: try arguments.positional.map { try evaluate($0) },
      named: try arguments.named.map { ($0.name, try evaluate($0.value)) })
  }

  private func value(of node: TemplateExpression) throws -> TemplateValue {
    switch node.form {
    case .constant(let value): return value
    case .name(let name): return variable(name)
    case .list(let items, let isTuple):
      return .list(try TemplateList(try items.map { try evaluate($0) }, isTuple: isTuple))
    case .mapping(let pairs): return try mapping(pairs)
    case .member(let object, let name): return try member(evaluate(object), name)
    case .item(let object, let place): return try item(evaluate(object), evaluate(place))
    case .slice(let object, let start, let end, let step):
      let object = try evaluate(object)
      return try slice(object, try bound(start), try bound(end), try bound(step))
    case .call: return try evaluateCall(node, caller: nil)
    case .filter(let object, let name, let arguments):
      return try filter(name, evaluate(object), evaluate(arguments))
    case .test(let object, let name, let arguments):
      return .bool(try test(name, evaluate(object), evaluate(arguments)))
    case .negative(let operand): return try arithmetic("-", .int(0), evaluate(operand), sign: "-")
    case .positive(let operand): return try arithmetic("+", .int(0), evaluate(operand), sign: "+")
    case .not(let operand): return .bool(!(try evaluate(operand).isTrue))
    case .and(let left, let right):
      let value = try evaluate(left)
      return value.isTrue ? try evaluate(right) : value
    case .or(let left, let right):
      let value = try evaluate(left)
      return value.isTrue ? value : try evaluate(right)
    case .arithmetic(let symbol, let left, let right):
      return try arithmetic(symbol, evaluate(left), evaluate(right))
    case .join(let parts): return try joined(try parts.map { try printed(evaluate($0)) }, with: "")
    case .comparison(let left, let rest): return .bool(try compare(left, rest))
    case .conditional(let condition, let then, let otherwise):
      if try evaluate(condition).isTrue { return try evaluate(then) }
      guard let otherwise else { return .undefined("the inline if was false and has no else") }
      return try evaluate(otherwise)
    }
  }

  private func mapping(_ pairs: [(key: TemplateExpression, value: TemplateExpression)]) throws
    -> TemplateValue
  {
    var mapping = TemplateMapping()
    for (key, value) in pairs {
      let key = try evaluate(key)
      guard case .string(let text) = key else {
        throw TemplateProblem(.unsupported, "\(key.kind) as the key of a dictionary is not supported")
      }
      try mapping.set(text, try evaluate(value))
    }
    return .mapping(mapping)
  }

  // MARK: Members

  func member(_ object: TemplateValue, _ name: String) throws -> TemplateValue {
    if case .undefined(let why) = object {
      throw TemplateProblem(.badArgument, "\(why); it has no '\(name)'")
    }
    if Self.methods(of: object).contains(name) { return .function(name) }
    return keyed(object, name) ?? .undefined("\(object.kind) has no '\(name)'")
  }

  private func keyed(_ object: TemplateValue, _ name: String) -> TemplateValue? {
    switch object {
    case .mapping(let mapping): mapping[name]
    case .namespace(let namespace): members(ofNamespace: namespace)[name]
    case .loop(let loop): loop.member(name)
    default: nil
    }
  }

  func item(_ object: TemplateValue, _ place: TemplateValue) throws -> TemplateValue {
    switch (object, place) {
    case (.markup, _): throw TemplateProblem(.unsupported, "the items of an escaped text are not supported")
    case (_, .string(let name)): return try keyed(object, name) ?? member(object, name)
    case (.undefined(let why), _): throw TemplateProblem(.badArgument, "\(why); it has no items")
    case (.list(let list), _):
      guard let index = place.integer else { break }
      let offset = index < 0 ? index + list.items.count : index
      if list.items.indices.contains(offset) { return list.items[offset] }
    case (.string(let text), _):
      guard let index = place.integer else { break }
      try charge(textBytes: text.utf8.count)
      let scalars = Array(text.unicodeScalars)
      let offset = index < 0 ? index + scalars.count : index
      if scalars.indices.contains(offset) { return .string(String(scalars[offset])) }
    default: break
    }
    return .undefined("\(object.kind) has no such item")
  }

  private func bound(_ node: TemplateExpression?) throws -> Int? {
    guard let node else { return nil }
    let value = try evaluate(node)
    if case .none = value { return nil }
    guard let integer = value.integer else {
      throw TemplateProblem(.badArgument, "\(value.kind) cannot be the bound of a slice")
    }
    return integer
  }

  private func slice(_ object: TemplateValue, _ start: Int?, _ end: Int?, _ step: Int?) throws
    -> TemplateValue
  {
    let step = step ?? 1
    guard step != 0, step != .min else {
      throw TemplateProblem(.badArgument, "a slice cannot have the step \(step)")
    }
    switch object {
    case .list(let list):
      try charge(1 + list.items.count)
      let places = Self.places(list.items.count, start, end, step)
      return .list(try TemplateList(places.map { list.items[$0] }, isTuple: list.isTuple))
    case .string(let text):
      try charge(textBytes: text.utf8.count)
      let scalars = Array(text.unicodeScalars)
      return .string(String(scalars: Self.places(scalars.count, start, end, step).map { scalars[$0] }))
    default: throw TemplateProblem(.badArgument, "\(object.kind) cannot be sliced")
    }
  }

  /// The places that Python's `start:end:step` takes of `count` items.
  private static func places(_ count: Int, _ start: Int?, _ end: Int?, _ step: Int) -> [Int] {
    let lowest = step > 0 ? 0 : -1
    let highest = step > 0 ? count : count - 1
    func clamped(_ bound: Int) -> Int {
      max(lowest, min(highest, bound < 0 ? bound + count : bound))
    }
    let first = start.map(clamped) ?? (step > 0 ? lowest : highest)
    let last = end.map(clamped) ?? (step > 0 ? highest : lowest)
    // A step beyond the count takes one item at most; the bound keeps the stride from overflowing.
    let stride = max(-count - 1, min(count + 1, step))
    return Array(Swift.stride(from: first, to: last, by: stride))
  }

  // MARK: Calls

  func evaluateCall(_ node: TemplateExpression, caller: TemplateValue?) throws -> TemplateValue {
    guard case .call(let callee, let arguments) = node.form else { return try evaluate(node) }
    if case .member(let object, let name) = callee.form {
      let object = try evaluate(object)
      let target = try member(object, name)
      let values = try evaluate(arguments)
      line = node.line
      guard case .function = target, Self.methods(of: object).contains(name) else {
        return try call(target, values, caller: caller)
      }
      return try callMethod(name, of: object, values)
    }
    let target = try evaluate(callee)
    let values = try evaluate(arguments)
    line = node.line
    return try call(target, values, caller: caller)
  }

  private func call(_ target: TemplateValue, _ arguments: TemplateCallArguments, caller: TemplateValue?)
    throws
    -> TemplateValue
  {
    switch target {
    case .macro(let macro): return try callMacro(macro, arguments, caller: caller)
    case .function(let name) where Self.functions.contains(name): return try callFunction(name, arguments)
    case .undefined(let why): throw TemplateProblem(.unsupported, "\(why); it cannot be called")
    default: throw TemplateProblem(.unsupported, "\(target.kind) cannot be called here")
    }
  }

  // MARK: Operators

  private func compare(
    _ left: TemplateExpression, _ rest: [(relation: String, right: TemplateExpression)]
  ) throws -> Bool {
    var left = try evaluate(left)
    for (relation, node) in rest {
      let right = try evaluate(node)
      guard try holds(relation, left, right) else { return false }
      left = right
    }
    return true
  }

  func holds(_ relation: String, _ left: TemplateValue, _ right: TemplateValue) throws -> Bool {
    try charge(min(left.weight, right.weight))
    switch relation {
    case "==": return TemplateValue.equal(left, right)
    case "!=": return !TemplateValue.equal(left, right)
    case "<": return try TemplateValue.less(left, right)
    case ">": return try TemplateValue.less(right, left)
    case "<=": return try TemplateValue.less(left, right) || TemplateValue.equal(left, right)
    case ">=": return try TemplateValue.less(right, left) || TemplateValue.equal(left, right)
    case "in": return try contains(right, left)
    default: return try !contains(right, left)
    }
  }

  private func contains(_ container: TemplateValue, _ element: TemplateValue) throws -> Bool {
    if case .string(let text) = container {
      guard case .string(let part) = element.unmarked else {
        throw TemplateProblem(.badArgument, "\(element.kind) cannot be in a string")
      }
      try charge(textBytes: text.utf8.count)
      return part.isEmpty || !TemplateText.places(of: part, in: text).isEmpty
    }
    if case .mapping(let mapping) = container {
      if case .string(let key) = element { return mapping[key] != nil }
      return false
    }
    let items = try container.elements()
    try charge(container.weight)
    return items.contains { TemplateValue.equal($0, element) }
  }
}
