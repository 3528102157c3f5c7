import PolyaCore
import Testing

@testable import PolyaEvaluation

@Suite struct BootstrapTests {
  /// Resampling ones and zeros draws a binomial number of ones, so the exact interval is known:
  /// `scipy.stats.binom.ppf([0.025, 0.975], n, ones / n) / n` (scipy 1.17.1). The binomial is discrete, so a finite
  /// number of resamples may land on the neighbor of the exact quantile and no further.
  @Test(arguments: [
    (ones: 617, questions: 1319, low: 582.0, high: 653.0), (ones: 6, questions: 30, low: 2, high: 11),
    (ones: 150, questions: 400, low: 131, high: 169),
  ])
  func intervalOfAShareIsTheBinomialOne(ones: Int, questions: Int, low: Double, high: Double) throws {
    let values = (0..<questions).map { $0 < ones ? 1.0 : 0.0 }
    let estimate = try Bootstrap(seed: 1).mean(values)
    #expect(abs(estimate.value - Double(ones) / Double(questions)) < 1e-12)
    #expect(abs(estimate.low * Double(questions) - low) < 1.001)
    #expect(abs(estimate.high * Double(questions) - high) < 1.001)
  }

  /// Reference: `scipy.stats.bootstrap(method="percentile", n_resamples=2_000_000)`. With 200,000 resamples here the
  /// standard error of an end is below 0.0005.
  @Test func intervalOfAMeanAgreesWithSciPy() throws {
    let estimate = try Bootstrap(seed: 3, resamples: 200_000).mean(Self.first)
    #expect(abs(estimate.value - 0.47291666666666665) < 1e-12)
    #expect(abs(estimate.low - 0.28541666666666665) < 0.003)
    #expect(abs(estimate.high - 0.6625) < 0.003)
  }

  /// References: interval and sign shares of `scipy.stats.bootstrap` on the differences, 2,000,000 resamples.
  @Test func pairedDifferenceAgreesWithSciPy() throws {
    let paired = try Bootstrap(seed: 3, resamples: 200_000).pairedDifference(Self.first, Self.second)
    #expect(paired.questions == 12)
    #expect(abs(paired.difference.value - 0.08541666666666665) < 1e-12)
    #expect(abs(paired.difference.low - 0.0208333) < 0.0015)
    #expect(abs(paired.difference.high - 0.15) < 0.0015)
    #expect(abs(paired.probability - 0.009629) < 0.001)

    let mixed = [0.3, -0.2, 0.1, 0.4, -0.1, 0.25, -0.15, 0.05]
    let unclear = try Bootstrap(seed: 4, resamples: 200_000).pairedDifference(
      mixed, [Double](repeating: 0, count: mixed.count))
    #expect(abs(unclear.difference.low + 0.0625) < 0.0026)
    #expect(abs(unclear.difference.high - 0.225) < 0.0026)
    #expect(abs(unclear.probability - 0.292728) < 0.006)
  }

  @Test func swappingTheModelsMirrorsTheDifference() throws {
    let bootstrap = Bootstrap(seed: 9, resamples: 999)
    let there = try bootstrap.pairedDifference(Self.first, Self.second)
    let back = try bootstrap.pairedDifference(Self.second, Self.first)
    #expect(abs(there.difference.low + back.difference.high) < 1e-12)
    #expect(abs(there.difference.high + back.difference.low) < 1e-12)
    #expect(there.probability == back.probability)
  }

  @Test func equalModelsDoNotDiffer() throws {
    let paired = try Bootstrap(seed: 9, resamples: 500).pairedDifference(Self.first, Self.first)
    #expect(paired.difference == Estimate(value: 0, low: 0, high: 0))
    #expect(paired.probability == 1)
  }

  @Test func aDifferenceOfOneSignHasTheSmallestProbabilityThatResamplingCanShow() throws {
    let paired = try Bootstrap(seed: 9, resamples: 999).pairedDifference([1, 2, 3], [0, 1, 1])
    #expect(abs(paired.probability - 0.002) < 1e-15)
  }

  @Test func oneQuestionHasNoSpread() throws {
    #expect(
      try Bootstrap(seed: 5, resamples: 10).mean([0.25]) == Estimate(value: 0.25, low: 0.25, high: 0.25))
  }

  @Test func seedDecidesAndNothingElse() throws {
    let one = try Bootstrap(seed: 1, resamples: 400).mean(Self.first)
    #expect(try Bootstrap(seed: 1, resamples: 400).mean(Self.first) == one)
    #expect(try Bootstrap(seed: 2, resamples: 400).mean(Self.first) != one)
  }

  @Test func whatCannotBeMeasuredThrows() {
    let bootstrap = Bootstrap(seed: 1, resamples: 10)
    #expect(throws: StatisticsError.noQuestions) { try bootstrap.mean([]) }
    #expect(throws: StatisticsError.notFinite(question: 1)) { try bootstrap.mean([0, .nan, .infinity]) }
    #expect(throws: StatisticsError.unpaired(first: 2, second: 1)) {
      try bootstrap.pairedDifference([1, 2], [1])
    }
  }

  /// Chi-squared of 1,000,000 draws over 10 cells; 27.88 is the 99.9% quantile at 9 degrees of freedom.
  @Test func drawsAreUniform() {
    let generator = ResampleGenerator(seed: 0)
    var cells = [Double](repeating: 0, count: 10)
    for resample in 0..<1000 {
      let stream = generator.stream(resample)
      for draw in 0..<1000 { cells[ResampleGenerator.index(stream: stream, draw: draw, below: 10)] += 1 }
    }
    #expect(cells.reduce(0) { $0 + ($1 - 100_000) * ($1 - 100_000) / 100_000 } < 27.88)
  }

  private static let first = [0.1, 0.4, 0.95, 0.3, 0.0, 1.0, 0.625, 0.2, 0.8, 0.55, 0.05, 0.7]
  private static let second = [0.0, 0.5, 0.9, 0.1, 0.0, 0.9, 0.5, 0.3, 0.6, 0.45, 0.0, 0.4]
}
