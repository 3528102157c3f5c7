internal import PolyaCore

/// Splits sequences into ranges of at most `limit` tokens, except for a single longer one. The gradient
/// does not change.
enum MicroBatches {
  static func split(_ sequences: [TokenSequence], tokens limit: Int) -> [Range<Int>] {
    split(sizes: sequences.map(\.tokens.count), tokens: limit)
  }

  /// Splits what stays together, of which the numbers of tokens are given.
  static func split(sizes: [Int], tokens limit: Int) -> [Range<Int>] {
    var ranges: [Range<Int>] = []
    var start = 0
    var tokens = 0
    for (index, size) in sizes.enumerated() {
      if index > start, tokens + size > limit {
        ranges.append(start..<index)
        start = index
        tokens = 0
      }
      tokens += size
    }
    if start < sizes.count { ranges.append(start..<sizes.count) }
    return ranges
  }
}
