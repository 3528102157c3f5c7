internal import CPolya
internal import PolyaCore

extension PolyaText {
  /// Points to constant memory.
  init(_ text: StaticString) {
    self.init(
      data: UnsafeRawPointer(text.utf8Start).assumingMemoryBound(to: CChar.self),
      size: UInt64(text.utf8CodeUnitCount))
  }

  /// The bytes, when pointer and size make sense together.
  var bytes: UnsafeRawBufferPointer? {
    guard size > 0 else { return UnsafeRawBufferPointer(start: nil, count: 0) }
    guard let data, size <= Received.largestText else { return nil }
    return UnsafeRawBufferPointer(start: data, count: Int(size))
  }
}

/// Checks on everything that comes from a plugin.
enum Received {
  /// 1 GiB: a size beyond it is a wild value, not a text.
  static let largestText: UInt64 = 1 << 30

  static func text(_ text: PolyaText, _ what: String) throws -> String {
    guard let bytes = text.bytes else {
      throw Misbehaviour(
        "\(what) has a size of \(text.size) bytes and \(text.data == nil ? "no" : "a") pointer")
    }
    guard let valid = String(validating: bytes, as: UTF8.self) else {
      throw Misbehaviour("\(what) is not UTF-8")
    }
    return valid
  }

  static func bytes(_ bytes: PolyaBytes, _ what: String) throws -> [UInt8] {
    try array(bytes.data, bytes.size, what)
  }

  static func tokens(_ tokens: PolyaTokens, _ what: String) throws -> [Int32] {
    try array(tokens.ids, tokens.count, what)
  }

  static func array<Element>(_ base: UnsafePointer<Element>?, _ count: UInt64, _ what: String) throws
    -> [Element]
  {
    guard count > 0 else { return [] }
    guard let base, count <= largestText else {
      throw Misbehaviour("\(what) has \(count) elements and \(base == nil ? "no" : "a") pointer")
    }
    return Array(UnsafeBufferPointer(start: base, count: Int(count)))
  }

  static func rows<Row, R>(_ rows: PolyaRows, _ type: Row.Type, _ what: String, _ read: (Row) throws -> R)
    throws
    -> [R]
  {
    guard rows.count > 0 else { return [] }
    guard let base = rows.base, rows.count <= 1 << 24, Int(rows.stride) >= MemoryLayout<Row>.size else {
      throw Misbehaviour(
        "\(what) has \(rows.count) rows of \(rows.stride) bytes, \(MemoryLayout<Row>.size) wanted")
    }
    return try (0..<Int(rows.count)).map {
      try read(base.advanced(by: $0 * Int(rows.stride)).assumingMemoryBound(to: Row.self).pointee)
    }
  }
}

/// A plugin broke the contract; becomes a ``PolyaError`` that names the plugin and the call.
struct Misbehaviour: Error {
  let message: String

  init(_ message: String) { self.message = message }
}
