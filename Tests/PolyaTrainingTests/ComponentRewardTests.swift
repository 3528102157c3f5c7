import PolyaCore
import Testing

@testable import PolyaTraining

/// Components of one reward as rewards of their own.
struct ComponentRewardTests {
  /// Counts two letters, and knows nothing of answers without any.
  private final class Letters: Reward {
    let id = "test.letters"
    let range = 0.0...100.0
    let components = ["a", "b"]
    var calls = 0

    func score(_ answers: [Answer], seed: UInt64) -> [Verdict] {
      calls += 1
      return answers.map { answer in
        let counts = ["a", "b"].map { letter in Double(answer.completion.count { $0 == letter.utf8.first }) }
        return .scored(counts[0] + 10 * counts[1], components: [counts[0], counts[0] > 2 ? .nan : counts[1]])
      }
    }
  }

  private func answers(_ texts: [String]) -> [Answer] {
    texts.enumerated().map {
      Answer(
        id: UInt64($0), groupID: 0, task: Task(key: "t", question: "q", reference: "", referenceKind: ""),
        completion: Array($1.utf8))
    }
  }

  @Test func theComponentIsTheScore() throws {
    let letters = Letters()
    let shared = SharedVerdicts(letters)
    let (first, second) = (
      try ComponentReward("a", of: shared, at: ""), try ComponentReward("b", of: shared, at: "")
    )
    let texts = answers(["ab", "bb", "aaa"])
    #expect(try first.score(texts, seed: 1).map(\.score) == [1, 0, 3])
    #expect(try second.score(texts, seed: 1).map(\.score) == [1, 2, nil])
    #expect(try second.score(texts, seed: 1)[2].notes.map(\.message) == ["the component 'b' is missing"])
    #expect(try shared.score(texts, seed: 1).map(\.score) == [11, 20, 3] && letters.calls == 1)
    _ = try first.score(texts, seed: 2)
    #expect(letters.calls == 2, "another seed is another question")
    let error = #expect(throws: PolyaError.self) { try ComponentReward("c", of: shared, at: "here") }
    #expect(error?.description.hasPrefix("here: the reward 'test.letters' has no component 'c'") == true)
  }

  /// Decoupled (GDPO), the components of one reward teach what two rewards would.
  @Test func componentsAreDecoupledAsRewardsAre() throws {
    func count(_ letter: Character) -> RuleReward {
      RuleReward { Double($0.count { $0 == letter }) }
    }
    let letters = Letters()
    let shared = SharedVerdicts(letters)
    // No answer has three of a kind here, so that nothing is missing.
    func decoupled(_ rewards: [Reinforcement.WeightedReward]) throws -> TinyReinforcement.Outcome {
      var tiny = TinyReinforcement()
      tiny.settings.sampling.maxTokens = 2
      tiny.settings.credit = CreditAssignment(combination: .decoupled)
      tiny.rewards = rewards
      return try tiny.run(BigramModel(vocabulary: 4, seed: 3))
    }
    let parts = try decoupled([
      .init("letters/a", try ComponentReward("a", of: shared, at: ""), weight: 1),
      .init("letters/b", try ComponentReward("b", of: shared, at: ""), weight: 0.5),
    ])
    let two = try decoupled([.init("x", count("a"), weight: 1), .init("y", count("b"), weight: 0.5)])
    #expect(parts.states == two.states && parts.rollouts.count == 6)
    #expect(letters.calls == 6, "one call per step")
  }

  @Test(arguments: [
    (#"[{ "use": "r" }, { "use": "r" }]"#, "names 'r' twice"), ("[]", "must name at least one reward"),
    (#"[{ "use": "r", "component": "a" }, { "use": "r", "component": "a" }]"#, "names 'r/a' twice"),
  ])
  func entriesAreDistinct(json: String, expected: String) throws {
    let list = try #require(try JSONParser.parse(Array(json.utf8), at: "").array)
    let error = #expect(throws: PolyaError.self) {
      try RewardEntry.list(try list.map { try ObjectReader($0, at: "rewards") }, at: "rewards")
    }
    #expect(error?.message == expected)
  }
}
