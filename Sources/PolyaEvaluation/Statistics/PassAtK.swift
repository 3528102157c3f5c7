/// The chance that at least one of `k` samples of a question is right.
package enum PassAtK {
  /// Estimates pass@k of one question without bias from more samples than `k`.
  ///
  /// This is `1 - C(n-c, k) / C(n, k)`, the share of all size-`k` subsets of the drawn samples that hold a right
  /// one. The ratio of binomials is multiplied out factor by factor, each in [0, 1], so that nothing overflows.
  ///
  /// A sample without a verdict (abstained, failed) is not a wrong one: leave it out of `samples`.
  ///
  /// - Parameters:
  ///   - k: number of tries allowed, at least 1.
  ///   - samples: n, the samples of the question that got a verdict.
  ///   - correct: c, how many of them are right, in 0...n.
  /// - Returns: a value in 0...1, or nil where `k` exceeds `samples`: too few samples say nothing of pass@k, and
  ///   a bound in its place would be biased.
  /// - Complexity: O(c).
  /// - Note: Source: Chen et al. 2021, arXiv:2107.03374, eq. 1. Theirs answers 1 when k > n; ours answers nil.
  package static func estimate(k: Int, samples: Int, correct: Int) -> Double? {
    precondition(k >= 1, "pass@k needs k >= 1, not \(k)")
    precondition(correct >= 0 && correct <= samples, "\(correct) right of \(samples) samples")
    guard k <= samples else { return nil }
    let wrong = samples - correct
    guard wrong >= k else { return 1 }
    var allWrong = 1.0
    for drawn in stride(from: wrong + 1, through: samples, by: 1) {
      allWrong *= 1 - Double(k) / Double(drawn)
    }
    return 1 - allWrong
  }

  /// The values of k worth a point on a curve with a logarithmic axis: 1, 2, 4, ... and `samples` itself.
  package static func curve(samples: Int) -> [Int] {
    var points: [Int] = []
    var k = 1
    while k < samples {
      points.append(k)
      k *= 2
    }
    return samples >= 1 ? points + [samples] : []
  }
}
