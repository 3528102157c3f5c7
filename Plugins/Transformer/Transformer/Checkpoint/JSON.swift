/// A JSON value. Numbers keep their text, so that 64-bit integers survive.
enum JSON: Sendable, Equatable {
  case null
  case bool(Bool)
  case number(String)
  case string(String)
  case array([JSON])
  /// In the order of the file; the last of equal keys counts.
  case object([(key: String, value: JSON)])

  static func == (a: JSON, b: JSON) -> Bool {
    switch (a, b) {
    case (.null, .null): true
    case (.bool(let x), .bool(let y)): x == y
    case (.number(let x), .number(let y)): x == y
    case (.string(let x), .string(let y)): x == y
    case (.array(let x), .array(let y)): x == y
    case (.object(let x), .object(let y)): x.elementsEqual(y) { $0.key == $1.key && $0.value == $1.value }
    default: false
    }
  }

  /// The member of an object; nil when absent, null, or not an object.
  subscript(key: String) -> JSON? {
    guard case .object(let members) = self, let value = members.last(where: { $0.key == key })?.value else {
      return nil
    }
    return value == .null ? nil : value
  }

  var string: String? { if case .string(let value) = self { value } else { nil } }
  var bool: Bool? { if case .bool(let value) = self { value } else { nil } }
  var array: [JSON]? { if case .array(let value) = self { value } else { nil } }
  var members: [(key: String, value: JSON)]? { if case .object(let value) = self { value } else { nil } }
  var integer: Int? { if case .number(let text) = self { Int(text) } else { nil } }
  var double: Double? { if case .number(let text) = self { Double(text) } else { nil } }

  /// As a file: two spaces a level, members in order.
  var text: String { text(indent: "\n") }

  private func text(indent: String) -> String {
    let inner = indent + "  "
    switch self {
    case .null: return "null"
    case .bool(let value): return value ? "true" : "false"
    case .number(let text): return text
    case .string(let text): return quoted(text)
    case .array(let items):
      guard !items.isEmpty else { return "[]" }
      return "[" + items.map { inner + $0.text(indent: inner) }.joined(separator: ",") + indent + "]"
    case .object(let members):
      guard !members.isEmpty else { return "{}" }
      let lines = members.map { inner + quoted($0.key) + ": " + $0.value.text(indent: inner) }
      return "{" + lines.joined(separator: ",") + indent + "}"
    }
  }

  /// Parses one value that fills the bytes.
  init(parsing bytes: [UInt8], name: String) throws {
    self = try bytes.withUnsafeBufferPointer { buffer in
      var parser = JSONParser(bytes: buffer, name: name)
      return try parser.document()
    }
  }
}

private struct JSONParser {
  let bytes: UnsafeBufferPointer<UInt8>
  let name: String
  var at = 0

  private static let deepest = 128

  init(bytes: UnsafeBufferPointer<UInt8>, name: String) {
    self.bytes = bytes
    self.name = name
  }

  mutating func document() throws -> JSON {
    let value = try value(depth: 0)
    skipSpace()
    guard at == bytes.count else { throw failure("something follows the value") }
    return value
  }

  private func failure(_ what: String) -> TransformerError {
    TransformerError(.corrupt, "\(name) is not valid JSON: \(what) at byte \(at)")
  }

  private mutating func skipSpace() {
    while at < bytes.count, bytes[at] == 32 || bytes[at] == 10 || bytes[at] == 13 || bytes[at] == 9 {
      at += 1
    }
  }

  private mutating func value(depth: Int) throws -> JSON {
    guard depth < Self.deepest else { throw failure("nesting deeper than \(Self.deepest)") }
    skipSpace()
    guard at < bytes.count else { throw failure("the text ends") }
    switch bytes[at] {
    case UInt8(ascii: "{"): return try object(depth)
    case UInt8(ascii: "["): return try array(depth)
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try word("true", .bool(true))
    case UInt8(ascii: "f"): return try word("false", .bool(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    default: return try number()
    }
  }

  private mutating func word(_ text: StaticString, _ value: JSON) throws -> JSON {
    let count = text.utf8CodeUnitCount
    let expected = UnsafeBufferPointer(start: text.utf8Start, count: count)
    guard at + count <= bytes.count, bytes[at..<at + count].elementsEqual(expected) else {
      throw failure("unknown word")
    }
    at += count
    return value
  }

  private mutating func number() throws -> JSON {
    let start = at
    while at < bytes.count {
      switch bytes[at] {
      case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "."),
        UInt8(ascii: "e"), UInt8(ascii: "E"):
        at += 1
        continue
      default: break
      }
      break
    }
    let text = String(decoding: bytes[start..<at], as: UTF8.self)
    guard Double(text) != nil else { throw failure("not a number") }
    return .number(text)
  }

  private mutating func array(_ depth: Int) throws -> JSON {
    at += 1
    var items: [JSON] = []
    skipSpace()
    if at < bytes.count, bytes[at] == UInt8(ascii: "]") {
      at += 1
      return .array(items)
    }
    while true {
      items.append(try value(depth: depth + 1))
      if try separator(UInt8(ascii: "]")) { return .array(items) }
    }
  }

  private mutating func object(_ depth: Int) throws -> JSON {
    at += 1
    var members: [(key: String, value: JSON)] = []
    skipSpace()
    if at < bytes.count, bytes[at] == UInt8(ascii: "}") {
      at += 1
      return .object(members)
    }
    while true {
      skipSpace()
      guard at < bytes.count, bytes[at] == UInt8(ascii: "\"") else { throw failure("a key is missing") }
      let key = try string()
      skipSpace()
      guard at < bytes.count, bytes[at] == UInt8(ascii: ":") else { throw failure("a colon is missing") }
      at += 1
      members.append((key, try value(depth: depth + 1)))
      if try separator(UInt8(ascii: "}")) { return .object(members) }
    }
  }

  /// Whether `end` follows; false after a comma.
  private mutating func separator(_ end: UInt8) throws -> Bool {
    skipSpace()
    guard at < bytes.count else { throw failure("the text ends") }
    guard bytes[at] == end || bytes[at] == UInt8(ascii: ",") else { throw failure("a comma is missing") }
    at += 1
    return bytes[at - 1] == end
  }

  private mutating func string() throws -> String {
    at += 1
    let start = at
    while at < bytes.count, bytes[at] != UInt8(ascii: "\""), bytes[at] != UInt8(ascii: "\\") { at += 1 }
    guard at < bytes.count else { throw failure("a string does not end") }
    if bytes[at] == UInt8(ascii: "\"") {
      at += 1
      return String(decoding: bytes[start..<at - 1], as: UTF8.self)
    }
    var text = Array(bytes[start..<at])
    while at < bytes.count, bytes[at] != UInt8(ascii: "\"") {
      if bytes[at] == UInt8(ascii: "\\") {
        try escape(&text)
      } else {
        text.append(bytes[at])
        at += 1
      }
    }
    guard at < bytes.count else { throw failure("a string does not end") }
    at += 1
    return String(decoding: text, as: UTF8.self)
  }

  private mutating func escape(_ text: inout [UInt8]) throws {
    guard at + 1 < bytes.count else { throw failure("a string does not end") }
    at += 2
    switch bytes[at - 1] {
    case UInt8(ascii: "n"): text.append(10)
    case UInt8(ascii: "t"): text.append(9)
    case UInt8(ascii: "r"): text.append(13)
    case UInt8(ascii: "b"): text.append(8)
    case UInt8(ascii: "f"): text.append(12)
    case UInt8(ascii: "u"): try unicode(&text)
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(bytes[at - 1])
    default: throw failure("unknown escape")
    }
  }

  private mutating func unicode(_ text: inout [UInt8]) throws {
    var code = try hexadecimal()
    if (0xD800..<0xDC00).contains(code), at + 1 < bytes.count, bytes[at] == UInt8(ascii: "\\"),
      bytes[at + 1] == UInt8(ascii: "u")
    {
      at += 2
      let low = try hexadecimal()
      guard (0xDC00..<0xE000).contains(low) else { throw failure("half of a surrogate pair") }
      code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
    }
    guard let scalar = Unicode.Scalar(code) else { throw failure("half of a surrogate pair") }
    text.append(contentsOf: Array(String(Character(scalar)).utf8))
  }

  private mutating func hexadecimal() throws -> UInt32 {
    guard at + 4 <= bytes.count,
      let code = UInt32(String(decoding: bytes[at..<at + 4], as: UTF8.self), radix: 16)
    else { throw failure("four hexadecimal digits are missing") }
    at += 4
    return code
  }
}

/// A string as a JSON literal.
func quoted(_ text: String) -> String {
  var result = "\""
  for scalar in text.unicodeScalars {
    switch scalar {
    case "\"": result += "\\\""
    case "\\": result += "\\\\"
    case "\n": result += "\\n"
    case "\r": result += "\\r"
    case "\t": result += "\\t"
    case _ where scalar.value < 0x20:
      let digits = String(scalar.value, radix: 16)
      result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
    default: result.unicodeScalars.append(scalar)
    }
  }
  return result + "\""
}
