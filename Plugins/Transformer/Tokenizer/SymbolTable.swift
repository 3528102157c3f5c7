internal import PolyaKit
internal import TransformerFiles

/// The symbols that a piece begins as, before anything is merged: bytes, or characters with their fallbacks.
struct SymbolTable {
  enum Alphabet { case bytes, characters }

  private let alphabet: Alphabet
  /// Of bytes, their ids; of characters, the ids of `<0x00>` to `<0xFF>`. -1: not in the vocabulary.
  private let bytes: [Int32]
  /// Ids of ASCII characters.
  private let ascii: [Int32]
  private let vocabulary: Vocabulary
  private let fallsBackToBytes: Bool
  private let unknown: Int32?
  private let fusesUnknown: Bool

  init(_ model: JSON?, _ vocabulary: Vocabulary, _ alphabet: Alphabet, name: String) throws {
    self.alphabet = alphabet
    self.vocabulary = vocabulary
    fusesUnknown = model?["fuse_unk"]?.bool ?? false
    fallsBackToBytes = alphabet == .characters && model?["byte_fallback"]?.bool ?? false
    bytes = (UInt8.min...UInt8.max).map { byte in
      let text = alphabet == .bytes ? ByteAlphabet.text(of: [byte]) : Self.name(ofByte: byte)
      return vocabulary.id(of: text) ?? -1
    }
    ascii = (0..<128).map { (byte: UInt8) in vocabulary.id(of: [byte]) ?? -1 }
    let text = model?["unk_token"]?.string
    unknown = text.flatMap { vocabulary.id(of: $0) }
    // Byte-level files may name a token that they never need.
    if let text, unknown == nil, alphabet == .characters || bytes.contains(-1) {
      throw TransformerError(.corrupt, "the vocabulary of \(name) lacks its unk_token \(text)")
    }
  }

  /// Whether characters may vanish, so that their neighbors meet.
  var leavesOut: Bool { unknown == nil && !(fallsBackToBytes && !bytes.contains(-1)) }

  private static func name(ofByte byte: UInt8) -> String {
    let digits = String(byte, radix: 16, uppercase: true)
    return "<0x" + (digits.count < 2 ? "0" : "") + digits + ">"
  }

  /// Appends the symbols of a piece. What has no id becomes the unknown token, or is left out where there is none.
  func append(_ text: [UInt8], _ range: Range<Int>, to symbols: inout [Int32]) {
    var pending: Int32?
    var at = range.lowerBound
    while at < range.upperBound {
      let end = end(of: text, at)
      if let id = id(text, at..<end) {
        if let unknown = pending { symbols.append(unknown) }
        pending = nil
        symbols.append(id)
      } else if fallsBackToBytes, text[at..<end].allSatisfy({ bytes[Int($0)] >= 0 }) {
        // A pending unknown stays pending, as in the reference implementation: it comes after the bytes.
        for byte in text[at..<end] { symbols.append(bytes[Int(byte)]) }
      } else if let unknown {
        if let earlier = pending, !fusesUnknown { symbols.append(earlier) }
        pending = unknown
      }
      at = end
    }
    if let unknown = pending { symbols.append(unknown) }
  }

  private func end(of text: [UInt8], _ at: Int) -> Int {
    guard alphabet == .characters else { return at + 1 }
    let byte = text[at]
    return at + (byte < 0x80 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4)
  }

  private func id(_ text: [UInt8], _ range: Range<Int>) -> Int32? {
    let byte = Int(text[range.lowerBound])
    if alphabet == .bytes { return bytes[byte] >= 0 ? bytes[byte] : nil }
    if byte < 0x80 { return ascii[byte] >= 0 ? ascii[byte] : nil }
    return vocabulary.id(of: text, range)
  }
}
