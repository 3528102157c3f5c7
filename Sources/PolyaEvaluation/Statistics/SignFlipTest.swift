package import PolyaCore

/// A permutation test of paired differences: under the hypothesis that two models are alike, each question's difference
/// could as well have the other sign (Fisher 1935; in SciPy `permutation_test` with `permutation_type="samples"`).
package struct SignFlipTest: Sendable {
  private let random: Randomness

  /// The number of random flips, if there are too many to try all.
  private static let flips = 9_999
  /// Up to as many questions, all flips are tried.
  private static let mostExact = 13

  /// Creates a test.
  package init(random: Randomness) { self.random = random }

  /// Returns the two-sided p-value of the mean difference, 0...1: the share of flips whose mean is at least as far from zero.
  /// With random flips, the data themselves count as one more.
  package func probability(_ differences: [Double]) -> Double {
    let observed = abs(differences.reduce(0, +))
    let rounding = differences.reduce(0) { $0 + $1.magnitude } * Double.ulpOfOne * 4
    func isExtreme(_ sum: Double) -> Bool { abs(sum) >= observed - rounding }
    if differences.count <= Self.mostExact {
      let all = 1 << differences.count
      let extreme = (0..<all).count { mask in
        isExtreme(
          differences.enumerated().reduce(0) { $0 + (mask >> $1.offset & 1 == 0 ? $1.element : -$1.element) })
      }
      return Double(extreme) / Double(all)
    }
    let extreme = (0..<Self.flips).count { flip in
      let stream = random.stream(UInt64(flip))
      var sum = 0.0
      for start in stride(from: 0, to: differences.count, by: 64) {
        var bits = stream.stream(UInt64(start)).key
        for difference in differences[start..<min(start + 64, differences.count)] {
          sum += bits & 1 == 0 ? difference : -difference
          bits >>= 1
        }
      }
      return isExtreme(sum)
    }
    return Double(extreme + 1) / Double(Self.flips + 1)
  }
}
