/// A value measured on a sample of questions, with its confidence interval.
package struct Estimate: Hashable, Sendable {
  /// The measured value, which need not be the center of the interval.
  package var value: Double
  /// The lower end of the interval, in the unit of `value`.
  package var low: Double
  /// The upper end of the interval, in the unit of `value`.
  package var high: Double

  /// Creates an estimate. The interval of a skewed statistic need not contain the value.
  package init(value: Double, low: Double, high: Double) {
    self.value = value
    self.low = low
    self.high = high
  }
}

/// The reasons why a statistic cannot be computed.
package enum StatisticsError: Error, Hashable, Sendable, CustomStringConvertible {
  /// There are no questions to measure.
  case noQuestions
  /// Two models are compared on lists of different lengths, which cannot be the same questions.
  case unpaired(first: Int, second: Int)
  /// The value of one question is NaN or infinite.
  case notFinite(question: Int)

  /// What is wrong and what to do about it.
  package var description: String {
    switch self {
    case .noQuestions:
      "no question has a value, so there is nothing to average; check that the samples got verdicts"
    case .unpaired(let first, let second):
      "cannot pair \(first) questions with \(second); keep only the questions that both models have"
    case .notFinite(let question):
      "the value of question \(question) is not finite; leave out questions without a value"
    }
  }
}
