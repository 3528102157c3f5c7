internal import Glibc

/// Exact tests of counts.
package enum ExactTests {
  /// Returns the two-sided p-value of McNemar's exact test: of `first + second` questions on which two models differ, how
  /// unlikely is it that so many belong to one of them.
  package static func mcNemar(_ first: Int, _ second: Int) -> Double {
    let trials = first + second
    guard trials > 0 else { return 1 }
    let tail = (0...min(first, second)).reduce(0.0) { sum, successes in
      sum + exp(logChoose(trials, successes) - Double(trials) * M_LN2)
    }
    return min(1, 2 * tail)
  }

  /// Returns the p-value of Fisher's exact test that the second share is smaller: of all right answers of both models, how
  /// unlikely is it that so few are the second one's.
  ///
  /// - Parameters:
  ///   - right: The numbers of right answers.
  ///   - samples: The numbers of answers.
  package static func fisherLess(right: (Int, Int), samples: (Int, Int)) -> Double {
    let (all, total) = (right.0 + right.1, samples.0 + samples.1)
    let fewest = max(0, all - samples.0)
    guard right.1 >= fewest else { return 0 }
    let tail = (fewest...right.1).reduce(0.0) { sum, second in
      sum
        + exp(logChoose(samples.1, second) + logChoose(samples.0, all - second) - logChoose(total, all))
    }
    return min(1, tail)
  }

  private static func logChoose(_ n: Int, _ k: Int) -> Double {
    lgamma(Double(n + 1)) - lgamma(Double(k + 1)) - lgamma(Double(n - k + 1))
  }
}
