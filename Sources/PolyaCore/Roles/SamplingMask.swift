/// Which tokens top-k, top-p, and min-p left to draw from, at each position of a completion.
///
/// A loss on log-probs of all tokens would take a completion for a draw from the whole distribution, and its importance
/// ratios for those of another action space (the "sampling mask" of DeepSeek-V3.2, arXiv:2512.02556, section 3.1).
package struct SamplingMask: Sendable, Equatable {
  /// The ids of all positions, one after the other.
  package var ids: [Int32]
  /// Where the ids of each position end in `ids`.
  package var ends: [Int32]

  /// Creates a mask; by default one that leaves all tokens.
  package init(ids: [Int32] = [], ends: [Int32] = []) {
    self.ids = ids
    self.ends = ends
  }

  /// Whether all tokens are left.
  package var isEmpty: Bool { ends.isEmpty }

  /// Returns what is wrong with the mask of some drawn tokens; nil if nothing is.
  package func problem(of tokens: some Collection<Int32>) -> String? {
    guard ends.count == tokens.count else { return "has \(ends.count) positions for \(tokens.count) tokens" }
    var begin = 0
    for (end, token) in zip(ends, tokens) {
      guard Int(end) > begin, Int(end) <= ids.count else { return "has no ids at a position" }
      guard ids[begin..<Int(end)].contains(token) else {
        return "does not have the token \(token) that was drawn"
      }
      begin = Int(end)
    }
    return begin == ids.count ? nil : "has \(ids.count - begin) ids of no position"
  }
}
