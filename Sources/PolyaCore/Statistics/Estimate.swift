/// A number measured on a sample of questions, with the interval that says how far to believe it.
package struct Estimate: Hashable, Sendable {
  /// The measured value itself, not the centre of the interval.
  package var value: Double
  /// Lower end of the interval, in the unit of `value`.
  package var low: Double
  /// Upper end of the interval, in the unit of `value`.
  package var high: Double

  /// Joins a value and its interval; the interval of a skewed statistic need not contain the value.
  package init(value: Double, low: Double, high: Double) {
    self.value = value
    self.low = low
    self.high = high
  }
}

/// Why a statistic cannot be computed from the given questions.
package enum StatisticsError: Error, Hashable, Sendable, CustomStringConvertible {
  /// There is no question to measure on.
  case noQuestions
  /// Two models are compared on lists of different length, which cannot be the same questions.
  case unpaired(first: Int, second: Int)
  /// The value of one question is NaN or infinite.
  case notFinite(question: Int)

  /// What failed, with which value, and what to do.
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
