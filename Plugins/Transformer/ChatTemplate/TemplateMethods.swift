internal import TransformerFiles

/// The methods of texts, lists and dictionaries, and the global functions.
extension TemplateEvaluator {
  static let functions: Set<String> = ["raise_exception", "strftime_now", "namespace", "range", "dict"]

  private static let textMethods: Set<String> = [
    "split", "rsplit", "splitlines", "strip", "lstrip", "rstrip", "startswith", "endswith", "replace",
    "upper",
    "lower", "title", "capitalize", "join", "find", "index", "count", "removeprefix", "removesuffix",
    "isdigit",
    "isspace", "format",
  ]
  private static let listMethods: Set<String> = ["index", "count", "append", "extend", "insert", "pop"]
  private static let mappingMethods: Set<String> = [
    "get", "items", "keys", "values", "copy", "update", "pop", "setdefault", "clear", "popitem", "fromkeys",
  ]

  static func methods(of value: TemplateValue) -> Set<String> {
    switch value {
    case .string: textMethods
    case .list: listMethods
    case .mapping: mappingMethods
    case .loop: ["cycle"]
    default: []
    }
  }

  func callMethod(_ name: String, of object: TemplateValue, _ arguments: TemplateCallArguments) throws
    -> TemplateValue
  {
    switch object {
    case .string(let text):
      try charge(textBytes: text.utf8.count)
      return try textMethod(name, text, arguments)
    case .mapping(let mapping): return try mappingMethod(name, mapping, arguments)
    case .loop(let loop):
      guard arguments.named.isEmpty, !arguments.positional.isEmpty else {
        throw TemplateProblem(.badArgument, "'cycle' needs values")
      }
      return arguments.positional[loop.index % arguments.positional.count]
    case .list(let list) where name == "index" || name == "count":
      guard let item = try arguments.bound(to: ["value"], of: name)[0] else { break }
      try charge(TemplateValue.list(list).weight)
      let places = list.items.indices.filter { TemplateValue.equal(list.items[$0], item) }
      if name == "count" { return .int(places.count) }
      guard let first = places.first else { throw TemplateProblem(.badArgument, "'index' finds nothing") }
      return .int(first)
    default: break
    }
    throw TemplateProblem(.unsupported, "the method '\(name)' of \(object.kind) is not supported here")
  }

  private func mappingMethod(_ name: String, _ mapping: TemplateMapping, _ arguments: TemplateCallArguments)
    throws -> TemplateValue
  {
    if name == "get" {
      let given = try arguments.bound(to: ["key", "default"], of: name)
      guard let key = given[0] else { throw TemplateProblem(.badArgument, "'get' needs a key") }
      let fallback = given[1] ?? TemplateValue.none
      if case .string(let text) = key { return mapping[text] ?? fallback }
      return fallback
    }
    _ = try arguments.bound(to: [], of: name)
    switch name {
    case "items": return try pairs(mapping)
    case "keys": return try list(mapping.keys.map { .string($0) })
    case "values": return try list(mapping.values)
    case "copy": return .mapping(mapping)
    default:
      throw TemplateProblem(.unsupported, "the method '\(name)' of a dictionary is not supported")
    }
  }

  private func textMethod(_ name: String, _ text: String, _ arguments: TemplateCallArguments) throws
    -> TemplateValue
  {
    switch name {
    case "split", "rsplit": return try split(name, text, arguments)
    case "splitlines":
      _ = try arguments.bound(to: [], of: name)
      return try list(TemplateText.lines(text).map { .string($0) })
    case "strip", "lstrip", "rstrip":
      let given = try arguments.bound(to: ["chars"], of: name)[0]
      let characters = try optional(given).map { try string($0) }
      return .string(
        TemplateText.trimmed(text, of: characters, start: name != "rstrip", end: name != "lstrip"))
    case "replace":
      return try replaced(text, arguments.bound(to: ["old", "new", "count"], of: name), string)
    case "upper", "lower", "title", "capitalize":
      _ = try arguments.bound(to: [], of: name)
      return name == "title" ? .string(TemplateText.titled(text)) : try filter(name, .string(text), arguments)
    case "isdigit", "isspace":
      _ = try arguments.bound(to: [], of: name)
      let holds = text.unicodeScalars.allSatisfy {
        name == "isspace"
          ? $0.isSpace : $0.properties.numericType == .decimal || $0.properties.numericType == .digit
      }
      return .bool(!text.isEmpty && holds)
    case "format": return try self.text(TemplateFormat(self).braces(text, arguments))
    default: return try search(name, text, arguments)
    }
  }

  /// Python's None where an argument may be left out.
  private func optional(_ value: TemplateValue?) -> TemplateValue? {
    if let value, case TemplateValue.none = value { return nil }
    return value
  }

  private func split(_ name: String, _ text: String, _ arguments: TemplateCallArguments) throws
    -> TemplateValue
  {
    let given = try arguments.bound(to: ["sep", "maxsplit"], of: name)
    let limit = given[1].map { $0.integer ?? -1 } ?? -1
    let most = limit < 0 ? Int.max : limit
    guard let separator = try optional(given[0]).map({ try string($0) }) else {
      guard name == "split" || limit < 0 else {
        throw TemplateProblem(.unsupported, "'rsplit' with a limit needs a separator")
      }
      let words = TemplateText.words(text, atMost: most)
      return try list(words.map { .string($0) })
    }
    guard !separator.isEmpty else {
      throw TemplateProblem(.badArgument, "'\(name)' cannot use an empty separator")
    }
    let parts = TemplateText.split(text, by: separator, atMost: most, fromEnd: name == "rsplit")
    return try list(parts.map { .string($0) })
  }

  private func search(_ name: String, _ text: String, _ arguments: TemplateCallArguments) throws
    -> TemplateValue
  {
    guard let given = try arguments.bound(to: ["value"], of: name)[0] else {
      throw TemplateProblem(.badArgument, "'\(name)' needs a value")
    }
    if name == "join" {
      return try joined(given.elements().map { try string($0) }, with: text)
    }
    if name == "startswith" || name == "endswith" {
      var parts = [given]
      if case .list(let list) = given, list.isTuple { parts = list.items }
      return .bool(
        try parts.contains { part in
          let part = try string(part)
          return name == "startswith" ? TemplateText.starts(text, part) : TemplateText.ends(text, part)
        })
    }
    let part = try string(given)
    switch name {
    case "removeprefix":
      let count = TemplateText.starts(text, part) ? part.utf8.count : 0
      return .string(String(decoding: text.utf8.dropFirst(count), as: UTF8.self))
    case "removesuffix":
      let count = TemplateText.ends(text, part) ? part.utf8.count : 0
      return .string(String(decoding: text.utf8.dropLast(count), as: UTF8.self))
    default: return try place(name, of: part, in: text)
    }
  }

  private func place(_ name: String, of part: String, in text: String) throws -> TemplateValue {
    let places = TemplateText.places(of: part, in: text)
    if name == "count" {
      return .int(part.isEmpty ? text.unicodeScalars.count + 1 : places.count)
    }
    guard let byte = part.isEmpty ? 0 : places.first else {
      guard name == "find" else { throw TemplateProblem(.badArgument, "'index' finds nothing") }
      return .int(-1)
    }
    return .int(String(decoding: text.utf8.prefix(byte), as: UTF8.self).unicodeScalars.count)
  }

  // MARK: Functions

  func callFunction(_ name: String, _ arguments: TemplateCallArguments) throws -> TemplateValue {
    switch name {
    case "raise_exception":
      guard let message = try arguments.bound(to: ["message"], of: name)[0] else { break }
      throw TemplateRefusal(text: try printed(message))
    case "strftime_now":
      guard let format = try arguments.bound(to: ["format"], of: name)[0] else { break }
      guard let date else { throw TemplateProblem(.badArgument, "there is no date") }
      return try text(date.formatted(string(format)))
    case "range": return try range(arguments)
    default:
      guard arguments.positional.isEmpty else {
        throw TemplateProblem(.unsupported, "'\(name)' of a value is not supported; give its members by name")
      }
      guard name == "dict" else { return try newNamespace(arguments.named) }
      var mapping = TemplateMapping()
      for (key, value) in arguments.named { try mapping.set(key, value) }
      return .mapping(mapping)
    }
    throw TemplateProblem(.badArgument, "'\(name)' needs a value")
  }

  private func range(_ arguments: TemplateCallArguments) throws -> TemplateValue {
    let numbers = arguments.positional.compactMap(\.integer)
    guard arguments.named.isEmpty, numbers.count == arguments.positional.count,
      (1...3).contains(numbers.count)
    else { throw TemplateProblem(.badArgument, "'range' takes one to three integers") }
    let (start, end) = numbers.count == 1 ? (0, numbers[0]) : (numbers[0], numbers[1])
    let step = numbers.count == 3 ? numbers[2] : 1
    guard step != 0 else { throw TemplateProblem(.badArgument, "'range' cannot have the step 0") }
    guard [start, end, step].allSatisfy({ $0.magnitude < 1 << 60 }),
      (end - start) / step < TemplateLimits.items
    else { throw TemplateProblem(.limit, "a range has more than \(TemplateLimits.items) numbers") }
    return try list(stride(from: start, to: end, by: step).map { .int($0) })
  }
}
