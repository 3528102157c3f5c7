extension JSON {
  /// The value on one line. Equal values give equal bytes, which records and hashes rely on.
  package var compact: String { text(indent: nil) }

  /// The value indented by two spaces per level, for files that people read.
  package var pretty: String { text(indent: 0) }

  private func text(indent: Int?) -> String {
    var bytes: [UInt8] = []
    write(to: &bytes, indent: indent)
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Appends the UTF-8 bytes of ``compact``.
  package func append(to bytes: inout [UInt8]) { write(to: &bytes, indent: nil) }

  private func write(to bytes: inout [UInt8], indent: Int?) {
    switch self {
    case .null: bytes += "null".utf8
    case .bool(let value): bytes += (value ? "true" : "false").utf8
    case .integer(let value): Self.write(value, to: &bytes)
    // The shortest decimal that reads back as the same number.
    case .real(let value): bytes += (value.isFinite ? value.description : "null").utf8
    case .string(let value): Self.write(value, to: &bytes)
    case .array(let values):
      Self.writeList("[", "]", values, to: &bytes, indent) { $0.write(to: &$1, indent: $2) }
    case .object(let members):
      Self.writeList("{", "}", members.pairs, to: &bytes, indent) { pair, bytes, indent in
        Self.write(pair.key, to: &bytes)
        bytes += (indent == nil ? ":" : ": ").utf8
        pair.value.write(to: &bytes, indent: indent)
      }
    }
  }

  private static func writeList<Element>(
    _ open: Unicode.Scalar, _ close: Unicode.Scalar, _ elements: [Element], to bytes: inout [UInt8],
    _ indent: Int?,
    _ write: (Element, inout [UInt8], Int?) -> Void
  ) {
    let inner = indent.map { $0 + 1 }
    func newLine(_ level: Int?) {
      guard let level else { return }
      bytes.append(UInt8(ascii: "\n"))
      bytes += repeatElement(UInt8(ascii: " "), count: 2 * level)
    }
    bytes.append(UInt8(ascii: open))
    var isFirst = true
    for element in elements {
      if !isFirst { bytes.append(UInt8(ascii: ",")) }
      isFirst = false
      newLine(inner)
      write(element, &bytes, inner)
    }
    if !elements.isEmpty { newLine(indent) }
    bytes.append(UInt8(ascii: close))
  }

  private static func write(_ value: Int64, to bytes: inout [UInt8]) {
    // A fast path, because most numbers in a record are token ids.
    guard (0..<100_000).contains(value) else { return bytes += String(value).utf8 }
    var divisor: Int64 = 1
    while divisor * 10 <= value { divisor *= 10 }
    while divisor > 0 {
      bytes.append(0x30 + UInt8(value / divisor % 10))
      divisor /= 10
    }
  }

  private static func write(_ value: String, to bytes: inout [UInt8]) {
    bytes.append(UInt8(ascii: "\""))
    for byte in value.utf8 {
      guard byte < 0x20 || byte == 0x7F || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") else {
        bytes.append(byte)
        continue
      }
      bytes.append(UInt8(ascii: "\\"))
      switch byte {
      case UInt8(ascii: "\n"): bytes.append(UInt8(ascii: "n"))
      case UInt8(ascii: "\r"): bytes.append(UInt8(ascii: "r"))
      case UInt8(ascii: "\t"): bytes.append(UInt8(ascii: "t"))
      case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes.append(byte)
      default:
        bytes += "u00".utf8
        for digit in [byte >> 4, byte & 15] { bytes.append(digit < 10 ? digit + 0x30 : digit + 0x57) }
      }
    }
    bytes.append(UInt8(ascii: "\""))
  }
}
