internal import PolyaCore

/// Intervals of measurements that gave the same value on every question.
///
/// Resampling equal values gives that value again, an interval without width: 0 right answers to 64 questions would seem to
/// prove that no question can be answered. They only show that values of other questions are rare: their share is at most
/// the upper end of the Wilson interval of 0 of so many. The interval assumes the worst of that share.
enum EqualValues {
  /// Returns the estimate if all values are equal, otherwise nil.
  ///
  /// - Parameters:
  ///  - values: At least one value, each within `range`.
  ///  - range: The values that a question can have.
  static func estimate(_ values: [Double], within range: ClosedRange<Double>) throws -> Estimate? {
    guard let value = values.first, values.allSatisfy({ $0 == value }) else { return nil }
    let share = try WilsonInterval.estimate(successes: 0, trials: values.count).high
    return Estimate(
      value: value, low: (1 - share) * value + share * range.lowerBound,
      high: (1 - share) * value + share * range.upperBound)
  }
}
