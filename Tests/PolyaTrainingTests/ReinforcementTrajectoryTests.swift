import PolyaCore
import PolyaTraining
import Testing

/// Settings that must give one trajectory of weights, compared bit by bit after every step.
struct ReinforcementTrajectoryTests {
  private static func model() -> BigramModel { BigramModel(vocabulary: 4, seed: 3) }

  /// A training that moves: every step has groups that tell something.
  private static func standard() throws -> TinyReinforcement.Outcome {
    let outcome = try TinyReinforcement().run(model())
    #expect(outcome.states.count == 6)
    #expect(outcome.kept.last?.taken == 6)
    #expect(Set(outcome.states.map { $0.logits }).count == 6)
    return outcome
  }

  /// One pass of all rollouts, a pass for each, and what lies between.
  @Test(arguments: [1, 5, 7, 8, 13, 50, 100_000])
  func passesDoNotMatter(tokensPerMicrobatch: Int) throws {
    var training = TinyReinforcement()
    training.settings.tokensPerMicrobatch = tokensPerMicrobatch
    let model = Self.model()
    #expect(try training.run(model) == Self.standard())
    let counts = Set(model.passes.map(\.count))
    if tokensPerMicrobatch == 1 { #expect(counts == [1], "every rollout has a pass of its own") }
    if tokensPerMicrobatch == 100_000 {
      #expect(model.passes.count == 1 + 6, "a first pass shows that the model can; then one a step")
    }
    for pass in model.passes where pass.count > 1 {
      #expect(pass.reduce(0) { $0 + $1.tokens.count } <= tokensPerMicrobatch)
    }
  }

  @Test(arguments: [1, 5, 100_000]) func passesDoNotMatterForSeveralUpdates(tokensPerMicrobatch: Int) throws {
    var training = TinyReinforcement()
    training.settings.updatesPerRollout = 3
    training.settings.objective.entropy.coefficient = 0.1
    training.settings.objective.kl.coefficient = 0.2
    training.reference = BigramModel(vocabulary: 4, seed: 11)
    let standard = try training.run(Self.model())
    #expect(standard.kept.last?.taken == 18)
    training.settings.tokensPerMicrobatch = tokensPerMicrobatch
    #expect(try training.run(Self.model()) == standard)
  }

  @Test(arguments: 1...5) func anInterruptedTrainingGoesOn(steps: Int) throws {
    let standard = try Self.standard()
    let (whole, observer) = (RecordingObserver(), RecordingObserver())
    _ = try TinyReinforcement().run(Self.model(), observer: whole)
    let begun = try TinyReinforcement().run(Self.model(), observer: observer, interruptedAfter: steps)
    #expect(begun.states.count == steps && begun.summary == nil)
    let model = Self.model()
    model.state = try #require(begun.states.last)
    let rest = try TinyReinforcement().run(
      model, observer: observer, after: try #require(begun.kept.last))
    #expect(begun.states + rest.states == standard.states)
    #expect(begun.kept + rest.kept == standard.kept)
    #expect(rest.summary == standard.summary)
    #expect(observer.metrics == whole.metrics)
  }

  /// Continuations that depend on the prompt alone, so that the order of the groups is the only difference.
  private static func scripted(_ extra: @escaping (Int) -> [Int32] = { [Int32($0 % 3) + 1, 0] })
    -> BigramModel
  {
    let model = model()
    model.script = { prompt, samples in
      let random = Randomness(seed: prompt.reduce(0) { $0 &* 31 &+ UInt64($1) })
      return (0..<samples).map { sample in
        guard sample < 4 else { return extra(sample) }
        let letters = (0..<3).map { Int32(1 + random.below(3, UInt64(sample * 3 + $0))) }
        return letters.prefix(1 + random.below(3, UInt64(100 + sample))) + [0]
      }
    }
    return model
  }

  @Test func theOrderOfTheGroupsDoesNotMatter() throws {
    var training = TinyReinforcement()
    let forward = try training.run(Self.scripted())
    training.questions.reverse()
    let backward = try training.run(Self.scripted())
    #expect(forward.rollouts[0].map(\.task.key) != backward.rollouts[0].map(\.task.key))
    #expect(forward.states == backward.states)
    #expect(forward.states[0] != forward.states[5])
  }

  /// Rollouts without a verdict: the last two of each group of six.
  @Test(
    arguments: [Verdict.abstained(notes: []), .failed("crashed")], RewardCombination.allCases)
  func maskedRolloutsChangeNothing(verdict: Verdict, combination: RewardCombination) throws {
    var training = TinyReinforcement()
    training.settings.credit.combination = combination
    let without = try training.run(Self.scripted())
    let scored = training.reward
    training.settings.groupSize = 6
    training.reward = RuleReward { answers in
      var seen: [UInt64: Int] = [:]
      return zip(answers, scored.score(answers, seed: 0)).map { answer, score in
        seen[answer.groupID, default: 0] += 1
        return seen[answer.groupID, default: 0] > 4 ? verdict : score
      }
    }
    let with = try training.run(Self.scripted())
    #expect(with.states == without.states)
    #expect(with.summary?.unscored == 6 * 8 * 2)
    #expect(with.summary?.firstReward == without.summary?.firstReward)
  }

  /// A sample that was cancelled before its first token has nothing to learn from.
  @Test func emptyRolloutsChangeNothing() throws {
    var training = TinyReinforcement()
    let without = try training.run(Self.scripted())
    training.settings.groupSize = 6
    let with = try training.run(Self.scripted { _ in [] })
    #expect(with == without)
  }

  /// The mean is over the tokens that are trained on: a group that tells nothing does not dilute it.
  @Test func groupsOfEqualRewardsChangeNothing() throws {
    var training = TinyReinforcement()
    training.questions = ["a", "b", "ab", "bc"]
    training.settings.promptsPerStep = 4
    let without = try training.run(Self.scripted())
    training.questions += ["c", "ca"]
    training.settings.promptsPerStep = 6
    let scored = training.reward
    training.reward = RuleReward { answers in
      zip(answers, scored.score(answers, seed: 0)).map { answer, score in
        ["c", "ca"].contains(answer.task.key) ? .scored(3, extracted: "", notes: []) : score
      }
    }
    let with = try training.run(Self.scripted())
    #expect(with.states == without.states)
    #expect(with.summary?.rollouts == 6 * 6 * 4)
  }

  @Test func aCoefficientOfZeroIsNoEntropyTerm() throws {
    let model = Self.model()
    _ = try TinyReinforcement().run(model)
    #expect(!model.sawEntropyGradients)
    var training = TinyReinforcement()
    training.settings.objective.entropy.coefficient = 0.05
    let broad = Self.model()
    #expect(try training.run(broad).states != Self.standard().states)
    #expect(broad.sawEntropyGradients)
  }
}
