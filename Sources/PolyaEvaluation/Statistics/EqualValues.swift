internal import PolyaCore

/// Intervals of measurements that gave the same value on every question.
///
/// Resampling equal values gives that value again, an interval without width: 0 right answers to 64 questions would seem to
/// prove that no question can be answered. They only show that values of other questions are rare: their share is at most
/// the upper end of the Wilson interval of 0 of so many. The interval assumes the worst of that share.
enum EqualValues {
  /// Means of equal values of clusters of different sizes differ by their rounding.
  private static let rounding = 1e-12

  /// Returns the estimate if all clusters of all seeds have the same mean, otherwise nil.
  ///
  /// - Parameters:
  ///  - values: Those of at least one question, each within `range`.
  ///  - range: The values that a question can have.
  static func estimate(_ values: QuestionValues, within range: ClosedRange<Double>) throws -> Estimate? {
    let sizes = values.clusterSizes
    let means = values.clusterSums.flatMap { sums in zip(sums, sizes).map { $0 / $1 } }
    guard let value = means.first, means.allSatisfy({ abs($0 - value) <= rounding }) else { return nil }
    let share = try WilsonInterval.estimate(successes: 0, trials: sizes.count).high
    return Estimate(
      value: value, low: (1 - share) * value + share * range.lowerBound,
      high: (1 - share) * value + share * range.upperBound)
  }
}
