internal import TransformerFiles

/// Python's operations on texts: by code point, never by grapheme, and without canonical equivalence.
enum TemplateText {
  /// The byte offsets of `part`, left to right, without overlap.
  static func places(of part: String, in text: String) -> [Int] {
    let part = Array(part.utf8)
    let text = Array(text.utf8)
    guard let first = part.first, part.count <= text.count else { return [] }
    var places: [Int] = []
    var at = 0
    while at + part.count <= text.count {
      if text[at] == first, text[at..<at + part.count].elementsEqual(part) {
        places.append(at)
        at += part.count
      } else {
        at += 1
      }
    }
    return places
  }

  static func starts(_ text: String, _ part: String) -> Bool { text.utf8.starts(with: part.utf8) }

  static func ends(_ text: String, _ part: String) -> Bool {
    text.utf8.reversed().starts(with: part.utf8.reversed())
  }

  static func split(_ text: String, by separator: String, atMost limit: Int, fromEnd: Bool = false)
    -> [String]
  {
    let bytes = Array(text.utf8)
    let all = places(of: separator, in: text)
    let cuts = fromEnd ? Array(all.suffix(limit)) : Array(all.prefix(limit))
    var parts: [String] = []
    var start = 0
    for cut in cuts {
      parts.append(String(decoding: bytes[start..<cut], as: UTF8.self))
      start = cut + separator.utf8.count
    }
    return parts + [String(decoding: bytes[start...], as: UTF8.self)]
  }

  /// Split at runs of white space; the rest after `limit` cuts stays whole.
  static func words(_ text: String, atMost limit: Int) -> [String] {
    var rest = Array(text.unicodeScalars)[...].drop(while: \.isSpace)
    var parts: [String] = []
    while !rest.isEmpty, parts.count < limit {
      let word = rest.prefix { !$0.isSpace }
      parts.append(String(scalars: word))
      rest = rest[word.endIndex...].drop(while: \.isSpace)
    }
    return rest.isEmpty ? parts : parts + [String(scalars: rest)]
  }

  /// The lines without their ends, as `str.splitlines`.
  static func lines(_ text: String) -> [String] {
    let scalars = Array(text.unicodeScalars)
    var lines: [String] = []
    var start = 0
    var at = 0
    while at < scalars.count {
      guard isLineEnd(scalars[at]) else {
        at += 1
        continue
      }
      lines.append(String(scalars: scalars[start..<at]))
      at += scalars[at] == "\r" && at + 1 < scalars.count && scalars[at + 1] == "\n" ? 2 : 1
      start = at
    }
    return start < scalars.count ? lines + [String(scalars: scalars[start...])] : lines
  }

  private static func isLineEnd(_ scalar: Unicode.Scalar) -> Bool {
    (0xA...0xD).contains(scalar.value) || (0x1C...0x1E).contains(scalar.value)
      || [0x85, 0x2028, 0x2029].contains(scalar.value)
  }

  static func trimmed(_ text: String, of characters: String?, start: Bool = true, end: Bool = true) -> String
  {
    let set = characters.map { Set($0.unicodeScalars) }
    func goes(_ scalar: Unicode.Scalar) -> Bool { set?.contains(scalar) ?? scalar.isSpace }
    var scalars = Array(text.unicodeScalars)[...]
    if start { scalars = scalars.drop(while: goes) }
    if end { while let last = scalars.last, goes(last) { scalars.removeLast() } }
    return String(scalars: scalars)
  }

  /// Upper case after a character without case, lower case after one with, as `str.title`.
  static func titled(_ text: String) -> String {
    var result = ""
    var follows = false
    for scalar in text.unicodeScalars {
      let properties = scalar.properties
      result += follows ? properties.lowercaseMapping : properties.titlecaseMapping
      follows = properties.isCased
    }
    return result
  }

  static func capitalized(_ text: String) -> String {
    guard let first = text.unicodeScalars.first else { return "" }
    return first.properties.titlecaseMapping + String(scalars: text.unicodeScalars.dropFirst()).lowercased()
  }

  /// Jinja's `title`: each word after white space or one of `-({[<`.
  static func wordsTitled(_ text: String) -> String {
    var result = ""
    var follows = false
    for scalar in text.unicodeScalars {
      if scalar.isSpace || "-({[<".unicodeScalars.contains(scalar) {
        result.unicodeScalars.append(scalar)
        follows = false
      } else {
        result += follows ? scalar.properties.lowercaseMapping : scalar.properties.uppercaseMapping
        follows = true
      }
    }
    return result
  }

  /// A float as Python prints it: the shortest digits, with an exponent from 1e16 on and below 1e-4.
  static func float(_ value: Double) -> String {
    guard value.isFinite else { return value.isNaN ? "nan" : value < 0 ? "-inf" : "inf" }
    guard abs(value) >= 1e16, !value.description.contains("e") else { return value.description }
    let digits = value.magnitude.description.dropLast(2)
    let mantissa = trimmed(String(digits.dropFirst()), of: "0", start: false)
    let exponent = digits.count - 1
    return (value < 0 ? "-" : "") + digits.prefix(1) + (mantissa.isEmpty ? "" : "." + mantissa)
      + "e+\(exponent)"
  }

  /// A text as Python's `repr` writes it.
  static func literal(_ text: String) -> String {
    let scalars = text.unicodeScalars
    let quote: Unicode.Scalar = scalars.contains("'") && !scalars.contains("\"") ? "\"" : "'"
    var result = String(quote)
    for scalar in scalars {
      switch scalar {
      case quote, "\\": result += "\\" + String(scalar)
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      case "\t": result += "\\t"
      case _ where !isPrintable(scalar):
        let (letter, width) = scalar.value < 0x100 ? ("x", 2) : scalar.value < 0x10000 ? ("u", 4) : ("U", 8)
        result += "\\" + letter + hexadecimal(scalar.value, width)
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + String(quote)
  }

  private static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: false
    case .spaceSeparator: scalar == " "
    default: true
    }
  }

  static func hexadecimal(_ value: UInt32, _ width: Int) -> String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
  }
}

extension TemplateEvaluator {
  /// Python's `str`.
  func printed(_ value: TemplateValue) throws -> String {
    if case .string(let text) = value.unmarked { return text }
    if value.isUndefined { return "" }
    return try literal(value)
  }

  /// Python's `repr`.
  private func literal(_ value: TemplateValue) throws -> String {
    try charge(1)
    switch value {
    case .undefined: return "Undefined"
    case .none: return "None"
    case .bool(let value): return value ? "True" : "False"
    case .int(let value): return String(value)
    case .float(let value): return TemplateText.float(value)
    case .string(let text):
      try charge(textBytes: text.utf8.count)
      return TemplateText.literal(text)
    case .list(let list):
      let items = try joinedText(list.items.map { try literal($0) }, with: ", ")
      guard list.isTuple else { return "[" + items + "]" }
      return "(" + items + (list.items.count == 1 ? ",)" : ")")
    case .mapping(let mapping):
      let items = try mapping.items.map { TemplateText.literal($0.key) + ": " + (try literal($0.value)) }
      return "{" + (try joinedText(items, with: ", ")) + "}"
    default: throw TemplateProblem(.unsupported, "printing \(value.kind) is not supported")
    }
  }

  func joined(_ parts: [String], with separator: String) throws -> TemplateValue {
    .string(try joinedText(parts, with: separator))
  }

  func joinedText(_ parts: [String], with separator: String) throws -> String {
    var size = 0
    for part in parts {
      size += part.utf8.count + separator.utf8.count
      try charge(textBytes: part.utf8.count + separator.utf8.count)
      guard size <= TemplateLimits.textBytes + separator.utf8.count else {
        throw TemplateProblem(.limit, "a string is longer than \(TemplateLimits.textBytes) bytes")
      }
    }
    return parts.joined(separator: separator)
  }
}
