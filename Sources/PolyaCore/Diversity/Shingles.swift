/// The set of word triples of a text, as hashes. Near-duplicates share most of theirs.
///
/// A word is a run of letters and digits of any script, compared without case. Every other visible character
/// is a word of its own, so that `3 + 4` and `3 * 4` differ.
package struct Shingles: Sendable, Equatable {
  /// Sorted, without duplicates. A text of fewer than three words has one shingle.
  package let hashes: [UInt32]

  private static let length = 3

  /// Hashes the word triples of a text.
  package init(_ text: String) {
    let words = Words.hashes(of: text)
    guard words.count >= Self.length else {
      hashes = [Self.fold(words[...])]
      return
    }
    var found = (0...words.count - Self.length).map { Self.fold(words[$0..<$0 + Self.length]) }
    found.sort()
    var unique: [UInt32] = []
    unique.reserveCapacity(found.count)
    for hash in found where hash != unique.last { unique.append(hash) }
    hashes = unique
  }

  private static func fold(_ words: ArraySlice<UInt64>) -> UInt32 {
    var hash: UInt64 = 0x9E37_79B9_7F4A_7C15
    for word in words { hash = (hash ^ word) &* 0xBF58_476D_1CE4_E5B9 ^ hash >> 29 }
    return UInt32(truncatingIfNeeded: hash ^ hash >> 32)
  }

  /// Returns the number of shared shingles divided by the number of all shingles: 1 for equal sets, 0 for
  /// disjoint ones.
  package func jaccard(_ other: Shingles) -> Double {
    var (i, j, shared) = (0, 0, 0)
    while i < hashes.count, j < other.hashes.count {
      let (a, b) = (hashes[i], other.hashes[j])
      if a == b { shared += 1 }
      if a <= b { i += 1 }
      if b <= a { j += 1 }
    }
    return Double(shared) / Double(max(1, hashes.count + other.hashes.count - shared))
  }
}

/// Splits a text into words.
package enum Words {
  /// Returns one FNV-1a hash per word, in text order.
  package static func hashes(of text: String) -> [UInt64] {
    var words: [UInt64] = []
    var hash = basis
    for byte in text.utf8 {
      let isLetter = (byte | 0x20) &- 0x61 < 26
      if isLetter || byte &- 0x30 < 10 || byte >= 0x80 {
        hash = (hash ^ UInt64(isLetter ? byte | 0x20 : byte)) &* prime
        continue
      }
      if hash != basis { words.append(hash) }
      hash = basis
      if byte > 0x20 { words.append((basis ^ UInt64(byte)) &* prime) }
    }
    if hash != basis { words.append(hash) }
    return words
  }

  private static let basis: UInt64 = 0xcbf2_9ce4_8422_2325
  private static let prime: UInt64 = 0x100_0000_01b3
}
