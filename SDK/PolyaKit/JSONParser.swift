/// A recursive-descent parser over bytes, with bounded nesting.
struct JSONParser {
  private let bytes: [UInt8]
  private var at = 0

  private static let deepest = 128

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  mutating func document() throws(JSON.SyntaxError) -> JSON {
    let value = try value(depth: 0)
    skipSpace()
    guard at == bytes.count else { throw failure("unexpected content after the value") }
    return value
  }

  private func failure(_ what: String) -> JSON.SyntaxError {
    JSON.SyntaxError(what: what, byte: at)
  }

  private mutating func skipSpace() {
    while at < bytes.count, bytes[at] == 32 || bytes[at] == 10 || bytes[at] == 13 || bytes[at] == 9 {
      at += 1
    }
  }

  private mutating func value(depth: Int) throws(JSON.SyntaxError) -> JSON {
    guard depth < Self.deepest else { throw failure("values are nested deeper than \(Self.deepest) levels") }
    skipSpace()
    guard at < bytes.count else { throw failure("the text ends too early") }
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

  private mutating func word(_ text: String, _ value: JSON) throws(JSON.SyntaxError) -> JSON {
    let count = text.utf8.count
    guard at + count <= bytes.count, bytes[at..<at + count].elementsEqual(text.utf8) else {
      throw failure("unknown word")
    }
    at += count
    return value
  }

  private mutating func number() throws(JSON.SyntaxError) -> JSON {
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

  private mutating func array(_ depth: Int) throws(JSON.SyntaxError) -> JSON {
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

  private mutating func object(_ depth: Int) throws(JSON.SyntaxError) -> JSON {
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

  /// Consumes `end` or a comma; returns whether it was `end`.
  private mutating func separator(_ end: UInt8) throws(JSON.SyntaxError) -> Bool {
    skipSpace()
    guard at < bytes.count else { throw failure("the text ends too early") }
    guard bytes[at] == end || bytes[at] == UInt8(ascii: ",") else { throw failure("a comma is missing") }
    at += 1
    return bytes[at - 1] == end
  }

  private mutating func string() throws(JSON.SyntaxError) -> String {
    at += 1
    let start = at
    while at < bytes.count, bytes[at] != UInt8(ascii: "\""), bytes[at] != UInt8(ascii: "\\") { at += 1 }
    guard at < bytes.count else { throw failure("a string is not terminated") }
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
    guard at < bytes.count else { throw failure("a string is not terminated") }
    at += 1
    return String(decoding: text, as: UTF8.self)
  }

  private mutating func escape(_ text: inout [UInt8]) throws(JSON.SyntaxError) {
    guard at + 1 < bytes.count else { throw failure("a string is not terminated") }
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

  private mutating func unicode(_ text: inout [UInt8]) throws(JSON.SyntaxError) {
    var code = try hexadecimal()
    if (0xD800..<0xDC00).contains(code), at + 1 < bytes.count, bytes[at] == UInt8(ascii: "\\"),
      bytes[at + 1] == UInt8(ascii: "u")
    {
      at += 2
      let low = try hexadecimal()
      guard (0xDC00..<0xE000).contains(low) else { throw failure("an unpaired surrogate") }
      code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
    }
    guard let scalar = Unicode.Scalar(code) else { throw failure("an unpaired surrogate") }
    text.append(contentsOf: Array(String(Character(scalar)).utf8))
  }

  private mutating func hexadecimal() throws(JSON.SyntaxError) -> UInt32 {
    guard at + 4 <= bytes.count,
      let code = UInt32(String(decoding: bytes[at..<at + 4], as: UTF8.self), radix: 16)
    else { throw failure("\\u must be followed by four hexadecimal digits") }
    at += 4
    return code
  }
}
