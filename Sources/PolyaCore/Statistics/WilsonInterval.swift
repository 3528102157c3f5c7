import Glibc

/// The Wilson score interval of a proportion. Unlike the normal approximation, it stays within 0...1 and is
/// accurate near both ends.
package enum WilsonInterval {
  /// Returns the share of successes and its interval (Wilson 1927, "Probable inference, the law of
  /// succession, and statistical inference").
  ///
  /// - Parameters:
  ///  - successes: The number of successes, in 0...trials.
  ///  - trials: The number of independent trials. Samples of one question are not independent; use
  ///    `Bootstrap` for those.
  ///  - confidence: The coverage, strictly between 0 and 1.
  /// - Throws: `noQuestions` if `trials` is zero.
  package static func estimate(
    successes: Int, trials: Int, confidence: Double = 0.95
  ) throws(StatisticsError) -> Estimate {
    precondition(successes >= 0 && successes <= trials, "\(successes) successes of \(trials) trials")
    precondition(confidence > 0 && confidence < 1, "confidence \(confidence) is not between 0 and 1")
    guard trials > 0 else { throw .noQuestions }
    let n = Double(trials)
    let share = Double(successes) / n
    let z = normalDeviate(twoSided: confidence)
    let shrink = 1 + z * z / n
    let center = (share + z * z / (2 * n)) / shrink
    let half = z / shrink * (share * (1 - share) / n + z * z / (4 * n * n)).squareRoot()
    // With 0 or n successes, one end is exactly 0 or 1, which rounding must not change.
    return Estimate(
      value: share,
      low: successes == 0 ? 0 : max(0, center - half),
      high: successes == trials ? 1 : min(1, center + half))
  }

  /// Returns the z for which a standard normal variable lies in -z...z with probability `confidence`.
  private static func normalDeviate(twoSided confidence: Double) -> Double {
    // erfc is monotonic, so bisection to the last bit needs no initial guess and cannot diverge.
    var low = 0.0
    var high = 40.0
    while case let middle = (low + high) / 2, middle > low, middle < high {
      if erfc(middle / 2.0.squareRoot()) > 1 - confidence { low = middle } else { high = middle }
    }
    return (low + high) / 2
  }
}
