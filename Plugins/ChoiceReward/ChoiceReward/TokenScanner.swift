/// Cuts a text into tokens; linear in its length.
struct TokenScanner {
  private let bytes: [UInt8]
  /// With ASCII letters in lower case.
  private let folded: [UInt8]
  private var position = 0

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
    folded = bytes.map { $0 &- 0x41 < 26 ? $0 | 0x20 : $0 }
  }

  mutating func next() -> Token? {
    var hasSpace = position == 0
    var startsLine = position == 0
    while position < bytes.count, let width = blank(at: position) {
      hasSpace = true
      if bytes[position] == 0x0A { startsLine = true }
      position += width
    }
    guard position < bytes.count else { return nil }
    let start = position
    let first = scalar(at: start)
    let isWord = first.kind == .ideograph || skipWord(hasSpace)
    if position == start { position += first.width }
    let text = text(start..<position, isWord: isWord)
    let letter = isWord ? letter(of: first, endsAt: position) : nil
    return Token(
      text: letter.map { String(decoding: [$0 | 0x20], as: UTF8.self) } ?? text, bytes: start..<position,
      isWord: isWord, hasSpaceBefore: hasSpace, startsLine: startsLine, letter: letter,
      isIdeograph: first.kind == .ideograph)
  }

  /// The one ASCII letter that a word is, whatever its width.
  private func letter(of scalar: Scalar, endsAt end: Int) -> UInt8? {
    guard scalar.start + scalar.width == end, let byte = UInt8(exactly: scalar.narrow),
      (byte | 0x20) &- 0x61 < 26
    else { return nil }
    return byte
  }

  private func text(_ range: Range<Int>, isWord: Bool) -> String {
    guard bytes[range].contains(where: { $0 >= 0x80 }) else {
      let hasCommas = isWord && isDigit(range.lowerBound)
      return hasCommas
        ? String(decoding: folded[range].filter { $0 != UInt8(ascii: ",") }, as: UTF8.self)
        : String(decoding: folded[range], as: UTF8.self)
    }
    var text = String(decoding: bytes[range], as: UTF8.self).lowercased()
    // Replacing goes by grapheme clusters, which is slow: only where there is something to replace.
    if bytes[range].contains(0x99) { text = text.replacing("’", with: "'") }
    if isWord, bytes[range].contains(UInt8(ascii: ",")), text.first?.isNumber ?? false {
      text = text.replacing(",", with: "")
    }
    if let narrow = UnicodeScalar(scalar(at: range.lowerBound).narrow), !isWord { text = String(narrow) }
    return text
  }

  /// A word is letters, digits and bytes beyond ASCII, with single marks inside ("isn't", "12/25/1937", "2.5"); a minus
  /// before a digit belongs to it unless a word stands directly before.
  private mutating func skipWord(_ hasSpace: Bool) -> Bool {
    let isNegative =
      bytes[position] == 0x2D && isDigit(position + 1) && (hasSpace || !isWordByte(position - 1))
    if isNegative { position += 1 }
    guard let width = wordWidth(at: position) else { return false }
    position += width
    while position < bytes.count {
      if let width = wordWidth(at: position) {
        position += width
      } else if let width = joint(at: position), wordWidth(at: position + width) != nil {
        position += width
      } else {
        break
      }
    }
    return true
  }

  /// The width of a mark that may stand inside of a word.
  private func joint(at index: Int) -> Int? {
    switch bytes[index] {
    case UInt8(ascii: "'"): 1
    case UInt8(ascii: "."), UInt8(ascii: ","), UInt8(ascii: "/"), UInt8(ascii: ":"):
      isDigit(index - 1) && isDigit(index + 1) ? 1 : nil
    case 0xE2 where scalar(at: index).value == 0x2019: 3
    default: nil
    }
  }

  private func isDigit(_ index: Int) -> Bool {
    bytes.indices.contains(index) && bytes[index] &- 0x30 < 10
  }

  private func isWordByte(_ index: Int) -> Bool {
    bytes.indices.contains(index)
      && (bytes[index] >= 0x80 || bytes[index] &- 0x30 < 10 || (bytes[index] | 0x20) &- 0x61 < 26)
  }

  private func wordWidth(at index: Int) -> Int? {
    guard index < bytes.count else { return nil }
    if bytes[index] < 0x80 { return isWordByte(index) ? 1 : nil }
    let scalar = scalar(at: index)
    return scalar.kind == .letter ? scalar.width : nil
  }

  private func blank(at index: Int) -> Int? {
    if bytes[index] <= 0x20 { return 1 }
    guard bytes[index] >= 0x80 else { return nil }
    let scalar = scalar(at: index)
    return scalar.kind == .blank ? scalar.width : nil
  }

  private func scalar(at index: Int) -> Scalar { Scalar(bytes, at: index) }
}

/// One Unicode scalar of a text; a byte that begins none is a letter, as it was written by somebody.
private struct Scalar {
  enum Kind { case letter, ideograph, mark, blank }

  let start: Int
  let width: Int
  let value: UInt32

  init(_ bytes: [UInt8], at start: Int) {
    self.start = start
    let first = bytes[start]
    let length = first < 0xC0 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4
    var value = length == 1 ? UInt32(first) : UInt32(first) & (0x7F >> UInt32(length))
    var isWhole = start + length <= bytes.count && (first < 0x80 || first >= 0xC0)
    for byte in bytes[start...].prefix(length).dropFirst() where isWhole {
      isWhole = byte & 0xC0 == 0x80
      value = value << 6 | UInt32(byte & 0x3F)
    }
    width = isWhole ? length : 1
    self.value = isWhole ? value : 0xE000
  }

  /// Its counterpart of half the width, or itself.
  var narrow: UInt32 { (0xFF01...0xFF5E).contains(value) ? value - 0xFEE0 : value }

  var kind: Kind {
    switch value {
    case 0...0x20, 0xA0, 0x2000...0x200F, 0x3000, 0xFE00...0xFE0F, 0xFEFF: .blank
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0xAA, 0xBA, 0x3005: .letter
    case 0xFF10...0xFF19, 0xFF21...0xFF3A, 0xFF41...0xFF5A: .letter
    case ..<0xC0, 0xD7, 0xF7, 0x2010...0x2BFF, 0x3001...0x303F, 0xFF01...0xFF65, 0x1F000...0x1FAFF: .mark
    case 0x2E80...0x9FFF, 0xAC00...0xD7AF, 0xF900...0xFAFF, 0x20000...0x3FFFF: .ideograph
    default: .letter
    }
  }
}
