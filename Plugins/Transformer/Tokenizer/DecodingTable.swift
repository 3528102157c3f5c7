/// What every id of a tokenizer stands for.
struct DecodingTable: Sendable {
  /// Bytes of each id inside a text.
  let pieces: TokenPieces
  /// Bytes of each id at the beginning of a text, where they differ.
  let firstPieces: TokenPieces?
  /// At the beginning of the text, at most `strips` of this character are left out.
  let strippedCharacter: [UInt8]
  let strips: Int
  /// Whether runs of byte tokens make characters of their own, rather than all bytes together.
  let hasByteTokens: Bool
  private let kinds: [UInt8]

  private static let special: UInt8 = 1
  private static let byte: UInt8 = 2
  private static let known: UInt8 = 4

  init(_ decoder: TokenDecoder, _ vocabulary: Vocabulary, _ added: [AddedTokens.Entry]) {
    let count = max(vocabulary.idEnd, (added.map { Int($0.id) }.max() ?? -1) + 1)
    var texts = (0..<count).map { vocabulary.text(of: Int32($0)) }
    for entry in added { texts[Int(entry.id)] = String(decoding: entry.normalizedContent, as: UTF8.self) }
    var kinds = [UInt8](repeating: 0, count: count)
    pieces = TokenPieces(
      texts.enumerated().map { id, text in
        guard let text else { return [] }
        let (bytes, isByte) = decoder.piece(text)
        kinds[id] = Self.known | (isByte ? Self.byte : 0)
        return bytes
      })
    for entry in added where entry.isSpecial { kinds[Int(entry.id)] |= Self.special }
    self.kinds = kinds
    hasByteTokens = decoder.hasByteTokens
    switch decoder.beginning {
    case .nothing: (strippedCharacter, strips, firstPieces) = ([], 0, nil)
    case .strips(let character, let count): (strippedCharacter, strips, firstPieces) = (character, count, nil)
    case .unmarks:
      (strippedCharacter, strips) = ([], 0)
      firstPieces = TokenPieces(texts.map { $0.map { decoder.piece($0, isFirst: true).bytes } ?? [] })
    }
  }

  /// Whether an id has a text; others stand for nothing.
  func isKnown(_ token: Int32) -> Bool { kind(token) & Self.known != 0 }

  /// Whether an id is one of the special tokens, also where these are normalized.
  func isSpecial(_ token: Int32) -> Bool { kind(token) & Self.special != 0 }

  /// Whether an id is a byte token like `<0x0A>`.
  func isByte(_ token: Int32) -> Bool { kind(token) & Self.byte != 0 }

  private func kind(_ token: Int32) -> UInt8 {
    token >= 0 && Int(token) < kinds.count ? kinds[Int(token)] : 0
  }

  func bytes(_ token: Int32, isFirst: Bool) -> ArraySlice<UInt8> {
    if isFirst, let firstPieces { return firstPieces[token] }
    return pieces[token]
  }
}
