/// A value as it travels to Python and back: a tag byte and, little-endian, its content.
enum Value: Equatable {
  case null
  case bool(Bool)
  case integer(Int64)
  case real(Double)
  case text(String)
  case list([Value])
  case map([String: Value])

  subscript(key: String) -> Value {
    guard case .map(let members) = self else { return .null }
    return members[key] ?? .null
  }

  var text: String? {
    guard case .text(let text) = self else { return nil }
    return text
  }

  var list: [Value]? {
    guard case .list(let values) = self else { return nil }
    return values
  }

  /// A number of either kind.
  var real: Double? {
    switch self {
    case .integer(let value): Double(value)
    case .real(let value): value
    default: nil
    }
  }

  var integer: Int64? {
    guard case .integer(let value) = self else { return nil }
    return value
  }

  /// A list of strings; nothing else counts.
  var texts: [String] { (list ?? []).compactMap(\.text) }
}

extension Value {
  func encode(into bytes: inout [UInt8]) {
    switch self {
    case .null: bytes.append(UInt8(ascii: "n"))
    case .bool(let value): bytes.append(UInt8(ascii: value ? "t" : "f"))
    case .integer(let value):
      bytes.append(UInt8(ascii: "i"))
      bytes.append(little: UInt64(bitPattern: value), 8)
    case .real(let value):
      bytes.append(UInt8(ascii: "d"))
      bytes.append(little: value.bitPattern, 8)
    case .text(let value):
      var value = value
      value.withUTF8 {
        bytes.append(UInt8(ascii: "s"))
        bytes.append(little: UInt64($0.count), 4)
        bytes.append(contentsOf: $0)
      }
    case .list(let values):
      bytes.append(UInt8(ascii: "l"))
      bytes.append(little: UInt64(values.count), 4)
      for value in values { value.encode(into: &bytes) }
    case .map(let members):
      bytes.append(UInt8(ascii: "m"))
      bytes.append(little: UInt64(members.count), 4)
      for key in members.keys.sorted() {
        Value.text(key).encode(into: &bytes)
        (members[key] ?? .null).encode(into: &bytes)
      }
    }
  }

  /// nil: the bytes are no value. Nesting beyond 64 is none either: it would cost the stack.
  init?(decoding bytes: [UInt8]) {
    var reader = Reader(bytes: bytes)
    guard let value = reader.value(depth: 0), reader.position == bytes.count else { return nil }
    self = value
  }

  private struct Reader {
    let bytes: [UInt8]
    var position = 0

    mutating func word(_ size: Int) -> UInt64? {
      guard bytes.count - position >= size else { return nil }
      defer { position += size }
      return (0..<size).reduce(0) { $0 | UInt64(bytes[position + $1]) << (8 * UInt64($1)) }
    }

    mutating func text() -> String? {
      guard let count = word(4).map(Int.init), bytes.count - position >= count else { return nil }
      defer { position += count }
      return String(validating: bytes[position..<position + count], as: UTF8.self)
    }

    mutating func value(depth: Int) -> Value? {
      guard depth < 64, let tag = word(1) else { return nil }
      switch UInt8(tag) {
      case UInt8(ascii: "n"): return Value.null
      case UInt8(ascii: "t"): return .bool(true)
      case UInt8(ascii: "f"): return .bool(false)
      case UInt8(ascii: "i"): return word(8).map { .integer(Int64(bitPattern: $0)) }
      case UInt8(ascii: "d"): return word(8).map { .real(Double(bitPattern: $0)) }
      case UInt8(ascii: "s"): return text().map { .text($0) }
      case UInt8(ascii: "l"): return list(depth)
      case UInt8(ascii: "m"): return map(depth)
      default: return nil
      }
    }

    private mutating func list(_ depth: Int) -> Value? {
      guard let count = word(4) else { return nil }
      var values: [Value] = []
      for _ in 0..<count {
        guard let value = value(depth: depth + 1) else { return nil }
        values.append(value)
      }
      return .list(values)
    }

    private mutating func map(_ depth: Int) -> Value? {
      guard let count = word(4) else { return nil }
      var members: [String: Value] = [:]
      for _ in 0..<count {
        guard case .text(let key)? = value(depth: depth + 1), let value = value(depth: depth + 1) else {
          return nil
        }
        members[key] = value
      }
      return .map(members)
    }
  }
}

extension [UInt8] {
  /// Appends the low bytes of a word, the lowest first.
  mutating func append(little word: UInt64, _ size: Int) {
    for shift in 0..<size { append(UInt8(truncatingIfNeeded: word >> (8 * UInt64(shift)))) }
  }
}
