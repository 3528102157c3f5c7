internal import Glibc

/// How large a comparison has to be before anything was run: the rates at which a model answers questions are taken to follow
/// a beta distribution, and the other model to be as good on each question, so that only samples differ. A real effect
/// differs from question to question, so that more questions are needed.
package struct AssumedDifficulty: Sendable {
  private let alpha, beta: Double

  /// Creates an assumption; nil if no beta distribution has this mean and deviation.
  ///
  /// - Parameters:
  ///   - mean: The mean rate, which is pass@1; strictly between 0 and 1.
  ///   - deviation: The standard deviation of the rate over questions; at least 0.001 and below sqrt(mean (1 - mean)).
  package init?(mean: Double, deviation: Double) {
    let concentration = mean * (1 - mean) / (deviation * deviation) - 1
    guard mean > 0, mean < 1, deviation >= 0.001, concentration > 0 else { return nil }
    (alpha, beta) = (mean * concentration, (1 - mean) * concentration)
  }

  /// Returns rows for values of k and numbers of samples of at least k.
  ///
  /// - Parameter questions: The number of questions for the smallest effect that is found.
  package func rows(ks: [Int], samples: [Int], effect: Double, questions: Int, size: SampleSize)
    -> [PilotStudy.Row]
  {
    ks.flatMap { k in
      samples.filter { $0 >= k }.map { samples in
        let deviation = deviation(k: k, samples: samples)
        return PilotStudy.Row(
          k: k, samples: samples, deviation: deviation,
          questions: size.questions(effect: effect, deviation: deviation),
          detectable: size.effect(questions: questions, deviation: deviation))
      }
    }
  }

  /// The standard deviation over questions of the difference of two estimates of pass@k.
  ///
  /// The number of right samples is beta-binomial, and an unbiased estimate has the mean 1 - (1 - p)^k at rate p.
  func deviation(k: Int, samples: Int) -> Double {
    let square = (0...samples).reduce(0.0) { sum, right in
      let estimate = PassAtK.estimate(k: k, samples: samples, correct: right) ?? 0
      return sum + exp(logProbability(right, of: samples)) * estimate * estimate
    }
    let squareOfMean = 1 - 2 * allWrong(k) + allWrong(2 * k)
    return max(2 * (square - squareOfMean), 0).squareRoot()
  }

  /// The probability that `tries` samples of a question are all wrong.
  private func allWrong(_ tries: Int) -> Double {
    exp(logBeta(alpha, beta + Double(tries)) - logBeta(alpha, beta))
  }

  private func logProbability(_ right: Int, of samples: Int) -> Double {
    let (c, n) = (Double(right), Double(samples))
    return lgamma(n + 1) - lgamma(c + 1) - lgamma(n - c + 1) + logBeta(c + alpha, n - c + beta)
      - logBeta(alpha, beta)
  }

  private func logBeta(_ a: Double, _ b: Double) -> Double { lgamma(a) + lgamma(b) - lgamma(a + b) }
}
