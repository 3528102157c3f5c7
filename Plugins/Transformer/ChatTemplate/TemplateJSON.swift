internal import PolyaKit
internal import TransformerFiles

/// Between JSON and values of templates.
extension TemplateValue {
  init(_ json: JSON) throws {
    switch json {
    case .null: self = TemplateValue.none
    case .bool(let value): self = .bool(value)
    case .number(let text): self = Int(text).map { .int($0) } ?? .float(Double(text) ?? .nan)
    case .string(let text): self = .string(text)
    case .array(let items): self = try .list(of: items.map { try TemplateValue($0) })
    case .object(let members):
      var mapping = TemplateMapping()
      for (key, value) in members { try mapping.set(key, try TemplateValue(value)) }
      self = .mapping(mapping)
    }
  }
}

/// The options of Python's `json.dumps` that the filter `tojson` passes on.
private struct JSONStyle {
  var isASCII = false
  var margin: String?
  var comma = ", "
  var colon = ": "
  var isSorted = false
}

extension TemplateEvaluator {
  /// As `transformers` defines `tojson`: nothing escaped for HTML, other scripts as they are.
  func json(_ value: TemplateValue, _ arguments: TemplateCallArguments) throws -> String {
    let given = try arguments.bound(to: ["ensure_ascii", "indent", "separators", "sort_keys"], of: "tojson")
    var style = JSONStyle(isASCII: given[0]?.isTrue == true, isSorted: given[3]?.isTrue == true)
    switch given[1] {
    case .string(let text)?: style.margin = text
    case .int(let width)?:
      guard width <= 100 else { throw TemplateProblem(.limit, "'tojson' cannot indent by more than 100") }
      style.margin = String(repeating: " ", count: max(0, width))
    default: break
    }
    if style.margin != nil { style.comma = "," }
    if case .list(let separators)? = given[2], separators.items.count == 2 {
      style.comma = try string(separators.items[0])
      style.colon = try string(separators.items[1])
    }
    return try json(value, style, level: 1)
  }

  private func json(_ value: TemplateValue, _ style: JSONStyle, level: Int) throws -> String {
    try charge(1)
    switch value {
    case .none: return "null"
    case .bool(let value): return value ? "true" : "false"
    case .int(let value): return String(value)
    case .float(let value):
      guard value.isFinite else { return value.isNaN ? "NaN" : value < 0 ? "-Infinity" : "Infinity" }
      return TemplateText.float(value)
    case .string(let text), .markup(let text): return try json(text, style)
    case .list(let list):
      return try json(list.items.map { try json($0, style, level: level + 1) }, "[", "]", style, level)
    case .mapping(let mapping):
      var members = mapping.items
      if style.isSorted { members.sort { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) } }
      let items = try members.map {
        try json($0.key, style) + style.colon + json($0.value, style, level: level + 1)
      }
      return try json(items, "{", "}", style, level)
    default: throw TemplateProblem(.badArgument, "\(value.kind) has no JSON form")
    }
  }

  private func json(
    _ items: [String], _ open: String, _ close: String, _ style: JSONStyle, _ level: Int
  ) throws -> String {
    guard !items.isEmpty, let margin = style.margin else {
      return try joinedText([open, try joinedText(items, with: style.comma), close], with: "")
    }
    let outer = "\n" + String(repeating: margin, count: level - 1)
    let body = try joinedText(items, with: style.comma + outer + margin)
    return try joinedText([open, outer, margin, body, outer, close], with: "")
  }

  private func json(_ text: String, _ style: JSONStyle) throws -> String {
    try charge(textBytes: text.utf8.count)
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      case "\t": result += "\\t"
      case "\u{8}": result += "\\b"
      case "\u{C}": result += "\\f"
      case _ where scalar.value < 0x20 || (style.isASCII && scalar.value > 0x7E):

        for unit in String(scalar).utf16 { result += "\\u" + TemplateText.hexadecimal(UInt32(unit), 4) }
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}
