/// The probability that at least one of `k` samples of a question is right.
package enum PassAtK {
  /// Returns the unbiased estimate of pass@k for one question from `samples` >= `k` samples (Chen et al.
  /// 2021, arXiv:2107.03374, eq. 1).
  ///
  /// This is `1 - C(n-c, k) / C(n, k)`, the share of all subsets of k samples that contain a right one. The
  /// ratio of binomials is computed factor by factor, each in 0...1, so that nothing overflows. The paper's
  /// code returns 1 for k > n; this function returns nil.
  ///
  /// Samples without a verdict (abstained, failed) are not wrong; leave them out of `samples`.
  ///
  /// - Parameters:
  ///  - k: The number of tries allowed; at least 1.
  ///  - samples: n, the number of samples with a verdict.
  ///  - correct: c, the number of right samples, in 0...n.
  /// - Returns: A value in 0...1, or nil if `k` exceeds `samples`, which say nothing about pass@k then; a
  ///   bound in its place would be biased.
  /// - Complexity: O(c).
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

  /// Returns the values of k to plot on a logarithmic axis: 1, 2, 4, ... and `samples` itself.
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
