/// A word, a number, or one other visible character, with its place in the text.
struct Token: Equatable {
  /// ASCII letters in lower case; thousands separators left out.
  var text: String
  /// UTF-8 byte range of the text.
  var bytes: Range<Int>
  var isWord: Bool
  /// Whether white space, or nothing, stands before it.
  var hasSpaceBefore: Bool
  /// Whether a line ends between the token before and this one.
  var startsLine: Bool
  /// The letter that it is, as written, when it is one ASCII letter and nothing else.
  var letter: UInt8?

  var isCapital: Bool { letter.map { $0 & 0x20 == 0 } ?? false }

  /// The tokens of a text, in order.
  static func scan(_ text: String) -> [Token] { scan(Array(text.utf8)) }

  /// The tokens of a text, in order.
  static func scan(_ bytes: [UInt8]) -> [Token] {
    var tokens: [Token] = []
    var scanner = TokenScanner(bytes)
    while let token = scanner.next() { tokens.append(token) }
    return tokens
  }
}

/// Cuts a text into tokens; linear in its length.
private struct TokenScanner {
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
    while position < bytes.count, bytes[position] <= 0x20 {
      hasSpace = true
      if bytes[position] == 0x0A { startsLine = true }
      position += 1
    }
    guard position < bytes.count else { return nil }
    let start = position
    let isWord = skipWord(hasSpace)
    if !isWord { position += 1 }
    let isLetter = isWord && position == start + 1 && folded[start] &- 0x61 < 26
    return Token(
      text: text(start..<position, isWord: isWord), bytes: start..<position, isWord: isWord,
      hasSpaceBefore: hasSpace, startsLine: startsLine, letter: isLetter ? bytes[start] : nil)
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
    return text
  }

  /// A word is letters, digits and bytes beyond ASCII, with single marks inside ("isn't", "12/25/1937", "2.5"); a minus
  /// before a digit belongs to it unless a word stands directly before.
  private mutating func skipWord(_ hasSpace: Bool) -> Bool {
    let isNegative =
      bytes[position] == 0x2D && isDigit(position + 1) && (hasSpace || !isWord(position - 1))
    guard isNegative || isWord(position) else { return false }
    position += 1
    while position < bytes.count {
      guard isWord(position) || (joins(position) && isWord(position + 1)) else {
        break
      }
      position += 1
    }
    return true
  }

  private func joins(_ index: Int) -> Bool {
    switch bytes[index] {
    case UInt8(ascii: "'"): true
    case UInt8(ascii: "."), UInt8(ascii: ","), UInt8(ascii: "/"), UInt8(ascii: ":"):
      isDigit(index - 1) && isDigit(index + 1)
    default: false
    }
  }

  private func isDigit(_ index: Int) -> Bool {
    bytes.indices.contains(index) && bytes[index] &- 0x30 < 10
  }

  private func isWord(_ index: Int) -> Bool {
    bytes.indices.contains(index)
      && (bytes[index] >= 0x80 || bytes[index] &- 0x30 < 10 || (bytes[index] | 0x20) &- 0x61 < 26)
  }
}
