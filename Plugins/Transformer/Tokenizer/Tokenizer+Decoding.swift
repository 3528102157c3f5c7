extension Tokenizer {
  /// Whether an id is that of a special token, which no text of a model shows.
  package func isSpecial(_ token: Int32) -> Bool { decoding.isSpecial(token) }

  /// The bytes that ids stand for; may end inside a code point. Unknown ids stand for nothing.
  package func decode(_ tokens: some Sequence<Int32>) -> [UInt8] {
    decode(tokens, skippingSpecials: false)
  }

  /// The bytes that ids stand for, with or without the special tokens; may end inside a code point.
  package func decode(_ tokens: some Sequence<Int32>, skippingSpecials: Bool) -> [UInt8] {
    var bytes: [UInt8] = []
    var isFirst = true
    for token in tokens where decoding.isKnown(token) && !(skippingSpecials && decoding.isSpecial(token)) {
      bytes.append(contentsOf: decoding.bytes(token, isFirst: isFirst))
      isFirst = false
    }
    return stripped(bytes)
  }

  /// The text that ids stand for, with U+FFFD where their bytes are no text.
  ///
  /// Of a run of byte tokens that is no text, each byte becomes one U+FFFD.
  package func text(_ tokens: some Sequence<Int32>, skippingSpecials: Bool = false) -> String {
    guard decoding.hasByteTokens else {
      return String(decoding: decode(tokens, skippingSpecials: skippingSpecials), as: UTF8.self)
    }
    var bytes: [UInt8] = []
    var run: [UInt8] = []
    func endRun() {
      let isText = String(validating: run, as: UTF8.self) != nil
      bytes += isText ? run : run.flatMap { _ in UTF8Scanner.replacement }
      run.removeAll()
    }
    var isFirst = true
    for token in tokens where decoding.isKnown(token) && !(skippingSpecials && decoding.isSpecial(token)) {
      let piece = decoding.bytes(token, isFirst: isFirst)
      isFirst = false
      if decoding.isByte(token) {
        run += piece
      } else {
        endRun()
        bytes += piece
      }
    }
    endRun()
    return String(decoding: stripped(bytes), as: UTF8.self)
  }

  private func stripped(_ bytes: [UInt8]) -> [UInt8] {
    var start = 0
    for _ in 0..<decoding.strips where bytes[start...].starts(with: decoding.strippedCharacter) {
      start += decoding.strippedCharacter.count
    }
    return start == 0 ? bytes : Array(bytes[start...])
  }
}
