internal import PolyaCore

/// Splits sequences so that each forward pass stays below a number of tokens; the gradient is the same.
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
