import Foundation
import PolyaCore
import PolyaEvaluation
import PolyaRecords
import Testing

/// Tests and corrections against SciPy and statsmodels (`Golden/make_statistics.py`).
struct StatisticsTests {
  private let golden: JSON

  init() throws {
    let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden/statistics.json")
      .path
    golden = try JSONParser.parse(try FileBytes.read(file), at: file)
  }

  private func rows(_ key: String) throws -> [[JSON]] {
    let rows = try #require(golden[key]?.array).map { try #require($0.array) }
    #expect(!rows.isEmpty)
    return rows
  }

  private func numbers(_ json: JSON) throws -> [Double] { try #require(json.array).compactMap(\.real) }

  @Test func falseDiscoveries() throws {
    for row in try rows("fdr") {
      for (a, b) in zip(FalseDiscoveries.adjusted(try numbers(row[0])), try numbers(row[1])) {
        #expect(abs(a - b) < 1e-12)
      }
    }
    #expect(FalseDiscoveries.adjusted([]).isEmpty)
  }

  @Test func exactTests() throws {
    for row in try rows("mcnemar") {
      let n = row.compactMap(\.real)
      #expect(abs(ExactTests.mcNemar(Int(n[0]), Int(n[1])) - n[2]) < 1e-10, "\(n)")
    }
    for row in try rows("fisher") {
      let n = row.compactMap(\.real)
      let found = ExactTests.fisherLess(right: (Int(n[0]), Int(n[1])), samples: (Int(n[2]), Int(n[3])))
      #expect(abs(found - n[4]) < 1e-10, "\(n): \(found)")
    }
  }

  @Test func signFlips() throws {
    let test = SignFlipTest(random: Randomness(seed: 1))
    for row in try rows("flips") {
      let (differences, expected) = (try numbers(row[0]), try #require(row[1].real))
      #expect(abs(test.probability(differences) - expected) < 1e-12, "\(differences)")
    }
    let many = try #require(golden["many_flips"]?.array)
    let (found, expected) = (test.probability(try numbers(many[0])), try #require(many[1].real))
    // 9,999 flips: three standard errors.
    #expect(
      abs(found - expected) < 3 * (expected * (1 - expected) / 9_999).squareRoot(), "\(found), \(expected)")
    #expect(test.probability([0, 0, 0]) == 1)
  }

  @Test func numbersOfQuestions() throws {
    for row in try rows("power") {
      let n = row.compactMap(\.real)
      let size = SampleSize(error: n[3], power: n[2])
      let found = size.questions(effect: n[0], deviation: n[1])
      // statsmodels counts the other tail too, whose probability is below 1e-5 here.
      #expect(abs(Double(found) - n[4].rounded(.up)) <= 1, "\(n): \(found)")
      #expect(size.effect(questions: found, deviation: n[1]) <= n[0])
      #expect(size.effect(questions: found - 1, deviation: n[1]) > n[0])
    }
  }

  /// Against all resamples of clusters and seeds (NumPy). The ends are those of 200,000 of them.
  @Test func clustersAndSeedsAreResampledTogether() throws {
    for row in try rows("levels") {
      let arms = try #require(row[0].array).map { try #require($0.array).map { try numbers($0) } }
      let names = try numbers(row[1]).map { "\($0)" }
      let (expected, bootstrap) = (try numbers(row[2]), Bootstrap(seed: 8, resamples: 200_000))
      let first = QuestionValues(arms[0], clusters: names)
      guard arms.count > 1 else {
        let found = try bootstrap.mean(first)
        #expect(abs(found.low - expected[0]) < 0.004 && abs(found.high - expected[1]) < 0.004, "\(found)")
        continue
      }
      let found = try bootstrap.pairedDifference(first, QuestionValues(arms[1], clusters: names))
      #expect(
        abs(found.difference.low - expected[0]) < 0.004 && abs(found.difference.high - expected[1]) < 0.004,
        "\(found), not \(expected)")
      #expect(abs(found.probability - expected[2]) < 0.006, "\(found), not \(expected)")
    }
  }

  /// Against Gauss-Jacobi quadrature over the rates (SciPy). Where the deviation is 0.0035, the variance is what is left of numbers
  /// near 1, so that eight digits remain.
  @Test func assumedDifficulties() throws {
    for row in try rows("beta") {
      let n = row.compactMap(\.real)
      let assumed = try #require(AssumedDifficulty(mean: n[0], deviation: n[1]))
      let (k, samples) = (Int(n[2]), Int(n[3]))
      let found = assumed.rows(
        ks: [k], samples: [samples], effect: 0.03, questions: 100, size: SampleSize())
      #expect(found.count == 1 && abs(found[0].deviation - n[4]) < 1e-8 * n[4], "\(n): \(found)")
      #expect(
        assumed.rows(ks: [samples + 1], samples: [samples], effect: 0.1, questions: 9, size: SampleSize())
          .isEmpty)
    }
    for (mean, deviation) in [(0, 0.1), (1, 0.1), (0.5, 0), (0.5, 0.5), (0.1, 0.4), (.nan, 0.1)] {
      #expect(AssumedDifficulty(mean: mean, deviation: deviation) == nil)
    }
  }

  /// Random subsets stand for all: three standard errors of 1,000 of them.
  @Test func majorities() throws {
    let vote = MajorityVote(random: Randomness(seed: 3))
    for row in try rows("majority") {
      let tallies = try #require(row[0].array).map { json in
        let pair = try #require(json.array)
        return EvaluationRecord.Vote(
          answer: "", isRight: pair[0] == .bool(true), count: Int(try #require(pair[1].integer)))
      }
      let (k, expected) = (Int(try #require(row[1].integer)), try #require(row[2].real))
      let samples = tallies.reduce(0) { $0 + $1.count }
      let found = try #require(vote.estimate(k: k, tallies))
      let tolerance = k == 1 || k == samples ? 1e-12 : 3 * 0.5 / 1000.0.squareRoot()
      #expect(abs(found - expected) <= tolerance, "\(tallies), k \(k): \(found), not \(expected)")
      #expect(vote.estimate(k: samples + 1, tallies) == nil)
    }
  }
}

/// Curves and coverage of two models.
struct CurveComparisonTests {
  private func records(_ correct: [Int], of samples: Int = 8) -> [EvaluationRecord] {
    correct.enumerated().map { index, right in
      EvaluationRecord(
        id: "k:\(index)", model: "m", tasks: "t", task: "q\(index)", kind: "", prompt: "", scored: samples,
        correct: right, unscored: 0, reasons: UnscoredReasons(), meanTokens: 1, examples: [])
    }
  }

  @Test func theCurveIsTheMeanOverItsPoints() throws {
    let (first, second) = (records([8, 4, 0, 2, 6]), records([4, 4, 1, 0, 3]))
    let all = try Scoring([.pass(1), .pass(2), .pass(4), .pass(8)], seed: 1).compare(
      EvaluatedArm("a", first), EvaluatedArm("b", second), tasks: "t")
    #expect(all.map(\.metric) == ["pass@1", "pass@2", "pass@4", "pass@8", "pass@1..8"])
    let mean = all.dropLast().map(\.difference).reduce(0, +) / 4
    #expect(abs(all[4].difference - mean) < 1e-12)
    #expect(all[4].probability >= 2.0 / 32, "of five questions, two of 32 flips are as extreme at least")
    let adjusted = Scoring.adjusted(all)
    #expect(zip(adjusted, all).allSatisfy { ($0.adjusted ?? -1) >= $1.probability })
    #expect(
      try Scoring([.pass(1)], seed: 1).compare(
        EvaluatedArm("a", first), EvaluatedArm("b", second), tasks: "t"
      ).count == 1)
  }

  @Test func lostQuestionsAreListedTheSurestFirst() {
    let coverage = Scoring.coverage(
      EvaluatedArm("after", records([0, 0, 3, 0, 8])), EvaluatedArm("before", records([1, 7, 0, 0, 8])),
      tasks: "t")[0]
    #expect(coverage.lost.map(\.task) == ["q1", "q0"] && coverage.lost.map(\.right) == [7, 1])
    #expect(coverage.gained == 1 && coverage.solvedFirst == 2 && coverage.solvedSecond == 3)
    // Two lost, one gained: of three coins, as uneven a result is certain.
    #expect(coverage.probability == 1)
    // Hypergeometric: C(8, 1) C(8, 0) / C(16, 1) = 1/2 for q0.
    #expect(abs(coverage.lost[1].probability - 0.5) < 1e-9)
    // sqrt(3/5) (1.95996 + 0.84162) / sqrt(5)
    #expect(abs(coverage.detectable - 0.97049) < 1e-4)
  }

  @Test func nothingLostIsNothing() {
    let same = records([1, 2, 0])
    let coverage = Scoring.coverage(EvaluatedArm("a", same), EvaluatedArm("b", same), tasks: "t")[0]
    #expect(coverage.lost.isEmpty && coverage.gained == 0 && coverage.probability == 1)
    let none = Scoring.coverage(EvaluatedArm("a", []), EvaluatedArm("b", []), tasks: "t")[0]
    #expect(none.questions == 0 && none.detectable.isFinite)
  }
}

/// How many questions and samples a comparison needs.
struct PilotStudyTests {
  private func records(_ correct: [Int], of samples: Int) -> [EvaluationRecord] {
    correct.map { right in
      EvaluationRecord(
        id: "", model: "", tasks: "", task: "", kind: "", prompt: "", scored: samples, correct: right,
        unscored: 0,
        reasons: UnscoredReasons(), meanTokens: 1, examples: [])
    }
  }

  /// Many questions of known probabilities: the variance of the difference is that of the true one plus p (1 - p) / n of each.
  @Test func theVarianceOfTheDifferenceIsThatOfItsParts() throws {
    let random = Randomness(seed: 4)
    let count = 4000
    func draw(_ p: Double, _ stream: Randomness) -> Int { (0..<16).count { stream.unit(UInt64($0)) < p } }
    let rates = (0..<count).map { random.stream("p").unit(UInt64($0)) * 0.5 }
    let shifts = (0..<count).map { random.stream("shift").unit(UInt64($0)) * 0.2 }
    let first = rates.indices.map { draw(rates[$0] + shifts[$0], random.stream("a").stream(UInt64($0))) }
    let second = rates.indices.map { draw(rates[$0], random.stream("b").stream(UInt64($0))) }
    let study = PilotStudy(records(first, of: 16), records(second, of: 16), random: random)
    // Uniform shifts of width 0.2: variance 0.04 / 12. E[p (1 - p)] of both is computed from the rates.
    let noise =
      rates.indices.reduce(0.0) { sum, index in
        let (a, b) = (rates[index] + shifts[index], rates[index])
        return sum + a * (1 - a) + b * (1 - b)
      } / Double(count)
    for row in study.rows(ks: [1], effect: 0.03, size: SampleSize()) {
      let expected = (0.04 / 12 + noise / Double(row.samples)).squareRoot()
      #expect(
        abs(row.deviation - expected) < 0.05 * expected, "\(row.samples): \(row.deviation), not \(expected)")
    }
    let twice = PilotStudy(records(first, of: 16), nil, random: random)
    #expect(
      twice.rows(ks: [1, 2], effect: 0.03, size: SampleSize()).allSatisfy { $0.deviation > 0 },
      "not the same samples")
  }

  @Test func smallPilotsSayNothing() {
    let random = Randomness(seed: 1)
    #expect(
      PilotStudy(records([1], of: 4), nil, random: random).rows(ks: [1], effect: 0.1, size: SampleSize())
        .isEmpty)
    #expect(
      PilotStudy(records([1, 0], of: 1), nil, random: random).rows(ks: [1], effect: 0.1, size: SampleSize())
        .isEmpty)
    let equal = PilotStudy(records([4, 4], of: 4), records([4, 4], of: 4), random: random)
    #expect(
      equal.rows(ks: [1, 4], effect: 0.1, size: SampleSize()).allSatisfy {
        $0.questions == 1 && $0.deviation == 0
      })
  }
}
