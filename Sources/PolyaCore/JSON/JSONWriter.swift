extension JSON {
  /// One line, the same bytes for the same value: what records and hashes are made of.
  public var compact: String {
    var text = ""
    write(to: &text, indent: nil)
    return text
  }

  /// Two spaces an indent, for files that people read.
  public var pretty: String {
    var text = ""
    write(to: &text, indent: 0)
    return text
  }

  private func write(to text: inout String, indent: Int?) {
    switch self {
    case .null: text += "null"
    case .bool(let value): text += value ? "true" : "false"
    case .integer(let value): text += String(value)
    case .real(let value): Self.write(value, to: &text)
    case .string(let value): Self.write(value, to: &text)
    case .array(let values):
      Self.writeList("[", "]", values, to: &text, indent) { $0.write(to: &$1, indent: $2) }
    case .object(let members):
      Self.writeList("{", "}", members.pairs, to: &text, indent) { pair, text, indent in
        Self.write(pair.key, to: &text)
        text += indent == nil ? ":" : ": "
        pair.value.write(to: &text, indent: indent)
      }
    }
  }

  private static func writeList<Element>(
    _ open: String, _ close: String, _ elements: [Element], to text: inout String, _ indent: Int?,
    _ write: (Element, inout String, Int?) -> Void
  ) {
    let inner = indent.map { $0 + 1 }
    func newLine(_ level: Int?) { if let level { text += "\n" + String(repeating: "  ", count: level) } }
    text += open
    for (index, element) in elements.enumerated() {
      if index > 0 { text += "," }
      newLine(inner)
      write(element, &text, inner)
    }
    if !elements.isEmpty { newLine(indent) }
    text += close
  }

  /// Shortest decimal that reads back as the same number.
  private static func write(_ value: Double, to text: inout String) {
    guard value.isFinite else {
      text += "null"
      return
    }
    text += value.description
  }

  private static func write(_ value: String, to text: inout String) {
    text += "\""
    for scalar in value.unicodeScalars {
      switch scalar {
      case "\"": text += "\\\""
      case "\\": text += "\\\\"
      case "\n": text += "\\n"
      case "\r": text += "\\r"
      case "\t": text += "\\t"
      case "\u{0}"..<"\u{20}", "\u{7F}":
        let digits = String(scalar.value, radix: 16)
        text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: text.unicodeScalars.append(scalar)
      }
    }
    text += "\""
  }
}
