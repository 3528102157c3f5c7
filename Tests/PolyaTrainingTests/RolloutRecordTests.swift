import PolyaCore
import PolyaDialogue
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

  private func rollout(_ said: [(range: ClosedRange<Double>, weight: Double, verdict: Verdict)]) throws
    -> RolloutRecord
  {
    let rewards = said.enumerated().map {
      Reinforcement.WeightedReward("r\($0)", RangeReward($1.range), weight: $1.weight)
    }
    let verdicts = said.map(\.verdict)
    let task = Task(key: "t", question: "b", reference: "1", referenceKind: "math")
    let model = BigramModel(vocabulary: 4, seed: 1)
    model.script = { _, _ in [[1, 0]] }
    let strategy = BareQuestion(try PromptTemplate(prompt: "{question}", target: "{solution}"))
    var dialogues = [Dialogue(task, Approach(strategy, "plain"), id: 0, random: Randomness(seed: 4))]
    try DialogueRunner(model, sampling: Sampling(maxTokens: 4), seed: 1).run(&dialogues)
    var rollout = Rollout(task: task, group: 2, sample: 3, dialogue: dialogues[0], parts: [])
    rollout.reward = RewardCombination.sum(RewardCombination.counting(verdicts), weights: said.map(\.weight))
    rollout.verdicts = verdicts
    return rollout.record(id: "k:0", step: 7, rewards: rewards)
  }

  @Test func theRecordIsOfTheDialogue() throws {
    let record = try rollout([(0...1, 1, .scored(1))])
    #expect(
      record.prompt == "b" && record.completion == "a" && record.tokens == [1, 0] && record.finish == "stop")
    #expect(record.seed == Randomness(seed: 4).key && record.heuristic == nil && record.heuristics == nil)
    #expect(record.earlier.isEmpty && record.answer == nil)
  }

  @Test func oneRewardDecidesByItsOwnRange() throws {
    // A reward above zero is no sign of a right answer: 0.25 is below the middle of 0...1 and above that of -1...1.
    #expect(try rollout([(0...1, 1, .scored(0.25))]).outcome == .wrong)
    #expect(try rollout([(-1...1, 1, .scored(0.25))]).outcome == .right)
    #expect(try rollout([(0...1, 3, .scored(0.75))]).outcome == .right)
    #expect(try rollout([(0...1, 1, .scored(0.5))]).outcome == .wrong)
    // A penalty: the more it scores, the worse.
    #expect(try rollout([(0...1, -1, .scored(0.25))]).outcome == .right)
  }

  @Test func severalRewardsDecideByTheWeightedSum() throws {
    // Middle 0.5 + 0.2 * 0.5 = 0.6.
    #expect(try rollout([(0...1, 1, .scored(0.5)), (0...1, 0.2, .scored(1))]).outcome == .right)
    #expect(try rollout([(0...1, 1, .scored(0.25)), (0...1, 0.2, .scored(1))]).outcome == .wrong)
    // One that abstains has no part in the sum, nor in its middle.
    #expect(try rollout([(0...1, 1, .scored(0.75)), (0...8, 1, .abstained())]).outcome == .right)
  }

  @Test func noVerdictIsKeptApart() throws {
    #expect(try rollout([(0...1, 1, .abstained())]).outcome == .abstained)
    let failed = try rollout([(0...1, 1, .scored(1)), (0...1, 1, .failed("x"))])
    #expect(failed.outcome == .failed && failed.reward == nil)
    #expect(failed.verdicts.map(\.verdict.outcome) == [.right, .failed], "what each said stays")
    #expect(
      try rollout([(0...1, 1, .abstained()), (0...1, 1, Verdict(.timedOut("x")))]).outcome == .timedOut)
  }
}
