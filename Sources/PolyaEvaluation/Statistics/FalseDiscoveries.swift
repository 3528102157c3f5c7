/// Control of the expected share of false discoveries among several tests (Benjamini and Hochberg 1995).
///
/// The tests of one curve depend positively on each other, for which the procedure holds as well (Benjamini and Yekutieli
/// 2001, theorem 1.2).
package enum FalseDiscoveries {
  /// Returns the adjusted p-value of each test: the smallest rate of false discoveries at which it is one of the
  /// discoveries.
  package static func adjusted(_ probabilities: [Double]) -> [Double] {
    let order = probabilities.indices.sorted { (probabilities[$0], $0) < (probabilities[$1], $1) }
    var adjusted = probabilities
    var least = 1.0
    for (place, index) in order.enumerated().reversed() {
      least = min(least, probabilities[index] * Double(order.count) / Double(place + 1))
      adjusted[index] = least
    }
    return adjusted
  }
}
