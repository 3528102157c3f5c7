package import PolyaCore

/// maj@k: the probability that the most frequent of k answers is right (self-consistency, Wang et al. 2022,
/// arXiv:2203.11171).
package struct MajorityVote: Sendable {
  private let random: Randomness

  /// The number of random subsets that stand for all.
  private static let subsets = 1000

  /// Creates an estimator.
  package init(random: Randomness) { self.random = random }

  /// An answer that some samples of a question share.
  package struct Tally: Sendable, Equatable {
    /// Whether it is right.
    package var isRight: Bool
    /// The number of samples with it.
    package var count: Int

    /// Creates a tally.
    package init(isRight: Bool, count: Int) {
      self.isRight = isRight
      self.count = count
    }
  }

  /// Returns maj@k of a question: the mean over subsets of k of its samples, all of them if k is their number, else random
  /// ones. A tie counts by the share of right answers in it. Returns nil if there are fewer samples.
  package func estimate(k: Int, _ tallies: [Tally]) -> Double? {
    let samples = tallies.enumerated().flatMap { Array(repeating: $0.offset, count: $0.element.count) }
    guard k >= 1, k <= samples.count else { return nil }
    if k == samples.count { return vote(samples[...], tallies) }
    if k == 1 {
      return Double(tallies.reduce(0) { $0 + ($1.isRight ? $1.count : 0) }) / Double(samples.count)
    }
    let sum = (0..<Self.subsets).reduce(0.0) { sum, subset in
      let stream = random.stream(UInt64(subset))
      var drawn = samples
      for place in 0..<k {
        drawn.swapAt(place, place + stream.below(samples.count - place, UInt64(place)))
      }
      return sum + vote(drawn.prefix(k), tallies)
    }
    return sum / Double(Self.subsets)
  }

  private func vote(_ samples: ArraySlice<Int>, _ tallies: [Tally]) -> Double {
    var counts = tallies.map { _ in 0 }
    for answer in samples { counts[answer] += 1 }
    let most = counts.max() ?? 0
    let winners = counts.indices.filter { counts[$0] == most }
    return Double(winners.count { tallies[$0].isRight }) / Double(winners.count)
  }
}
