import PolyaCore
import PolyaEvaluation
import PolyaRecords
import Testing

/// Questions that all gave the same value do not prove that others would.
@Suite struct EqualValuesTests {
  /// `count` questions of eight samples, of which some are right.
  private func records(_ correct: [Int]) -> [EvaluationRecord] {
    correct.enumerated().map { index, correct in
      EvaluationRecord(
        id: "k:\(index)", model: "m", tasks: "t", task: "\(index)", kind: "", prompt: "p", scored: 8,
        correct: correct, unscored: 0, reasons: UnscoredReasons(), meanTokens: 1, examples: [])
    }
  }

  /// The upper end of the Wilson interval of 0 of n: z^2 / (n + z^2), z = 1.959964.
  private func share(_ count: Int) -> Double { 3.841458820694124 / (Double(count) + 3.841458820694124) }

  @Test(arguments: [1, 10, 64, 1000])
  func noneRightIsNotImpossible(_ count: Int) throws {
    let none = try #require(
      try Scoring([.pass(4)], seed: 1).scores(
        EvaluatedArm("m", records(Array(repeating: 0, count: count))), tasks: "t"
      )
      .first)
    #expect(none.value == 0 && none.low == 0)
    #expect(abs(none.high - share(count)) < 1e-12)
    let all = try #require(
      try Scoring([.pass(4)], seed: 1).scores(
        EvaluatedArm("m", records(Array(repeating: 8, count: count))), tasks: "t"
      )
      .first)
    #expect(all.value == 1 && all.high == 1)
    #expect(abs(all.low - (1 - share(count))) < 1e-12)
  }

  @Test func equalModelsMayStillDiffer() throws {
    let (none, all) = (records(Array(repeating: 0, count: 64)), records(Array(repeating: 8, count: 64)))
    let scoring = Scoring([.pass(1)], seed: 1)
    let same = try #require(
      try scoring.compare(EvaluatedArm("a", none), EvaluatedArm("b", none), tasks: "t").first)
    #expect(same.difference == 0 && same.probability == 1)
    #expect(abs(same.high - share(64)) < 1e-12 && same.low == -same.high)
    let better = try #require(
      try scoring.compare(EvaluatedArm("a", all), EvaluatedArm("b", none), tasks: "t").first)
    #expect(better.difference == 1 && better.high == 1)
    #expect(abs(better.low - (1 - 2 * share(64))) < 1e-12)
  }

  @Test func otherValuesAreResampled() throws {
    let mixed = records([0, 8, 0, 0, 8, 0, 0, 0])
    let score = try #require(
      try Scoring([.pass(1)], seed: 1).scores(EvaluatedArm("m", mixed), tasks: "t").first)
    let expected = try Bootstrap(seed: 1).mean([0, 1, 0, 0, 1, 0, 0, 0])
    #expect(Estimate(value: score.value, low: score.low, high: score.high) == expected)
  }
}
