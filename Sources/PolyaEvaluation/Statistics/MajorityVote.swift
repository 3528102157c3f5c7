package import PolyaCore
package import PolyaRecords

/// maj@k: the probability that the most frequent of k answers is right (self-consistency, Wang et al. 2022,
/// arXiv:2203.11171).
package struct MajorityVote: Sendable {
  private let random: Randomness

  /// The number of random subsets that stand for all.
  private static let subsets = 1000

  /// Creates an estimator.
  package init(random: Randomness) { self.random = random }

  /// Returns maj@k of a question: the mean over subsets of k of its samples, all of them if k is their number, else random
  /// ones. A tie counts by the share of right answers in it. Returns nil if there are fewer samples.
  ///
  /// - Parameter blank: The number of samples without an answer: they are drawn, but do not vote. If none votes, that is wrong.
  package func estimate(k: Int, _ votes: [EvaluationRecord.Vote], blank: Int = 0) -> Double? {
    let samples =
      votes.enumerated().flatMap { Array(repeating: $0.offset, count: $0.element.count) }
      + Array(repeating: votes.count, count: blank)
    guard k >= 1, k <= samples.count else { return nil }
    if k == samples.count { return winner(among: samples[...], votes) }
    if k == 1 {
      return Double(votes.reduce(0) { $0 + ($1.isRight ? $1.count : 0) }) / Double(samples.count)
    }
    let sum = (0..<Self.subsets).reduce(0.0) { sum, subset in
      let stream = random.stream(UInt64(subset))
      var drawn = samples
      for place in 0..<k {
        drawn.swapAt(place, place + stream.below(samples.count - place, UInt64(place)))
      }
      return sum + winner(among: drawn.prefix(k), votes)
    }
    return sum / Double(Self.subsets)
  }

  /// The share of right answers among the most frequent ones.
  private func winner(among samples: ArraySlice<Int>, _ votes: [EvaluationRecord.Vote]) -> Double {
    var counts = votes.map { _ in 0 }
    for answer in samples where answer < counts.count { counts[answer] += 1 }
    guard let most = counts.max(), most > 0 else { return 0 }
    let winners = counts.indices.filter { counts[$0] == most }
    return Double(winners.count { votes[$0].isRight }) / Double(winners.count)
  }
}
