internal import Glibc

/// How many questions a comparison needs, by the normal approximation of the mean paired difference.
package struct SampleSize: Sendable {
  /// The sum of the standard normal quantiles for error and power.
  private let reach: Double

  /// Creates a calculation.
  ///
  /// - Parameters:
  ///   - error: The two-sided probability to call models different that are alike, strictly between 0 and 1.
  ///   - power: The probability to find the difference if it is there, strictly between 0 and 1.
  package init(error: Double = 0.05, power: Double = 0.8) {
    reach = Self.quantile(1 - error / 2) + Self.quantile(power)
  }

  /// Returns the number of questions with which a mean difference is found.
  ///
  /// - Parameters:
  ///   - effect: The difference, not 0.
  ///   - deviation: The standard deviation of the difference over questions.
  package func questions(effect: Double, deviation: Double) -> Int {
    let root = reach * deviation / abs(effect)
    return max(1, Int(min(root * root, 1e12).rounded(.up)))
  }

  /// Returns the smallest mean difference that is found with a number of questions.
  package func effect(questions: Int, deviation: Double) -> Double {
    reach * deviation / Double(questions).squareRoot()
  }

  /// The quantile of the standard normal distribution, by bisection to the last bits.
  static func quantile(_ probability: Double) -> Double {
    var (low, high) = (-40.0, 40.0)
    for _ in 0..<120 {
      let middle = (low + high) / 2
      if 0.5 * erfc(-middle / 2.0.squareRoot()) < probability { low = middle } else { high = middle }
    }
    return (low + high) / 2
  }
}
