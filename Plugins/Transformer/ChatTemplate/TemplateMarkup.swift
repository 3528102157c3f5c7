internal import TransformerFiles

/// Texts that are marked as fit for HTML, as markupsafe's `Markup`: what Jinja makes of `escape` and `safe`.
///
/// Templates are rendered without automatic escaping, so the mark shows only where texts are joined with `+`. What would
/// need more of `Markup` than is here is refused.
extension TemplateEvaluator {
  /// The filters that make marked texts or keep the mark; nil: the filter sees the bare text.
  func markedFilter(_ name: String, _ value: TemplateValue, _ arguments: TemplateCallArguments) throws
    -> TemplateValue?
  {
    switch name {
    case "e", "escape", "forceescape", "safe":
      _ = try arguments.bound(to: [], of: name)
      if case .markup = value, name != "forceescape" { return value }
      let text = try printed(value)
      return .markup(name == "safe" ? text : try escaped(text))
    default: break
    }
    guard case .markup(let text) = value else { return nil }
    switch name {
    case "string", "default", "d":
      return name == "string" || !text.isEmpty ? value : nil
    case "trim", "upper", "lower", "capitalize":
      return .markup(try printed(filter(name, .string(text), arguments)))
    case "length", "count", "tojson", "replace", "int", "float", "title", "join", "list": return nil
    default:
      throw TemplateProblem(.unsupported, "the filter '\(name)' of an escaped text is not supported")
    }
  }

  /// A sum with a marked text; nil when there is none.
  func markedSum(_ symbol: String, _ a: TemplateValue, _ b: TemplateValue) throws -> TemplateValue? {
    let joined: String
    switch (symbol, a, b) {
    case ("+", .markup(let x), .markup(let y)): joined = x + y
    case ("+", .markup(let x), .string(let y)): joined = x + (try escaped(y))
    case ("+", .string(let x), .markup(let y)): joined = try escaped(x) + y
    case (_, .markup, _), (_, _, .markup):
      throw TemplateProblem(.unsupported, "'\(symbol)' of \(a.kind) and \(b.kind) is not supported")
    default: return nil
    }
    try charge(textBytes: joined.utf8.count)
    return .markup(joined)
  }

  private func escaped(_ text: String) throws -> String {
    try charge(textBytes: text.utf8.count * 5)
    var result = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result.append(contentsOf: "&amp;".unicodeScalars)
      case "<": result.append(contentsOf: "&lt;".unicodeScalars)
      case ">": result.append(contentsOf: "&gt;".unicodeScalars)
      case "\"": result.append(contentsOf: "&#34;".unicodeScalars)
      case "'": result.append(contentsOf: "&#39;".unicodeScalars)
      default: result.append(scalar)
      }
    }
    return String(result)
  }
}
