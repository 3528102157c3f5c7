internal import PolyaCore

/// PKPO (Walder and Karkhanis 2025, arXiv:2505.15201): n times the unbiased estimator `s(loo - 1)` of the gradient of the
/// greatest reward among k answers, which for rewards 0 and 1 is pass@k.
///
/// The advantage of rollout i is the mean, over all subsets of k rollouts, of what i adds to the subset's greatest reward:
///
///     A_i = n / C(n, k) · Σ_{S ∋ i} (max r(S) - max r(S \ i))
///
/// The factor n makes up for the mean over rollouts that the loss takes. At k = 1 there is no rest of a subset, and the
/// baseline is the mean of the others, as in RLOO. `k` moves in a line to `final-k` during the training, as the paper
/// anneals it. In a group smaller than k, k is its size.
package struct PKPOAdvantage: GroupAdvantage {
  private let k: Int
  private let finalK: Int

  private static let kSetting = Setting.integer(
    "k", in: 1...100_000, "The number of answers whose best one counts.")
  private static let finalKSetting = Setting.integer(
    "final-k", in: 1...100_000,
    "The number at the end of the training, to which 'k' moves in equal parts of the steps."
  ).optional("as 'k'")

  static let variant = Variant<any AdvantageEstimator>(
    "pkpo",
    "PKPO (arXiv:2505.15201): what the answer adds to the best reward among k, in the mean over all subsets of the group.",
    [kSetting, finalKSetting]
  ) {
    let k = try $0.read(kSetting)
    return PKPOAdvantage(k: k, finalK: try $0.read(finalKSetting) ?? k)
  }

  /// Creates the estimator.
  package init(k: Int, finalK: Int) {
    self.k = k
    self.finalK = finalK
  }

  private func k(at progress: Double, of size: Int) -> Int {
    let values = Double(abs(finalK - k) + 1)
    let moved = min(Int(progress * values), abs(finalK - k))
    return min(finalK >= k ? k + moved : k - moved, size)
  }

  /// Returns zeros if all rewards are equal.
  package func values(_ rewards: [Double], isRight: [Bool], progress: Double) -> [Double] {
    let k = k(at: progress, of: rewards.count)
    guard k > 1 else {
      return LeaveOneOutAdvantage().values(rewards, isRight: isRight, progress: progress)
    }
    let order = rewards.indices.sorted { (rewards[$0], $0) < (rewards[$1], $1) }
    let n = rewards.count
    // In the order of rewards, the greatest of a subset is its last. Of the subsets of k - 1 others, `below[j]` is the
    // share of those that lie below place j; the difference to j + 1 is the share whose last is at j.
    let below = (0..<n).map { Subsets.share($0, n - 1, k - 1) }
    var result = rewards.map { _ in 0.0 }
    // Against each subset whose last is lower, i adds the difference; against others nothing.
    for (place, index) in order.enumerated() {
      let gain = (0..<place).reduce(0) { sum, lower in
        sum + (rewards[index] - rewards[order[lower]]) * (below[lower + 1] - below[lower])
      }
      result[index] = gain * Double(k)
    }
    return result
  }
}
