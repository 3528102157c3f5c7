import PolyaKit
import Testing

@testable import ShapeReward

struct OverlongTests {
  /// Equation 13 of DAPO with its own numbers, L_max = 20480 and L_cache = 4096, by hand.
  @Test(
    arguments: [
      (0, 0.0), (16_384, 0), (16_385, -1.0 / 4096), (18_432, -0.5), (20_479, -4095.0 / 4096), (20_480, -1),
      (99_999, -1),
    ] as [(Int, Double)])
  func isThatOfDAPO(length: Int, penalty: Double) {
    #expect(Overlong(maximum: 20_480, buffer: 4096).penalty(length) == penalty)
  }
}

struct RepetitionTests {
  /// By hand: n items of one kind have one distinct n-gram; all different have none repeated.
  @Test(
    arguments: [
      ([1, 1, 1, 1, 1], 2, 0.75), ([1, 2, 3, 4, 5], 2, 0), ([1, 2, 1, 2, 1], 2, 0.5), ([1, 2], 2, 0),
      ([], 1, 0),
      ([7, 7], 1, 0.5), ([1, 2, 3], 9, 0),
    ] as [([Int], Int, Double)])
  func shareIsOneMinusDistinctByAll(items: [Int], n: Int, share: Double) {
    #expect(Repetition.share(items, n: n) == share)
  }

  /// The definition, word by word: every end and every period is tried.
  private func slowLoop(_ items: [Int]) -> Double {
    var best = 0
    for start in items.indices {
      let end = Array(items[start...])
      guard end.count > 1 else { continue }
      for period in 1...end.count / 2 where zip(end, end.dropFirst(period)).allSatisfy({ $0 == $1 }) {
        best = max(best, end.count - period)
      }
    }
    return items.isEmpty ? 0 : Double(best) / Double(items.count)
  }

  @Test func loopIsThatOfTheDefinition() {
    #expect(Repetition.loop([9, 1, 2, 1, 2, 1, 2]) == 4.0 / 7)
    #expect(Repetition.loop([1, 2, 3]) == 0)
    var state: UInt64 = 20_260_508
    for _ in 0..<2000 {
      var items: [Int] = []
      for _ in 0..<14 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        items.append(Int(state >> 33) % 2)
      }
      #expect(Repetition.loop(items) == slowLoop(items), "\(items)")
    }
  }
}

struct PatternTests {
  @Test(arguments: [
    ("think-answer", "<think>a</think> 5", true), ("think-answer", "<think>a</think>  ", false),
    ("think-answer", "so <think>a</think> 5", false), ("think-answer", "<think>a 5", false),
    ("think-answer", "<think>a</think><think>b</think> 5", false),
    ("think-answer", "</think>a<think> 5", false),
    ("think-tags", "<think>a</think>\n<answer>5</answer>\n", true),
    ("think-tags", "<think>a</think> 5", false),
    ("think-tags", "<think>a</think><answer> </answer>", false),
    ("think-tags", "<think>a</think><answer>5</answer> and more", false),
    ("box", "it is \\boxed{\\frac{1}{2}}", true), ("box", "\\boxed{}", false), ("box", "\\boxed{5", false),
    ("box", "\\boxed{ } \\boxed{5}", true), ("none", "", true),
    ("box", "\\boxed{\\boxed{} }", true), ("box", "}\\boxed{5", false), ("box", "{\\boxed{5}", true),
    ("box", "\\boxed{{5}", false),
  ])
  func says(name: String, text: String, matches: Bool) throws {
    #expect(try #require(Pattern(rawValue: name)).matches(text) == matches)
  }
}

struct ShapeAnswerRewardTests {
  private func reward(_ values: [String: OptionValues.Value]) throws -> ShapeAnswerReward {
    let defaults: [String: OptionValues.Value] = [
      "format": .text("none"), "format-weight": .real(1), "maximum-length": .absent, "buffer": .absent,
      "overlong-weight": .real(1), "ngram": .integer(2), "repetition-weight": .real(0),
      "loop-weight": .real(0),
    ]
    return try ShapeAnswerReward(OptionValues(defaults.merging(values) { $1 }))
  }

  @Test func theTotalIsTheWeightedSumOfTheParts() throws {
    let reward = try reward([
      "format": .text("box"), "format-weight": .real(0.5), "maximum-length": .integer(10),
      "buffer": .integer(5),
      "overlong-weight": .real(2), "repetition-weight": .real(4), "loop-weight": .real(8),
    ])
    let item = RewardItem(
      id: 1, question: "", completion: "\\boxed{5}", reference: "", tokens: [3, 4, 5, 1, 2, 1, 2])
    guard case .scored(let score) = reward.verdict(on: item) else {
      Issue.record("no score")
      return
    }
    // 7 tokens are 2 of 5 over the free length; 5 of 6 pairs are distinct; the loop "1 2" comes back once.
    let parts = [1, -0.4, -1.0 / 6, -2.0 / 7]
    #expect(zip(score.components, parts).allSatisfy { abs($0 - $1) < 1e-12 }, "\(score.components)")
    #expect(abs(score.value - (0.5 - 0.8 - 4.0 / 6 - 16.0 / 7)) < 1e-12)
    #expect(reward.range == -14...0.5 && score.notes.isEmpty)
  }

  @Test func withoutTokensTheLengthIsInBytesAndSaysSo() throws {
    let reward = try reward(["maximum-length": .integer(8), "buffer": .integer(4)])
    let item = RewardItem(id: 1, question: "", completion: "äöü", reference: "")
    guard case .scored(let score) = reward.verdict(on: item) else {
      Issue.record("no score")
      return
    }
    #expect(score.value == -0.5 && score.notes.map(\.code) == ["length-in-bytes"])
  }

  @Test func optionsThatContradictAreRefused() {
    #expect(throws: Failure.self) { try reward([:]) }
    #expect(throws: Failure.self) { try reward(["buffer": .integer(3)]) }
    #expect(throws: Failure.self) { try reward(["maximum-length": .integer(3), "buffer": .integer(4)]) }
    #expect(throws: Failure.self) { try reward(["format": .text("box"), "format-weight": .real(0)]) }
  }
}
