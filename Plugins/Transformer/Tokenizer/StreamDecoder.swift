/// Decodes ids one by one into bytes that never end inside a character.
///
/// The outputs together are what ``Tokenizer/text(_:skippingSpecials:)`` gives for all ids, but for one case: of a
/// run of byte tokens that turns out to be no text, the characters before the mistake were given already and remain.
package struct StreamDecoder: Sendable {
  private let decoding: DecodingTable
  private let skipsSpecials: Bool
  private var isFirst = true
  private var strips: Int
  /// The beginning of a character.
  private var pending: [UInt8] = []
  /// Whether the run of byte tokens has a mistake already.
  private var isBroken = false

  /// A stream at its beginning.
  package init(_ tokenizer: Tokenizer, skippingSpecials: Bool = false) {
    decoding = tokenizer.decoding
    skipsSpecials = skippingSpecials
    strips = decoding.strips
  }

  /// The characters that are complete with this id; none, when it ends inside one.
  package mutating func append(_ token: Int32) -> [UInt8] {
    guard decoding.isKnown(token), !(skipsSpecials && decoding.isSpecial(token)) else { return [] }
    let piece = decoding.bytes(token, isFirst: isFirst)
    isFirst = false
    guard decoding.hasByteTokens else { return strip(complete(piece)) }
    guard !decoding.isByte(token) else { return strip(completeByte(piece)) }
    let rest = endRun()
    return strip(rest + piece)
  }

  /// The rest at the end of the stream: U+FFFD for a character that did not become complete.
  package mutating func flush() -> [UInt8] {
    guard !decoding.hasByteTokens else { return strip(endRun()) }
    defer { pending.removeAll() }
    return strip(pending.isEmpty ? [] : UTF8Scanner.replacement)
  }

  private mutating func complete(_ piece: ArraySlice<UInt8>) -> [UInt8] {
    pending += piece
    var output: [UInt8] = []
    var at = 0
    scan: while at < pending.count {
      switch UTF8Scanner.sequence(pending, at: at) {
      case .character(let length):
        output += pending[at..<at + length]
        at += length
      case .malformed(let length):
        output += UTF8Scanner.replacement
        at += length
      case .incomplete: break scan
      }
    }
    pending.removeFirst(at)
    return output
  }

  private mutating func completeByte(_ piece: ArraySlice<UInt8>) -> [UInt8] {
    pending += piece
    if !isBroken {
      switch UTF8Scanner.sequence(pending, at: 0) {
      case .character:
        defer { pending.removeAll() }
        return pending
      case .incomplete: return []
      case .malformed: isBroken = true
      }
    }
    defer { pending.removeAll() }
    return pending.flatMap { _ in UTF8Scanner.replacement }
  }

  /// One U+FFFD for each byte of a character that a run of byte tokens did not complete.
  private mutating func endRun() -> [UInt8] {
    defer { pending.removeAll() }
    isBroken = false
    return pending.flatMap { _ in UTF8Scanner.replacement }
  }

  private mutating func strip(_ bytes: [UInt8]) -> [UInt8] {
    guard strips > 0, !bytes.isEmpty else { return bytes }
    var rest = bytes[...]
    while strips > 0, !rest.isEmpty {
      guard rest.starts(with: decoding.strippedCharacter) else {
        strips = 0
        break
      }
      rest = rest.dropFirst(decoding.strippedCharacter.count)
      strips -= 1
    }
    return Array(rest)
  }
}
