internal import TransformerFiles

/// The filters that chat templates use, as Jinja and `transformers` define them.
enum TemplateFilters {
  static let names: Set<String> = [
    "trim", "length", "count", "upper", "lower", "title", "capitalize", "tojson", "default", "d", "join",
    "first",
    "last", "replace", "map", "select", "reject", "selectattr", "rejectattr", "list", "string", "int",
    "float",
    "items", "dictsort", "sort", "unique", "reverse", "safe", "indent", "abs", "round", "format", "e",
    "escape", "forceescape",
  ]
}

extension TemplateEvaluator {
  func filter(_ name: String, _ input: TemplateValue, _ arguments: TemplateCallArguments) throws
    -> TemplateValue
  {
    if let marked = try markedFilter(name, input, arguments) { return marked }
    let value = input.unmarked
    switch name {
    case "map", "select", "reject", "selectattr", "rejectattr":
      return try selection(name, value, arguments)
    case "tojson": return try text(json(value, arguments))
    case "default", "d":
      let given = try arguments.bound(to: ["default_value", "boolean"], of: name)
      let isMissing = value.isUndefined || (given[1]?.isTrue == true && !value.isTrue)
      return isMissing ? given[0] ?? .string("") : value
    case "trim":
      let characters = try arguments.bound(to: ["chars"], of: name)[0]
      return try text(TemplateText.trimmed(printed(value), of: characters.map { try string($0) }))
    case "join":
      let given = try arguments.bound(to: ["d", "attribute"], of: name)
      let items = try given[1].map { try attributes(value.elements(), $0, nil) } ?? value.elements()
      return try joined(items.map { try printed($0) }, with: given[0].map { try printed($0) } ?? "")
    case "replace":
      let given = try arguments.bound(to: ["old", "new", "count"], of: name)
      return try replaced(printed(value), given, printed)
    case "format": return try text(TemplateFormat(self).percents(printed(value), arguments))
    case "round": return try rounded(value, arguments)
    case "int", "float": return try converted(name, value, arguments)
    case "indent": return try indented(printed(value), arguments)
    case "dictsort", "sort", "unique": return try ordered(name, value, arguments)
    default:
      _ = try arguments.bound(to: [], of: name)
      return try plainFilter(name, value)
    }
  }

  /// The filters without arguments.
  private func plainFilter(_ name: String, _ value: TemplateValue) throws -> TemplateValue {
    switch name {
    case "length", "count":
      guard case .string(let text) = value else { return .int(try value.elements().count) }
      try charge(textBytes: text.utf8.count)
      return .int(text.unicodeScalars.count)
    case "upper": return try text(printed(value).uppercased())
    case "lower": return try text(printed(value).lowercased())
    case "title": return try text(TemplateText.wordsTitled(printed(value)))
    case "capitalize": return try text(TemplateText.capitalized(printed(value)))
    case "string": return try text(printed(value))
    case "list": return try list(value.elements())
    case "first": return try value.elements().first ?? .undefined("there is no first item")
    case "last": return try value.elements().last ?? .undefined("there is no last item")
    case "items":
      guard !value.isUndefined else { return try list([]) }
      guard case .mapping(let mapping) = value else {
        throw TemplateProblem(.badArgument, "'items' does not apply to \(value.kind)")
      }
      return try pairs(mapping)
    case "reverse":
      if case .string(let text) = value {
        return try self.text(String(scalars: text.unicodeScalars.reversed()))
      }
      return try list(value.elements().reversed())
    default:
      guard let number = value.number else {
        throw TemplateProblem(.badArgument, "'\(name)' does not apply to \(value.kind)")
      }
      guard let integer = value.integer else { return .float(number.magnitude) }
      return integer < 0 ? try arithmetic("-", .int(0), value) : .int(integer)
    }
  }

  func pairs(_ mapping: TemplateMapping) throws -> TemplateValue {
    try list(mapping.items.map { .list(try TemplateList([.string($0.key), $0.value], isTuple: true)) })
  }

  func string(_ value: TemplateValue) throws -> String {
    guard case .string(let text) = value.unmarked else {
      throw TemplateProblem(.badArgument, "expected a string, found \(value.kind)")
    }
    return text
  }

  func replaced(
    _ text: String, _ given: [TemplateValue?], _ string: (TemplateValue) throws -> String
  ) throws -> TemplateValue {
    guard let first = given[0], let second = given[1] else {
      throw TemplateProblem(.badArgument, "'replace' needs two strings")
    }
    let old = try string(first)
    let new = try string(second)
    let limit = given[2]?.integer ?? -1
    guard old.isEmpty else {
      let parts = TemplateText.split(text, by: old, atMost: limit < 0 ? .max : limit)
      return try joined(parts, with: new)
    }
    throw TemplateProblem(.unsupported, "replacing an empty string is not supported")
  }

  private func converted(_ name: String, _ value: TemplateValue, _ arguments: TemplateCallArguments) throws
    -> TemplateValue
  {
    let initial = try arguments.bound(to: ["default"], of: name)[0]
    if case .undefined(let why) = value { throw TemplateProblem(.badArgument, why) }
    var number = value.number
    if case .string(let text) = value {
      let digits = TemplateText.trimmed(text, of: nil)
      if name == "int", let integer = Int(digits) { return .int(integer) }
      number = digits.contains(where: { "xXpP".contains($0) }) ? nil : Double(digits)
    }
    guard name == "int" else { return number.map { .float($0) } ?? initial ?? .float(0) }
    if let integer = value.integer { return .int(integer) }
    return number.flatMap { Int(exactly: $0.rounded(.towardZero)) }.map { .int($0) } ?? initial ?? .int(0)
  }

  private func indented(_ text: String, _ arguments: TemplateCallArguments) throws -> TemplateValue {
    let given = try arguments.bound(to: ["width", "first", "blank"], of: "indent")
    let margin: String
    if case .string(let text)? = given[0] {
      margin = text
    } else {
      let width = given[0].map(\.integer) ?? 4
      guard let width, width <= 1000 else {
        throw TemplateProblem(.limit, "'indent' cannot indent by more than 1000")
      }
      margin = String(repeating: " ", count: max(0, width))
    }
    try charge(textBytes: text.utf8.count)
    let lines = TemplateText.lines(text + "\n")
    let blank = given[2]?.isTrue == true
    let rest = lines.dropFirst().map { $0.isEmpty && !blank ? $0 : margin + $0 }
    let first = (given[1]?.isTrue == true ? margin : "") + (lines.first ?? "")
    return try joined([first] + rest, with: "\n")
  }

  // MARK: Items

  private func attributes(_ items: [TemplateValue], _ path: TemplateValue, _ initial: TemplateValue?) throws
    -> [TemplateValue]
  {
    try items.map { item in
      let value = try attribute(item, path)
      return value.isUndefined ? initial ?? value : value
    }
  }

  private func attribute(_ item: TemplateValue, _ path: TemplateValue) throws -> TemplateValue {
    guard case .string(let text) = path else { return try self.item(item, path) }
    return try TemplateText.split(text, by: ".", atMost: .max).reduce(item) { value, name in
      try charge(1)
      return try self.item(value, Int(name).map { .int($0) } ?? .string(name))
    }
  }

  private func selection(_ name: String, _ value: TemplateValue, _ arguments: TemplateCallArguments) throws
    -> TemplateValue
  {
    let items = try value.elements()
    try charge(items.count)
    var rest = arguments
    if name == "map", rest.positional.isEmpty {
      let given = try rest.bound(to: ["attribute", "default"], of: name)
      guard let path = given[0] else {
        throw TemplateProblem(.badArgument, "'map' needs a filter or an attribute")
      }
      return try list(attributes(items, path, given[1]))
    }
    if name == "map" {
      let inner = try string(rest.positional.removeFirst())
      guard TemplateFilters.names.contains(inner) else {
        throw TemplateProblem(.unsupported, "the filter '\(inner)' is not supported")
      }
      return try deeper { try list(items.map { try filter(inner, $0, rest) }) }
    }
    var path: TemplateValue?
    if name.hasSuffix("attr") {
      guard !rest.positional.isEmpty else {
        throw TemplateProblem(.badArgument, "'\(name)' needs an attribute")
      }
      path = rest.positional.removeFirst()
    }
    let test = rest.positional.isEmpty ? nil : try string(rest.positional.removeFirst())
    if let test, !TemplateTests.names.contains(test) {
      throw TemplateProblem(.unsupported, "the test '\(test)' is not supported")
    }
    return try list(
      items.filter { item in
        let tested = try path.map { try attribute(item, $0) } ?? item
        let holds = try test.map { try self.test($0, tested, rest) } ?? tested.isTrue
        return holds == name.hasPrefix("select")
      })
  }

  private func ordered(_ name: String, _ value: TemplateValue, _ arguments: TemplateCallArguments) throws
    -> TemplateValue
  {
    let names = [
      "dictsort": ["case_sensitive", "by", "reverse"], "sort": ["reverse", "case_sensitive", "attribute"],
    ]
    let parameters = names[name] ?? ["case_sensitive", "attribute"]
    let given = try arguments.bound(to: parameters, of: name)
    func option(_ name: String) -> TemplateValue? { parameters.firstIndex(of: name).flatMap { given[$0] } }
    let ignoresCase = option("case_sensitive")?.isTrue != true
    var items = try value.elements()
    var path = option("attribute")
    if name == "dictsort" {
      items = try filter("items", value, TemplateCallArguments()).elements()
      guard let place = try ["key", "value"].firstIndex(of: option("by").map { try string($0) } ?? "key")
      else {
        throw TemplateProblem(.badArgument, "'dictsort' sorts only by 'key' or 'value'")
      }
      path = .int(place)
    }
    try charge(value.weight * 20)
    let keyed = try items.map { item in
      let key = try path.map { try attribute(item, $0) } ?? item
      guard ignoresCase, case .string(let text) = key else { return (key: key, item: item) }
      return (key: try self.text(text.lowercased()), item: item)
    }
    if name == "unique" { return try list(firsts(keyed)) }
    // Python keeps the order of equal items, in reverse too.
    let isReversed = option("reverse")?.isTrue == true
    let sorted = try keyed.sorted {
      try isReversed ? TemplateValue.less($1.key, $0.key) : TemplateValue.less($0.key, $1.key)
    }
    return try list(sorted.map(\.item))
  }

  private func firsts(_ pairs: [(key: TemplateValue, item: TemplateValue)]) throws -> [TemplateValue] {
    var kept: [(key: TemplateValue, item: TemplateValue)] = []
    for pair in pairs {
      try charge(kept.count * pair.key.weight)
      if !kept.contains(where: { TemplateValue.equal($0.key, pair.key) }) { kept.append(pair) }
    }
    return kept.map(\.item)
  }
}
