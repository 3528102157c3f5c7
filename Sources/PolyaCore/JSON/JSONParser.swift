/// A parser for JSON (RFC 8259), and for JSON5 in files that people write.
///
/// Errors name the line and column. Nesting is limited so that no input can overflow the stack, and duplicate
/// keys are errors.
package struct JSONParser {
  /// The grammar to accept.
  package enum Dialect: Sendable {
    case json
    /// Adds comments, trailing commas, bare keys, single quotes, hexadecimal, and numbers that begin with +
    /// or a point (json5.org, 1.0.0). Infinity and NaN are refused because no setting may have these values.
    case json5
  }

  private static let maximumDepth = 256

  private let bytes: [UInt8]
  private let start, end: Int
  private let dialect: Dialect
  private let place: String?
  private var position: Int
  private var depth = 0

  private init(_ bytes: [UInt8], _ range: Range<Int>, _ dialect: Dialect, _ place: String?) {
    self.bytes = bytes
    self.dialect = dialect
    self.place = place
    (start, position, end) = (range.lowerBound, range.lowerBound, range.upperBound)
  }

  /// Parses exactly one value.
  ///
  /// - Parameter place: The name of the source in errors, such as a file or "shard, record 17".
  package static func parse(_ bytes: [UInt8], _ dialect: Dialect = .json, at place: String? = nil) throws
    -> JSON
  {
    try parse(bytes, in: bytes.indices, dialect, at: place)
  }

  /// Parses exactly one value in a range of the bytes.
  package static func parse(
    _ bytes: [UInt8], in range: Range<Int>, _ dialect: Dialect = .json, at place: String? = nil
  ) throws -> JSON {
    var parser = JSONParser(bytes, range, dialect, place)
    if bytes[range].starts(with: [0xEF, 0xBB, 0xBF]) { parser.position += 3 }
    try parser.skipSpace()
    guard parser.position < parser.end else { throw parser.error("expected a value, found nothing") }
    let value = try parser.value()
    try parser.skipSpace()
    guard parser.position == parser.end else {
      throw parser.error("unexpected content after the end of the value")
    }
    return value
  }

  /// Parses exactly one value in a text.
  package static func parse(_ text: String, _ dialect: Dialect = .json, at place: String? = nil) throws
    -> JSON
  {
    try parse(Array(text.utf8), dialect, at: place)
  }

  private func error(_ message: String, at offset: Int? = nil) -> PolyaError {
    var line = 1
    var column = 1
    for byte in bytes[start..<(offset ?? position)] {
      if byte == UInt8(ascii: "\n") {
        line += 1
        column = 1
      } else if byte & 0xC0 != 0x80 {
        column += 1
      }
    }
    let at = "line \(line), column \(column)"
    return PolyaError(.configuration, message, at: place.map { "\($0), \(at)" } ?? at)
  }

  private var current: UInt8? { position < end ? bytes[position] : nil }

  private func at(_ text: StaticString) -> Bool {
    let size = text.utf8CodeUnitCount
    return position + size <= end
      && (0..<size).allSatisfy { bytes[position + $0] == text.utf8Start[$0] }
  }

  private mutating func skipSpace() throws {
    while let byte = current {
      switch byte {
      case 0x20, 0x09, 0x0A, 0x0D: position += 1
      case UInt8(ascii: "/") where dialect == .json5: try skipComment()
      default: return
      }
    }
  }

  private mutating func skipComment() throws {
    if at("//") {
      while let byte = current, byte != UInt8(ascii: "\n") { position += 1 }
    } else if at("/*") {
      let start = position
      position += 2
      while !at("*/") {
        guard current != nil else { throw error("this comment is never closed", at: start) }
        position += 1
      }
      position += 2
    } else {
      throw error("unexpected '/'")
    }
  }

  private mutating func value() throws -> JSON {
    guard let byte = current else { throw error("the text ends where a value is expected") }
    switch byte {
    case UInt8(ascii: "{"): return try nested { try $0.object() }
    case UInt8(ascii: "["): return try nested { try $0.array() }
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "'") where dialect == .json5: return .string(try string())
    default: break
    }
    if let digits = wholeNumber() { return digits }
    if at("true") { return skip(4, .bool(true)) }
    if at("false") { return skip(5, .bool(false)) }
    if at("null") { return skip(4, .null) }
    return try number()
  }

  private mutating func skip(_ count: Int, _ value: JSON) -> JSON {
    position += count
    return value
  }

  /// Parses the common case, a few digits without a leading zero. Leaves anything else unread and returns
  /// nil.
  private mutating func wholeNumber() -> JSON? {
    var (value, place) = (Int64(0), position)
    while place < end, place - position < 18, bytes[place] &- 0x30 < 10 {
      value = value * 10 + Int64(bytes[place] &- 0x30)
      place += 1
    }
    guard place > position, place == end || !(Self.isWord(bytes[place]) || bytes[place] == UInt8(ascii: ".")),
      place == position + 1 || bytes[position] != UInt8(ascii: "0")
    else { return nil }
    position = place
    return .integer(value)
  }

  private mutating func nested(_ read: (inout JSONParser) throws -> JSON) throws -> JSON {
    guard depth < Self.maximumDepth else {
      throw error("values are nested deeper than \(Self.maximumDepth) levels")
    }
    depth += 1
    position += 1
    defer { depth -= 1 }
    return try read(&self)
  }

  /// Returns true if the list or object ends here. Otherwise, consumes the comma before the next element, if
  /// one is due.
  private mutating func ends(with close: UInt8, isFirst: Bool) throws -> Bool {
    try skipSpace()
    if current == close {
      position += 1
      return true
    }
    guard !isFirst else { return false }
    guard current == UInt8(ascii: ",") else {
      throw error("a comma or '\(Character(UnicodeScalar(close)))' is missing")
    }
    position += 1
    try skipSpace()
    guard current == close else { return false }
    guard dialect == .json5 else { throw error("expected another element after the comma") }
    position += 1
    return true
  }

  private mutating func array() throws -> JSON {
    var values: [JSON] = []
    while !(try ends(with: UInt8(ascii: "]"), isFirst: values.isEmpty)) {
      values.append(try value())
    }
    return .array(values)
  }

  private mutating func object() throws -> JSON {
    var pairs: [(key: String, value: JSON)] = []
    var seen: Set<String> = []
    while !(try ends(with: UInt8(ascii: "}"), isFirst: pairs.isEmpty)) {
      let start = position
      let key = try key()
      // For a few keys, comparing is faster than hashing.
      if pairs.count == 16 { seen = Set(pairs.map(\.key)) }
      let isNew = pairs.count < 16 ? !pairs.contains { $0.key == key } : seen.insert(key).inserted
      guard isNew else { throw error("the key '\(key)' occurs twice", at: start) }
      try skipSpace()
      guard current == UInt8(ascii: ":") else { throw error("a colon is missing after the key '\(key)'") }
      position += 1
      try skipSpace()
      pairs.append((key, try value()))
    }
    return .object(JSON.Members(pairs))
  }

  private mutating func key() throws -> String {
    if current == UInt8(ascii: "\"") || (dialect == .json5 && current == UInt8(ascii: "'")) {
      return try string()
    }
    let start = position
    if dialect == .json5 { while let byte = current, Self.isWord(byte) { position += 1 } }
    guard position > start else { throw error("expected a key") }
    guard let key = String(validating: bytes[start..<position], as: UTF8.self) else {
      throw error("this key is not valid UTF-8", at: start)
    }
    return key
  }

  private static func isWord(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "$"), 0x80...0xFF:
      true
    default: false
    }
  }

  private mutating func number() throws -> JSON {
    let start = position
    while let byte = current, Self.isWord(byte) || "+-.".utf8.contains(byte) { position += 1 }
    var text = String(decoding: bytes[start..<position], as: UTF8.self)
    guard !text.isEmpty else { throw error("expected a value") }
    if dialect == .json5 {
      if text.hasPrefix("+") { text.removeFirst() }
      let isNegative = text.hasPrefix("-")
      let digits = isNegative ? text.dropFirst() : text[...]
      if digits.lowercased().hasPrefix("0x"), let value = Int64(digits.dropFirst(2), radix: 16) {
        return .integer(isNegative ? -value : value)
      }
      if digits.hasPrefix(".") { text = (isNegative ? "-0" : "0") + digits }
      if text.hasSuffix(".") { text += "0" }
    }
    guard Self.isNumber(text) else { throw error("'\(text.prefix(40))' is not a value", at: start) }
    if let integer = Int64(text) { return .integer(integer) }
    guard let real = Double(text), real.isFinite else {
      throw error("'\(text.prefix(40))' is out of range", at: start)
    }
    return .real(real)
  }

  /// Whether the text is a number by the grammar of RFC 8259; Swift's own parsers accept more.
  private static func isNumber(_ text: String) -> Bool {
    var rest = text.utf8[...]
    func digits() -> Int {
      let run = rest.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
      rest = rest.dropFirst(run.count)
      return run.count
    }
    if rest.first == UInt8(ascii: "-") { rest = rest.dropFirst() }
    let leadingZero = rest.first == UInt8(ascii: "0")
    let whole = digits()
    guard whole > 0, !leadingZero || whole == 1 else { return false }
    if rest.first == UInt8(ascii: ".") {
      rest = rest.dropFirst()
      guard digits() > 0 else { return false }
    }
    if rest.first == UInt8(ascii: "e") || rest.first == UInt8(ascii: "E") {
      rest = rest.dropFirst()
      if rest.first == UInt8(ascii: "+") || rest.first == UInt8(ascii: "-") { rest = rest.dropFirst() }
      guard digits() > 0 else { return false }
    }
    return rest.isEmpty
  }

  private mutating func string() throws -> String {
    let start = position
    let quote = bytes[position]
    position += 1
    let first = position
    while position < end, bytes[position] != quote, bytes[position] != UInt8(ascii: "\\"),
      bytes[position] >= 0x20
    { position += 1 }
    if current == quote, let valid = String(validating: bytes[first..<position], as: UTF8.self) {
      position += 1
      return valid
    }
    var text = Array(bytes[first..<position])
    while let byte = current, byte != quote {
      guard byte == UInt8(ascii: "\\") else {
        guard byte >= 0x20 else { throw error("a control character in a text must be escaped") }
        text.append(byte)
        position += 1
        continue
      }
      position += 1
      try escape(into: &text)
    }
    guard current == quote else { throw error("this text is never closed", at: start) }
    position += 1
    guard let valid = String(validating: text, as: UTF8.self) else {
      throw error("this text is not valid UTF-8", at: start)
    }
    return valid
  }

  private mutating func escape(into text: inout [UInt8]) throws {
    guard let byte = current else { throw error("the text ends inside an escape") }
    position += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
    case UInt8(ascii: "b"): text.append(8)
    case UInt8(ascii: "f"): text.append(12)
    case UInt8(ascii: "n"): text.append(10)
    case UInt8(ascii: "r"): text.append(13)
    case UInt8(ascii: "t"): text.append(9)
    case UInt8(ascii: "u"): text.append(contentsOf: Array(String(try unicodeEscape()).utf8))
    case UInt8(ascii: "\n") where dialect == .json5: break
    case UInt8(ascii: "'") where dialect == .json5: text.append(byte)
    default: throw error("unknown escape '\\\(Character(UnicodeScalar(byte)))'", at: position - 2)
    }
  }

  /// A lone surrogate becomes U+FFFD, because other writers produce them and losing a record over one would
  /// be worse.
  private mutating func unicodeEscape() throws -> Character {
    let first = try hexadecimal()
    if (0xD800...0xDBFF).contains(first), at("\\u") {
      let back = position
      position += 2
      let second = try hexadecimal()
      if (0xDC00...0xDFFF).contains(second),
        let scalar = UnicodeScalar(0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00))
      {
        return Character(scalar)
      }
      position = back
    }
    return Character(UnicodeScalar(first) ?? "\u{FFFD}")
  }

  private mutating func hexadecimal() throws -> UInt32 {
    let digits = bytes[position..<end].prefix(4)
    guard digits.count == 4, let value = UInt32(String(decoding: digits, as: UTF8.self), radix: 16) else {
      throw error("\\u must be followed by four hexadecimal digits")
    }
    position += 4
    return value
  }
}
