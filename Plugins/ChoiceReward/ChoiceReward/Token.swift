/// A word, a number, or one other visible character, with its place in the text.
///
/// Each character of a script without spaces (Chinese, Japanese, Korean) is a word, so that an option is found between them.
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

  /// Whether it belongs to a script that is written without spaces.
  var isIdeograph = false

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
