internal import TransformerFiles

/// What an expression of a chat template may be. Containers know their depth, so that no walk over a value can
/// exhaust the stack.
enum TemplateValue: Sendable {
  /// A name or member that is not there; the text says which, for errors.
  case undefined(String)
  case none
  case bool(Bool)
  case int(Int)
  case float(Double)
  case string(String)
  /// A text that is marked as fit for HTML: `+` escapes what it is joined with.
  case markup(String)
  case list(TemplateList)
  case mapping(TemplateMapping)
  /// The one value with members that templates may assign: its place among the evaluator's namespaces.
  case namespace(Int)
  case loop(TemplateLoop)
  case macro(TemplateMacro)
  /// A function or method by name, not called.
  case function(String)
}

/// Why rendering stopped; the evaluator adds the template's name and the line.
struct TemplateProblem: Error {
  let kind: TransformerError.Kind
  let text: String

  init(_ kind: TransformerError.Kind, _ text: String) {
    self.kind = kind
    self.text = text
  }
}

/// What one template may use, so that a hostile one fails instead of taking the machine.
enum TemplateLimits {
  static let sourceBytes = 1 << 20
  static let textBytes = 16 << 20
  static let items = 1_000_000
  /// Evaluations, loop rounds, and each 64 bytes of text made.
  static let steps = 10_000_000
  static let expressionDepth = 100
  static let statementDepth = 64
  static let evaluationDepth = 200
  static let valueDepth = 64
}

/// A list or tuple.
struct TemplateList: Sendable {
  let items: [TemplateValue]
  let isTuple: Bool
  fileprivate let measure: TemplateMeasure

  init(_ items: [TemplateValue], isTuple: Bool = false) throws {
    self.items = items
    self.isTuple = isTuple
    measure = try items.reduce(into: TemplateMeasure()) { try $0.add($1) }
  }
}

/// A dictionary with text keys, in order of insertion.
struct TemplateMapping: Sendable {
  private(set) var keys: [String] = []
  private(set) var values: [TemplateValue] = []
  fileprivate private(set) var measure = TemplateMeasure()
  /// By bytes: Swift holds texts equal that Python tells apart.
  private var places: [[UInt8]: Int] = [:]

  subscript(key: String) -> TemplateValue? { places[Array(key.utf8)].map { values[$0] } }

  mutating func set(_ key: String, _ value: TemplateValue) throws {
    let bytes = Array(key.utf8)
    if let place = places[bytes] {
      measure.remove(values[place])
      try measure.add(value)
      values[place] = value
      return
    }
    try measure.add(value)
    places[bytes] = keys.count
    keys.append(key)
    values.append(value)
  }

  var items: [(key: String, value: TemplateValue)] { zip(keys, values).map { ($0, $1) } }
}

/// How deep a container is and how much a walk over it costs: a few lists that hold each other several times
/// are small in memory and endless to print.
private struct TemplateMeasure {
  private(set) var depth = 1
  private(set) var weight = 1

  mutating func add(_ value: TemplateValue) throws {
    switch value {
    case .macro, .loop:
      throw TemplateProblem(.unsupported, "\(value.kind) inside another value is not supported")
    case .list(let list): depth = max(depth, list.measure.depth + 1)
    case .mapping(let mapping): depth = max(depth, mapping.measure.depth + 1)
    default: break
    }
    weight += value.weight
    guard depth <= TemplateLimits.valueDepth else {
      throw TemplateProblem(.limit, "values are nested more than \(TemplateLimits.valueDepth) deep")
    }
    guard weight <= TemplateLimits.items else {
      throw TemplateProblem(.limit, "a value has more than \(TemplateLimits.items) parts")
    }
  }

  mutating func remove(_ value: TemplateValue) { weight -= value.weight }
}

/// The variable `loop` of one round.
struct TemplateLoop: Sendable {
  let items: [TemplateValue]
  let index: Int

  func member(_ name: String) -> TemplateValue {
    switch name {
    case "index": .int(index + 1)
    case "index0": .int(index)
    case "revindex": .int(items.count - index)
    case "revindex0": .int(items.count - index - 1)
    case "first": .bool(index == 0)
    case "last": .bool(index == items.count - 1)
    case "length": .int(items.count)
    case "depth": .int(1)
    case "depth0": .int(0)
    case "previtem": index > 0 ? items[index - 1] : .undefined("there is no previous item")
    case "nextitem": index + 1 < items.count ? items[index + 1] : .undefined("there is no next item")
    default: .undefined("'loop' has no member '\(name)'")
    }
  }
}

/// A macro, or the body of a `call` block with the variables that surround it.
final class TemplateMacro: Sendable {
  let declaration: TemplateMacroDeclaration
  let scopes: [[String: TemplateValue]]?

  init(_ declaration: TemplateMacroDeclaration, scopes: [[String: TemplateValue]]?) {
    self.declaration = declaration
    self.scopes = scopes
  }
}

extension TemplateValue {
  /// What a walk over the value costs.
  var weight: Int {
    switch self {
    case .string(let text), .markup(let text): 1 + text.utf8.count / 64
    case .list(let list): list.measure.weight
    case .mapping(let mapping): mapping.measure.weight
    default: 1
    }
  }

  static func list(of items: [TemplateValue]) throws -> TemplateValue { .list(try TemplateList(items)) }

  /// The word for messages.
  var kind: String {
    switch self {
    case .undefined: "an undefined value"
    case .none: "none"
    case .bool: "a boolean"
    case .int: "an integer"
    case .float: "a number"
    case .string: "a string"
    case .markup: "an escaped text"
    case .list(let list): list.isTuple ? "a tuple" : "a list"
    case .mapping: "a dictionary"
    case .namespace: "a namespace"
    case .loop: "'loop'"
    case .macro: "a macro"
    case .function(let name): "the function '\(name)'"
    }
  }

  var isTrue: Bool {
    switch self {
    case .undefined, .none: false
    case .bool(let value): value
    case .int(let value): value != 0
    case .float(let value): value != 0
    case .string(let value), .markup(let value): !value.utf8.isEmpty
    case .list(let value): !value.items.isEmpty
    case .mapping(let value): !value.keys.isEmpty
    case .namespace, .loop, .macro, .function: true
    }
  }

  /// The same without the mark of escaped text.
  var unmarked: TemplateValue { if case .markup(let text) = self { .string(text) } else { self } }

  var isUndefined: Bool { if case .undefined = self { true } else { false } }

  /// Integers, with booleans as 0 and 1 as in Python.
  var integer: Int? {
    switch self {
    case .int(let value): value
    case .bool(let value): value ? 1 : 0
    default: nil
    }
  }

  var number: Double? {
    if case .float(let value) = self { return value }
    return integer.map(Double.init)
  }

  /// What a loop or a filter goes over.
  func elements() throws -> [TemplateValue] {
    switch self {
    case .list(let list): return list.items
    case .mapping(let mapping): return mapping.keys.map { .string($0) }
    case .string(let text): return text.unicodeScalars.map { .string(String($0)) }
    case .undefined: return []
    default: throw TemplateProblem(.badArgument, "\(kind) is not iterable")
    }
  }
}

extension TemplateValue {
  static func equal(_ a: TemplateValue, _ b: TemplateValue) -> Bool {
    if let x = a.integer, let y = b.integer { return x == y }
    if let x = a.number, let y = b.number { return x == y }
    switch (a.unmarked, b.unmarked) {
    case (.undefined, .undefined), (.none, .none): return true
    case (.string(let x), .string(let y)): return x.utf8.elementsEqual(y.utf8)
    case (.list(let x), .list(let y)):
      return x.isTuple == y.isTuple && x.items.elementsEqual(y.items, by: equal)
    case (.mapping(let x), .mapping(let y)):
      return x.keys.count == y.keys.count
        && x.items.allSatisfy { key, value in y[key].map { equal(value, $0) } ?? false }
    case (.namespace(let x), .namespace(let y)): return x == y
    default: return false
    }
  }

  /// Python's `<`; texts by code point.
  static func less(_ a: TemplateValue, _ b: TemplateValue) throws -> Bool {
    if let x = a.integer, let y = b.integer { return x < y }
    if let x = a.number, let y = b.number { return x < y }
    switch (a.unmarked, b.unmarked) {
    case (.string(let x), .string(let y)): return x.utf8.lexicographicallyPrecedes(y.utf8)
    case (.list(let x), .list(let y)) where x.isTuple == y.isTuple:
      for (p, q) in zip(x.items, y.items) where !equal(p, q) { return try less(p, q) }
      return x.items.count < y.items.count
    default: throw TemplateProblem(.badArgument, "\(a.kind) and \(b.kind) cannot be ordered")
    }
  }
}
