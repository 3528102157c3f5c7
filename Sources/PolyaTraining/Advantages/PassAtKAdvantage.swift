internal import PolyaCore

/// The closed form of the advantage when the reward is pass@k of random subsets of the group (arXiv:2508.10751, section
/// 2.4): with n rollouts of which w are wrong, R = 1 - C(w, k) / C(n, k) and σ = sqrt(R (1 - R)),
///
///     right: (1 - R) / σ        wrong: (1 - R - C(w - 1, k - 1) / C(n - 1, k - 1)) / σ.
///
/// Only right and wrong count, not the size of the reward. In a group smaller than k, k is its size.
package struct PassAtKAdvantage: GroupAdvantage {
  private let k: Int

  private static let kSetting = Setting.integer(
    "k", in: 1...100_000, "The number of answers, one of which must be right.")

  static let variant = Variant<any AdvantageEstimator>(
    "pass-at-k", "Pass@k training in closed form (arXiv:2508.10751): one right answer among k is enough.",
    [kSetting]
  ) { PassAtKAdvantage(k: try $0.read(kSetting)) }

  /// Returns zeros where every subset has the same reward.
  package func values(_ rewards: [Double], isRight: [Bool], progress: Double) -> [Double] {
    let (n, wrong) = (isRight.count, isRight.count { !$0 })
    let k = min(k, n)
    let allWrong = Subsets.share(wrong, n, k)
    let deviation = (allWrong * (1 - allWrong)).squareRoot()
    guard deviation > 0 else { return isRight.map { _ in 0 } }
    return isRight.map { right in
      (allWrong - (right ? 0 : Subsets.share(wrong - 1, n - 1, k - 1))) / deviation
    }
  }
}

/// Shares of subsets.
enum Subsets {
  /// Returns C(a, k) / C(b, k), the share of the subsets of size k of b things that lie within a of them.
  static func share(_ a: Int, _ b: Int, _ k: Int) -> Double {
    guard a >= k else { return 0 }
    return (0..<k).reduce(1) { $0 * Double(a - $1) / Double(b - $1) }
  }
}
