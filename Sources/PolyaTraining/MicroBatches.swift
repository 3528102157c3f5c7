internal import PolyaCore

/// Splits sequences into ranges of at most `limit` tokens, except for a single longer sequence. The gradient
/// does not change.
enum MicroBatches {
  static func split(_ sequences: [TokenSequence], tokens limit: Int) -> [Range<Int>] {
    var ranges: [Range<Int>] = []
    var start = 0
    var tokens = 0
    for (index, sequence) in sequences.enumerated() {
      if index > start, tokens + sequence.tokens.count > limit {
        ranges.append(start..<index)
        start = index
        tokens = 0
      }
      tokens += sequence.tokens.count
    }
    if start < sequences.count { ranges.append(start..<sequences.count) }
    return ranges
  }
}
