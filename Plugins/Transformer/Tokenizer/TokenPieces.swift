/// The bytes of every token id, in one piece of memory.
package struct TokenPieces: Sendable {
  private let bytes: [UInt8]
  private let starts: [Int]

  /// Pieces by token id.
  package init(_ pieces: [[UInt8]]) {
    var starts = [0]
    starts.reserveCapacity(pieces.count + 1)
    var bytes: [UInt8] = []
    for piece in pieces {
      bytes += piece
      starts.append(bytes.count)
    }
    self.bytes = bytes
    self.starts = starts
  }

  /// Number of ids.
  package var count: Int { starts.count - 1 }

  /// The bytes of an id; none for an id beyond the tokenizer's, which a padded vocabulary may have.
  package subscript(token: Int32) -> ArraySlice<UInt8> {
    let id = Int(token)
    guard id >= 0, id < count else { return [] }
    return bytes[starts[id]..<starts[id + 1]]
  }
}
