import PolyaCore
import PolyaRecords
import Testing

@testable import PolyaTraining

/// What a rollout with several rewards is: the rule for one score, applied to the weighted sum.
struct RolloutRecordTests {
  private final class RangeReward: Reward {
    let id = "test.range"
    let range: ClosedRange<Double>

    init(_ range: ClosedRange<Double>) { self.range = range }

    func score(_ answers: [Answer], seed: UInt64) -> [Verdict] { [] }
  }

  private func rollout(_ said: [(range: ClosedRange<Double>, weight: Double, verdict: Verdict)])
    -> RolloutRecord
  {
    let rewards = said.enumerated().map {
      Reinforcement.WeightedReward("r\($0)", RangeReward($1.range), weight: $1.weight)
    }
    let verdicts = said.map(\.verdict)
    let rollout = Rollout(
      task: Task(key: "t", question: "q", reference: "1", referenceKind: "math"), group: 2, sample: 3,
      seed: 4, prompt: "p",
      sequence: TokenSequence(tokens: [1, 2], from: 1),
      completion: Completion(finish: .stop, text: Array("a".utf8), tokens: [2], logprobs: [-1]),
      reward: RewardCombination.sum(RewardCombination.counting(verdicts), weights: said.map(\.weight)),
      verdicts: verdicts, advantage: nil)
    return rollout.record(id: "k:0", step: 7, rewards: rewards)
  }

  @Test func oneRewardDecidesByItsOwnRange() {
    // A reward above zero is no sign of a right answer: 0.25 is below the middle of 0...1 and above that of -1...1.
    #expect(rollout([(0...1, 1, .scored(0.25))]).outcome == .wrong)
    #expect(rollout([(-1...1, 1, .scored(0.25))]).outcome == .right)
    #expect(rollout([(0...1, 3, .scored(0.75))]).outcome == .right)
    #expect(rollout([(0...1, 1, .scored(0.5))]).outcome == .wrong)
    // A penalty: the more it scores, the worse.
    #expect(rollout([(0...1, -1, .scored(0.25))]).outcome == .right)
  }

  @Test func severalRewardsDecideByTheWeightedSum() {
    // Middle 0.5 + 0.2 * 0.5 = 0.6.
    #expect(rollout([(0...1, 1, .scored(0.5)), (0...1, 0.2, .scored(1))]).outcome == .right)
    #expect(rollout([(0...1, 1, .scored(0.25)), (0...1, 0.2, .scored(1))]).outcome == .wrong)
    // One that abstains has no part in the sum, nor in its middle.
    #expect(rollout([(0...1, 1, .scored(0.75)), (0...8, 1, .abstained())]).outcome == .right)
  }

  @Test func noVerdictIsKeptApart() {
    #expect(rollout([(0...1, 1, .abstained())]).outcome == .abstained)
    let failed = rollout([(0...1, 1, .scored(1)), (0...1, 1, .failed("x"))])
    #expect(failed.outcome == .failed && failed.reward == nil)
    #expect(failed.verdicts.map(\.verdict.outcome) == [.right, .failed], "what each said stays")
    #expect(rollout([(0...1, 1, .abstained()), (0...1, 1, Verdict(.timedOut("x")))]).outcome == .timedOut)
  }
}
