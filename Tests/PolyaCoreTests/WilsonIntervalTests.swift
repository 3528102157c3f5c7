import PolyaCore
import Testing

@Suite struct WilsonIntervalTests {
  /// `scipy.stats.binomtest(k, n).proportion_ci(confidence, method="wilson")`, scipy 1.17.1.
  @Test(arguments: [
    (0, 10, 0.95, 0.0, 0.27753279986288926), (3, 10, 0.95, 0.10779126740630102, 0.6032218525388546),
    (10, 10, 0.95, 0.7224672001371109, 1.0), (617, 1319, 0.95, 0.4409839004637445, 0.49476047809861395),
    (6, 30, 0.95, 0.0950510717728987, 0.3730569641314825),
    (6, 30, 0.99, 0.07564455755125438, 0.43302063137961216),
  ])
  func agreesWithSciPy(successes: Int, trials: Int, confidence: Double, low: Double, high: Double) throws {
    let estimate = try WilsonInterval.estimate(successes: successes, trials: trials, confidence: confidence)
    #expect(abs(estimate.low - low) < 1e-12)
    #expect(abs(estimate.high - high) < 1e-12)
    #expect(estimate.value == Double(successes) / Double(trials))
  }

  @Test func noTrialsThrow() {
    #expect(throws: StatisticsError.noQuestions) { try WilsonInterval.estimate(successes: 0, trials: 0) }
  }
}
