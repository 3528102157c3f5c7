import Testing

@testable import PolyaTraining

struct RewardCombinationTests {
  private let scores: [[Double?]] = [[0, 10], [1, 30], [1, 10], [0, 50], [1, 0], [0, 0]]
  private let groups = [0, 0, 0, 1, 1, 1]

  @Test func theSumIsWeightedBeforeTheGroupsStatistics() {
    let found = RewardCombination.sum.advantages(
      scores, weights: [1, 0.1], groups: groups, .centred)
    // Sums 1, 4, 2 and 5, 1, 0.
    let expected = [1 - 7.0 / 3, 4 - 7.0 / 3, 2 - 7.0 / 3, 3, -1, -2]
    for (a, b) in zip(found, expected) { #expect(abs((a ?? .nan) - b) < 1e-12) }
  }

  /// Worked by hand from the formulas of the paper: each reward standardised in its group, the sum over the batch.
  @Test func decoupledStatisticsGiveEachRewardItsWeight() {
    let found = RewardCombination.decoupled.advantages(
      scores, weights: [1, 1], groups: groups, .standardised)
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
    let again = RewardCombination.decoupled.advantages(wider, weights: [1, 1], groups: groups, .standardised)
    for (a, b) in zip(found, again) { #expect(abs((a ?? 0) - (b ?? 1)) < 1e-4) }
  }

  @Test(arguments: RewardCombination.allCases) func aMissingVerdictMovesNobody(
    _ combination: RewardCombination
  ) {
    let with = combination.advantages(
      scores + [[1, nil]], weights: [1, 1], groups: groups + [1], .standardised)
    #expect(with.last == .some(nil))
    #expect(
      Array(with.dropLast())
        == combination.advantages(scores, weights: [1, 1], groups: groups, .standardised))
  }
}
