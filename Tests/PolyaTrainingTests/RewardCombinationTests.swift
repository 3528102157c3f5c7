import PolyaCore
import Testing

@testable import PolyaTraining

struct RewardCombinationTests {
  private let scores: [[Double?]] = [[0, 10], [1, 30], [1, 10], [0, 50], [1, 0], [0, 0]]
  private let groups = [0, 0, 0, 1, 1, 1]

  private func advantages(
    _ combination: RewardCombination, _ scores: [[Double?]], weights: [Double], groups: [Int],
    _ estimator: any AdvantageEstimator
  ) -> [Double?] {
    let rewards = scores.map { RewardCombination.sum($0, weights: weights) }
    return CreditAssignment(combination: combination, advantage: estimator).advantages(
      RewardBatch(rewards: rewards, isRight: rewards.map { ($0 ?? 0) > 0.5 }, groups: groups),
      RewardCombination.Scores(values: scores, weights: weights, middles: weights.map { _ in 0.5 }))
  }

  @Test func theSumIsWeightedBeforeTheGroupsStatistics() {
    let found = advantages(.sum, scores, weights: [1, 0.1], groups: groups, CenteredAdvantage())
    // Sums 1, 4, 2 and 5, 1, 0.
    let expected = [1 - 7.0 / 3, 4 - 7.0 / 3, 2 - 7.0 / 3, 3, -1, -2]
    for (a, b) in zip(found, expected) { #expect(abs((a ?? .nan) - b) < 1e-12) }
  }

  /// Worked by hand from the formulas of the paper: each reward standardized in its group, the sum over the batch.
  @Test func decoupledStatisticsGiveEachRewardItsWeight() {
    let found = advantages(.decoupled, scores, weights: [1, 1], groups: groups, StandardizedAdvantage())
    // (0, 1, 1) has mean 2/3 and deviation 1/sqrt(3); (10, 30, 10) mean 50/3 and deviation 20/sqrt(3).
    let root = 3.0.squareRoot()
    let first = [-2 / 3 * root, root / 3, root / 3].map { $0 }
    let second = [-root / 3, 2 / 3 * root, -root / 3]
    // (0, 1, 0): mean 1/3; (50, 0, 0): mean 50/3, deviation 50/sqrt(3).
    let third = [-root / 3, 2 / 3 * root, -root / 3]
    let fourth = [2 / 3 * root, -root / 3, -root / 3]
    let sums = zip(first, second).map(+) + zip(third, fourth).map(+)
    let deviation = (sums.reduce(0) { $0 + $1 * $1 } / 5).squareRoot()
    for (a, b) in zip(found, sums) { #expect(abs((a ?? .nan) - b / deviation) < 1e-4) }
    // Ten times the range changes nothing.
    let wider = scores.map { [$0[0], $0[1].map { $0 * 10 }] }
    let again = advantages(.decoupled, wider, weights: [1, 1], groups: groups, StandardizedAdvantage())
    for (a, b) in zip(found, again) { #expect(abs((a ?? 0) - (b ?? 1)) < 1e-4) }
  }

  /// Maths tasks and code tasks in one run: each reward abstains on the other's. As in TRL, whose sums leave a None out.
  @Test(arguments: RewardCombination.allCases) func anAbstentionLeavesTheOthers(
    _ combination: RewardCombination
  ) {
    let scores: [[Double?]] = [[1, nil], [0, nil], [1, nil], [nil, 0], [nil, 1], [nil, 0]]
    let found = advantages(combination, scores, weights: [1, 1], groups: groups, CenteredAdvantage())
    // (1, 0, 1) has the mean 2/3, (0, 1, 0) the mean 1/3. The decoupled ones are divided by the deviation of all six:
    // their squares sum to 3/9 * 4 = 4/3, and n - 1 is 5.
    let deviation: Double = combination == .sum ? 1 : (4.0 / 15).squareRoot()
    let thirds: [Double] = [1, -2, 1, -1, 2, -1]
    let expected = thirds.map { $0 / 3 / deviation }
    for (a, b) in zip(found, expected) { #expect(abs((a ?? .nan) - b) < 1e-5) }
  }

  /// One row of the group lacks the second reward: `nansum` of the weighted scores.
  @Test func theSumLeavesOutWhatIsNotThere() {
    let scores: [[Double?]] = [[1, 2], [0, nil], [nil, 4], [nil, nil]]
    #expect(
      scores.map { RewardCombination.sum($0, weights: [1, 0.5]) } == [2, 0, 2, nil])
    let found = advantages(.sum, scores, weights: [1, 0.5], groups: [0, 0, 0, 0], CenteredAdvantage())
    for (a, b) in zip(found.dropLast(), [2.0 / 3, -4.0 / 3, 2.0 / 3]) {
      #expect(abs((a ?? .nan) - b) < 1e-12)
    }
    #expect(found.last == .some(nil), "all abstain: masked, not zero")
  }

  /// Each reward's statistics are those of the rows that have it: `nanmean` and the deviation of the known.
  @Test func decoupledStatisticsAreOfTheRowsThatHaveTheReward() {
    let scores: [[Double?]] = [[0, 5], [1, nil], [nil, 7], [nil, nil]]
    let found = advantages(.decoupled, scores, weights: [1, 2], groups: [0, 0, 0, 0], CenteredAdvantage())
    // First: mean 1/2 of two rows; second: mean 6 of two rows; sums -0.5 - 2, 0.5, 2; over the batch: mean 0,
    // squares 6.25 + 0.25 + 4 over n - 1 = 2.
    let deviation = (10.5 / 2).squareRoot()
    for (a, b) in zip(found.dropLast(), [-2.5, 0.5, 2]) { #expect(abs((a ?? .nan) - b / deviation) < 1e-5) }
    #expect(found.last == .some(nil))
  }

  /// What a reward that failed would have said is not known, so that no sum without it is the row's.
  @Test func aFailureIsNoVerdictOfItsRow() {
    let good = Verdict.scored(1, extracted: "", notes: [])
    #expect(RewardCombination.counting([good, .abstained(notes: [])]) == [1, nil])
    #expect(RewardCombination.counting([good, .failed("crashed")]) == [nil, nil])
    #expect(RewardCombination.counting([.abstained(notes: []), .abstained(notes: [])]) == [nil, nil])
  }

  @Test(arguments: RewardCombination.allCases) func anUnscoredRolloutMovesNobody(
    _ combination: RewardCombination
  ) {
    let with = advantages(
      combination, scores + [[nil, nil]], weights: [1, 1], groups: groups + [1], StandardizedAdvantage())
    #expect(with.last == .some(nil))
    #expect(
      Array(with.dropLast())
        == advantages(combination, scores, weights: [1, 1], groups: groups, StandardizedAdvantage()))
  }
}
