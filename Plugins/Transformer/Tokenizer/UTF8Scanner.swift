/// Reads UTF-8 that may be malformed or not complete yet (Unicode 16, section 3.9, "maximal subparts").
enum UTF8Scanner {
  enum Sequence: Equatable {
    /// A character of so many bytes.
    case character(Int)
    /// So many bytes that stand for one U+FFFD.
    case malformed(Int)
    /// The beginning of a character; the rest may follow.
    case incomplete
  }

  /// U+FFFD.
  static let replacement: [UInt8] = [0xEF, 0xBF, 0xBD]

  static func sequence(_ bytes: [UInt8], at start: Int) -> Sequence {
    let first = bytes[start]
    let length: Int
    // The second byte of some sequences is limited further, which excludes overlong forms and surrogates.
    var second: ClosedRange<UInt8> = 0x80...0xBF
    switch first {
    case 0..<0x80: return .character(1)
    case 0xC2...0xDF: length = 2
    case 0xE0...0xEF:
      length = 3
      if first == 0xE0 { second = 0xA0...0xBF }
      if first == 0xED { second = 0x80...0x9F }
    case 0xF0...0xF4:
      length = 4
      if first == 0xF0 { second = 0x90...0xBF }
      if first == 0xF4 { second = 0x80...0x8F }
    default: return .malformed(1)
    }
    for offset in 1..<length {
      guard start + offset < bytes.count else { return .incomplete }
      let allowed = offset == 1 ? second : 0x80...0xBF
      guard allowed.contains(bytes[start + offset]) else { return .malformed(offset) }
    }
    return .character(length)
  }
}
