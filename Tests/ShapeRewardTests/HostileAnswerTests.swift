import PolyaKit
import PolyaTestSupport
import Testing

@testable import ShapeReward

/// Rewards run in the host without a deadline: the time must be linear in the length of an answer.
struct HostileAnswerTests {
  private func reward(_ format: String) throws -> ShapeAnswerReward {
    try ShapeAnswerReward(
      OptionValues([
        "format": .text(format), "format-weight": .real(1), "maximum-length": .absent, "buffer": .absent,
        "overlong-weight": .real(1), "ngram": .integer(1000), "repetition-weight": .real(1),
        "loop-weight": .real(1),
      ]))
  }

  private func item(_ completion: String) -> RewardItem {
    RewardItem(id: 1, question: "", completion: completion, reference: "")
  }

  @Test(arguments: ["think-answer", "think-tags", "box"])
  func answersTakeTimeInProportion(format: String) throws {
    let reward = try reward(format)
    let steep = HostileAnswers.tooSteep { _ = reward.verdict(on: item($0)) }
    #expect(steep.isEmpty, "\(steep.joined(separator: "\n"))")
  }

  @Test func theLongestAnswersAreRead() throws {
    let boxes = HostileAnswer("\\boxed{", middle: "5}").text(bytes: ShapeAnswerReward.longest)
    guard case .scored(let score) = try reward("box").verdict(on: item(boxes)) else {
      Issue.record("no score")
      return
    }
    #expect(score.components[0] == 1)
  }

  @Test func beyondTheGreatestLengthThereIsNoVerdict() throws {
    let long = String(repeating: "x", count: ShapeAnswerReward.longest + 1)
    guard case .abstain(let notes) = try reward("box").verdict(on: item(long)) else {
      Issue.record("a verdict")
      return
    }
    #expect(notes.map(\.code) == ["completion-too-long"])
  }

  /// The definition: n-grams as they are.
  @Test func shareIsThatOfTheDefinition() {
    for bits in 0..<1 << 12 {
      let items = (0..<12).map { bits >> $0 & 1 }
      let n = 1 + bits % 7
      let grams = Set((0...12 - n).map { Array(items[$0..<$0 + n]) })
      let share = 1 - Double(grams.count) / Double(13 - n)
      #expect(Repetition.share(items, n: n) == share, "\(items), \(n)")
    }
  }
}
