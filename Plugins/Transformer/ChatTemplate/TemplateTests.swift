internal import TransformerFiles

/// The tests after `is`.
enum TemplateTests {
  static let names: Set<String> = [
    "defined", "undefined", "none", "string", "mapping", "iterable", "sequence", "number", "integer", "float",
    "boolean", "true", "false", "callable", "equalto", "eq", "ne", "lt", "le", "gt", "ge", "in", "sameas",
    "odd",
    "even", "divisibleby", "lower", "upper", "==", "!=", "<", "<=", ">", ">=",
  ]
  private static let relations = [
    "equalto": "==", "eq": "==", "ne": "!=", "lt": "<", "le": "<=", "gt": ">", "ge": ">=", "in": "in",
  ]

  static func relation(_ name: String) -> String? {
    relations[name] ?? (relations.values.contains(name) ? name : nil)
  }
}

extension TemplateEvaluator {
  func test(_ name: String, _ tested: TemplateValue, _ arguments: TemplateCallArguments) throws -> Bool {
    let value = tested.unmarked
    if name == "sameas" || name == "divisibleby" || TemplateTests.relation(name) != nil {
      guard let other = try arguments.bound(to: ["other"], of: name)[0] else {
        throw TemplateProblem(.badArgument, "the test '\(name)' needs a value")
      }
      if let relation = TemplateTests.relation(name) { return try holds(relation, value, other) }
      try charge(value.weight)
      if name == "sameas" { return value.kind == other.kind && TemplateValue.equal(value, other) }
      return !(try arithmetic("%", value, other).isTrue)
    }
    _ = try arguments.bound(to: [], of: name)
    switch name {
    case "odd", "even": return try arithmetic("%", value, .int(2)).isTrue == (name == "odd")
    case "lower", "upper":
      let text = try printed(value)
      let changed = name == "lower" ? text.lowercased() : text.uppercased()
      return text.unicodeScalars.contains { $0.properties.isCased } && changed.utf8.elementsEqual(text.utf8)
    default: return try kindTest(name, value)
    }
  }

  private func kindTest(_ name: String, _ value: TemplateValue) throws -> Bool {
    switch (name, value) {
    case ("undefined", .undefined), ("none", .none), ("string", .string), ("mapping", .mapping),
      ("integer", .int), ("float", .float), ("boolean", .bool), ("true", .bool(true)),
      ("false", .bool(false)),
      ("callable", .macro), ("callable", .function), ("number", .int), ("number", .float), ("number", .bool),
      ("iterable", .string), ("iterable", .list), ("iterable", .mapping), ("iterable", .undefined),
      ("sequence", .string), ("sequence", .list), ("sequence", .mapping), ("sequence", .undefined):
      return true
    case ("defined", _): return !value.isUndefined
    default: return false
    }
  }
}
