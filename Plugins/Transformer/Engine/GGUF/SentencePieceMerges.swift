internal import TransformerFiles

/// The merges of a SentencePiece BPE model, which stores only the score of each piece: every way to put a piece together
/// of two others, the pieces with the highest scores first, as converters of Hugging Face have it.
struct SentencePieceMerges {
  private let pieces: [(text: String, id: Int, score: Float)]

  /// Longer ones are none: SentencePiece has at most 16 characters by default.
  private static let longest = 256

  /// - Parameter pieces: without bytes and special tokens.
  init(_ pieces: [(text: String, id: Int, score: Float)]) { self.pieces = pieces }

  func pairs(_ path: String) throws -> [(left: String, right: String)] {
    let ids = Dictionary(pieces.map { ([UInt8]($0.text.utf8), $0.id) }) { first, _ in first }
    var found: [(left: String, right: String, key: Key)] = []
    for piece in pieces {
      guard piece.text.utf8.count <= Self.longest else {
        throw TransformerError(
          .unsupported,
          "\(path) has a token of \(piece.text.utf8.count) bytes, longer than \(Self.longest); \(GGUFTokenizer.remedy)"
        )
      }
      for (left, right) in Self.halves(piece.text) {
        guard let first = ids[left], let second = ids[right] else { continue }
        let (left, right) = (String(decoding: left, as: UTF8.self), String(decoding: right, as: UTF8.self))
        let key = Key(
          score: piece.score, left: left.unicodeScalars.count, right: right.unicodeScalars.count,
          id: piece.id,
          first: first, second: second)
        found.append((left, right, key))
      }
    }
    return found.sorted { $0.key < $1.key }.map { ($0.left, $0.right) }
  }

  private static func halves(_ text: String) -> [([UInt8], [UInt8])] {
    let bytes = Array(text.utf8)
    // At bytes that begin a character.
    return bytes.indices.dropFirst().filter { bytes[$0] & 0xC0 != 0x80 }.map {
      (Array(bytes[..<$0]), Array(bytes[$0...]))
    }
  }

  /// Higher scores, then longer left and right halves come first; then lower ids.
  private struct Key: Comparable {
    let score: Float
    let left, right, id, first, second: Int

    static func < (a: Key, b: Key) -> Bool {
      if a.score != b.score { return a.score > b.score }
      return (b.left, b.right, a.id, a.first, a.second) < (a.left, a.right, b.id, b.first, b.second)
    }
  }
}
