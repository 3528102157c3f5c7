internal import PolyaCore

/// r less the mean of the other rollouts of its group: RLOO (Ahmadian et al. 2024, arXiv:2402.14740, eq. 7).
///
/// It equals n / (n - 1) times the centered advantage.
package struct LeaveOneOutAdvantage: GroupAdvantage {
  static let variant = Variant<any AdvantageEstimator>(
    "leave-one-out", "RLOO (arXiv:2402.14740): the reward less the mean of the group's other rewards."
  ) { _ in LeaveOneOutAdvantage() }

  /// Returns zeros if all rewards are equal.
  package func values(_ rewards: [Double], isRight: [Bool], progress: Double) -> [Double] {
    guard Set(rewards).count > 1 else { return rewards.map { _ in 0 } }
    let (sum, others) = (rewards.reduce(0, +), Double(rewards.count - 1))
    return rewards.map { $0 - (sum - $0) / others }
  }
}
