/// A word, a number, or one other visible character, with its place in the text.
struct Token: Equatable {
  /// ASCII letters in lower case; thousands separators left out.
  var text: String
  /// As written.
  var raw: Substring
  /// UTF-8 byte range of the text.
  var bytes: Range<Int>
  var isWord: Bool
  /// Whether white space, or nothing, stands before it.
  var hasSpaceBefore: Bool
  /// Whether a line ends between the token before and this one.
  var startsLine: Bool

  /// The tokens of a text, in order.
  static func scan(_ text: String) -> [Token] {
    var tokens: [Token] = []
    var scanner = TokenScanner(text)
    while let token = scanner.next() { tokens.append(token) }
    return tokens
  }
}

/// Cuts a text into tokens; linear in its length.
private struct TokenScanner {
  private let text: String
  private let bytes: [UInt8]
  private var position = 0

  init(_ text: String) {
    self.text = text
    bytes = Array(text.utf8)
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
    let raw = slice(start..<position)
    var folded = String(raw).lowercased().replacing("’", with: "'")
    if isWord, folded.first?.isNumber ?? false { folded = folded.replacing(",", with: "") }
    return Token(
      text: folded, raw: raw, bytes: start..<position, isWord: isWord, hasSpaceBefore: hasSpace,
      startsLine: startsLine)
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

  private func slice(_ range: Range<Int>) -> Substring {
    let start = text.utf8.index(text.startIndex, offsetBy: range.lowerBound)
    return text[start..<text.utf8.index(start, offsetBy: range.count)]
  }
}
