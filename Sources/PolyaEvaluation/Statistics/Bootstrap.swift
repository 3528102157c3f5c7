package import PolyaCore

/// Percentile bootstrap over questions (Efron and Tibshirani 1993, "An Introduction to the Bootstrap",
/// chapter 13). Quantiles between two resamples are interpolated linearly, as in NumPy and SciPy.
///
/// Questions are resampled, never single samples: the samples of one question share its difficulty, so an
/// interval over samples would be far too narrow. For the same reason, questions that share a source are resampled together,
/// and an arm with several training seeds is resampled over seeds and questions at once (crossed, Owen 2007, "The pigeonhole
/// bootstrap"). With few seeds, the interval is too narrow: with five, its part due to seeds is about a third
/// narrower than Student's t would make it. The same `Bootstrap` gives the same bytes on every machine.
package struct Bootstrap: Hashable, Sendable {
  /// The number of resamples. With 10,000, the ends of a 95% interval are uncertain by about 2% of its width.
  package let resamples: Int
  /// The share of resamples inside the interval, strictly between 0 and 1.
  package let confidence: Double
  /// The seed that selects the stream of random draws.
  package let seed: UInt64

  /// Creates a bootstrap. Traps unless `resamples` >= 1 and 0 < `confidence` < 1.
  package init(seed: UInt64, resamples: Int = 10_000, confidence: Double = 0.95) {
    precondition(resamples >= 1, "a bootstrap needs at least one resample, not \(resamples)")
    precondition(confidence > 0 && confidence < 1, "confidence \(confidence) is not between 0 and 1")
    self.seed = seed
    self.resamples = resamples
    self.confidence = confidence
  }

  /// Returns the mean of a per-question metric with its interval.
  ///
  /// - Parameter values: One value per question, such as its pass@k, without questions that have no value.
  /// - Throws: `noQuestions`, or `notFinite` with the index of the first such value.
  /// - Complexity: O(resamples · questions); 10,000 x 1,319 take well under a second.
  package func mean(_ values: [Double]) throws(StatisticsError) -> Estimate {
    try mean(QuestionValues([values]))
  }

  /// Returns the mean over questions and training seeds with its interval: both are resampled, questions by their clusters.
  ///
  /// - Throws: As ``mean(_:)-([Double])`` does.
  package func mean(_ values: QuestionValues) throws(StatisticsError) -> Estimate {
    interval(around: try Self.average(values.means), resampledMeans: resampledMeans(values, minus: nil))
  }

  /// Returns the mean difference `first - second` of two models on the same questions, with its interval and
  /// p-value.
  ///
  /// Pairing removes the difficulty of the questions from the interval, which makes it much narrower than the
  /// intervals of the two models suggest.
  ///
  /// - Parameters:
  ///  - first: One value per question of the first model.
  ///  - second: The values of the second model, in the same order of questions.
  /// - Throws: `unpaired`, `noQuestions`, or `notFinite`.
  package func pairedDifference(
    _ first: [Double], _ second: [Double]
  ) throws(StatisticsError) -> PairedDifference {
    try pairedDifference(QuestionValues([first]), QuestionValues([second]))
  }

  /// Returns the mean difference of two arms on the same questions, of which either may have several training seeds. The
  /// same questions are drawn for both, and seeds for each arm on its own.
  ///
  /// - Throws: `unpaired`, `noQuestions`, or `notFinite`.
  package func pairedDifference(
    _ first: QuestionValues, _ second: QuestionValues
  ) throws(StatisticsError) -> PairedDifference {
    let (a, b) = (first.means, second.means)
    guard a.count == b.count else { throw .unpaired(first: a.count, second: b.count) }
    let differences = zip(a, b).map { $0 - $1 }
    let average = try Self.average(differences)
    let means = resampledMeans(first, minus: second)
    let largest = (first.seeds + second.seeds).joined().reduce(0) { max($0, $1.magnitude) }
    let rounding = Double(differences.count) * largest * Double.ulpOfOne
    return PairedDifference(
      difference: interval(around: average, resampledMeans: means),
      probability: Self.signProbability(of: means, rounding: rounding), questions: differences.count)
  }

  private static func average(_ values: [Double]) throws(StatisticsError) -> Double {
    guard !values.isEmpty else { throw .noQuestions }
    if let question = values.firstIndex(where: { !$0.isFinite }) { throw .notFinite(question: question) }
    return values.reduce(0, +) / Double(values.count)
  }

  private func resampledMeans(_ first: QuestionValues, minus second: QuestionValues?) -> [Double] {
    let generator = ResampleGenerator(seed: seed)
    let sizes = first.clusterSizes
    let arms = [first.clusterSums] + (second.map { [$0.clusterSums] } ?? [])
    let drawsSeeds = arms.contains { $0.count > 1 }
    let fixed = drawsSeeds ? [] : Self.combined(arms.map { $0[0] })
    return (0..<resamples).map { resample in
      let sums = drawsSeeds ? Self.combined(drawnSeeds(arms, resample)) : fixed
      let stream = generator.stream(resample)
      var (sum, size) = (0.0, 0.0)
      for draw in sizes.indices {
        let cluster = ResampleGenerator.index(stream: stream, draw: draw, below: sizes.count)
        sum += sums[cluster]
        size += sizes[cluster]
      }
      return sum / size
    }
  }

  /// The first arm's sums minus the second's, if there is one.
  private static func combined(_ arms: [[Double]]) -> [Double] {
    arms.count == 1 ? arms[0] : zip(arms[0], arms[1]).map { $0 - $1 }
  }

  /// The mean sums of each arm over as many seeds as it has, drawn with replacement.
  private func drawnSeeds(_ arms: [[[Double]]], _ resample: Int) -> [[Double]] {
    arms.enumerated().map { place, seeds in
      let stream = ResampleGenerator(seed: seed &+ UInt64(place) &+ 1).stream(resample)
      let drawn = seeds.indices.map {
        seeds[ResampleGenerator.index(stream: stream, draw: $0, below: seeds.count)]
      }
      return drawn[0].indices.map { cluster in
        drawn.reduce(0) { $0 + $1[cluster] } / Double(drawn.count)
      }
    }
  }

  private func interval(around value: Double, resampledMeans: [Double]) -> Estimate {
    let sorted = resampledMeans.sorted()
    let tail = (1 - confidence) / 2
    return Estimate(
      value: value, low: Self.quantile(tail, sorted: sorted), high: Self.quantile(1 - tail, sorted: sorted))
  }

  private static func quantile(_ share: Double, sorted: [Double]) -> Double {
    let place = share * Double(sorted.count - 1)
    let below = Int(place)
    let above = min(below + 1, sorted.count - 1)
    return sorted[below] + (place - Double(below)) * (sorted[above] - sorted[below])
  }

  /// Returns twice the share of resamples on the rarer side of zero. The observed data count as one more
  /// resample, which keeps the result above zero (Phipson and Smyth 2010, "Permutation P-values should never
  /// be zero").
  ///
  /// Resamples whose differences cancel are common, since pass@k takes few values. A mean within `rounding`
  /// of zero counts on both sides, so that the order of summation does not matter.
  private static func signProbability(of means: [Double], rounding: Double) -> Double {
    let notAbove = means.count { $0 <= rounding }
    let notBelow = means.count { $0 >= -rounding }
    return min(1, 2 * Double(min(notAbove, notBelow) + 1) / Double(means.count + 1))
  }
}

/// The difference of two models on the same questions.
package struct PairedDifference: Hashable, Sendable {
  /// The mean of first minus second, with its bootstrap interval.
  package var difference: Estimate
  /// The two-sided p-value, 0...1: how often resampling the questions changes the sign of the difference.
  package var probability: Double
  /// The number of questions that both models have.
  package var questions: Int

  /// Creates a difference.
  package init(difference: Estimate, probability: Double, questions: Int) {
    self.difference = difference
    self.probability = probability
    self.questions = questions
  }
}
