import PolyaCore
import PolyaTraining
import Testing

@testable import PolyaTraining

/// Measurements during a training, the best checkpoint, and what ends a training.
struct ValidationTests {
  private func model() -> BigramModel { BigramModel(vocabulary: 4, seed: 3) }

  private func validation(every: Int = 2, k: Int = 4, patience: Int? = nil) -> Validation {
    let tasks = ["a", "bb", "cab"].map { Task(key: $0, question: $0, reference: "", referenceKind: "") }
    return Validation(tasks: tasks, every: every, samples: 4, k: k, patience: patience)
  }

  @Test func measurementsChangeNothingInTheTraining() throws {
    let plain = try TinyReinforcement().run(model())
    var training = TinyReinforcement()
    training.validation = validation()
    let observer = RecordingObserver()
    let measured = try training.run(model(), observer: observer)
    #expect(measured.states == plain.states)
    let steps = (0..<6).filter { observer[.validation(4), $0] != nil }
    #expect(steps == [1, 3, 5] && steps == (0..<6).filter { observer[.validation(1), $0] != nil })
  }

  /// pass@2 of 3 right of 4 is 1, of 1 of 4 it is 1 - C(3, 2) / C(4, 2) = 1/2; a question with one verdict does not count.
  @Test func scoresAreUnbiased() {
    var validation = validation(k: 2)
    let scores = validation.scores([(3, 4), (1, 4), (1, 1), (0, 0)])
    #expect(scores.passAtK == 0.75 && abs((scores.passAt1 ?? 0) - (0.75 + 0.25 + 1) / 3) < 1e-12)
    #expect(validation.scores([(0, 0)]) == Validation.Scores(passAt1: nil, passAtK: nil))
    validation.every = 4
    #expect((0..<10).filter { validation.isDue(after: $0, of: 10) } == [3, 7, 9])
  }

  @Test func theBestModelIsKeptAndKnown() throws {
    var training = TinyReinforcement()
    training.settings.steps = 12
    training.settings.schedule = Schedule(peak: 1, shape: .constant, warmup: 0)
    training.validation = validation(every: 1, k: 1)
    training.reward = RuleReward(each: { $0.hasPrefix("b") ? 10 : 0 })
    let (model, observer) = (model(), RecordingObserver())
    let outcome = try training.run(model, observer: observer)
    let values = try (0..<12).map { try #require(observer[.validation(1), $0]) }
    let best = try #require(values.max())
    #expect(Set(values).count > 1)
    #expect(outcome.summary?.bestStep == values.firstIndex(of: best), "of equal ones the first")
    #expect(outcome.best.last == outcome.states[try #require(values.firstIndex(of: best))])
  }

  @Test(arguments: 1..<6) func anInterruptedMeasuredTrainingGoesOn(steps: Int) throws {
    var training = TinyReinforcement()
    training.validation = validation(every: 2)
    let whole = try training.run(model())
    let begun = try training.run(model(), interruptedAfter: steps)
    let model = model()
    model.state = try #require(begun.states.last)
    let rest = try training.run(model, after: try #require(begun.kept.last))
    #expect(begun.states + rest.states == whole.states && begun.kept + rest.kept == whole.kept)
    #expect(rest.summary == whole.summary)
  }

  @Test func aTrainingThatDoesNotImproveEnds() throws {
    var training = TinyReinforcement()
    training.settings.steps = 40
    // Nothing is learned, so that nothing improves.
    training.settings.schedule = Schedule(peak: 0, shape: .constant, warmup: 0)
    training.validation = validation(every: 2, patience: 3)
    let observer = RecordingObserver()
    let summary = try #require(try training.run(model(), observer: observer).summary)
    #expect(summary.steps == 8 && summary.bestStep == 1)
    #expect(summary.stopped == "validation has not improved for 3 measurements")
    #expect(observer.warnings == ["stopped after step 7: validation has not improved for 3 measurements"])
  }

  @Test func aTrainingWithoutAdvantagesEnds() throws {
    for (score, words) in [
      (9.0, "all answers are right"), (1.0, "the answers of each group have the same reward"),
    ] {
      var training = TinyReinforcement()
      training.settings.steps = 40
      training.settings.stopRules = StopRules(stepsWithoutAdvantage: 4)
      training.reward = RuleReward(each: { _ in score })
      let summary = try #require(try training.run(model()).summary)
      #expect(summary.steps == 4)
      #expect(summary.stopped == "no group had an advantage for 4 steps; in the last one, \(words)")
    }
  }

  @Test func aTrainingThatDivergesIsAnError() throws {
    var training = TinyReinforcement()
    training.settings.steps = 10
    training.settings.credit.advantage = CenteredAdvantage()
    training.reward = RuleReward { answers in
      answers.indices.map { .scored($0 % 2 == 0 ? 1e300 : 0, extracted: "", notes: []) }
    }
    let error = #expect(throws: PolyaError.self) { try training.run(model()) }
    #expect(error?.message == "the training diverged: the loss or gradient of 3 steps in a row is not finite")
  }

  @Test func anEntropyThatCollapsesEndsTheTraining() throws {
    var training = TinyReinforcement()
    training.settings.steps = 40
    training.settings.stopRules = StopRules(lowEntropy: 100)
    let summary = try #require(try training.run(model()).summary)
    #expect(summary.stopped == "the entropy collapsed: it was below 100.0 nats per token for 10 steps")
    #expect(summary.steps == 10)
  }

  /// Reward up and validation down, three times in a row; an exception begins the count anew.
  @Test func aRewardThatRisesAgainstValidationEndsTheTraining() throws {
    var health = TrainingHealth()
    func measure(_ reward: Double, _ score: Double) throws -> String? {
      _ = try health.note(
        mixed: 1, allRight: false, entropy: nil, isBroken: false, reward: reward, StopRules())
      return health.note(.init(passAt1: score, passAtK: score), after: 0, patience: nil).stop
    }
    let fine = try [(0.1, 0.5), (0.2, 0.4), (0.3, 0.3), (0.4, 0.35), (0.5, 0.3), (0.6, 0.2)].map {
      try measure($0, $1)
    }
    #expect(fine.allSatisfy { $0 == nil })
    #expect(try measure(0.7, 0.1)?.hasSuffix("a sign of reward hacking") == true)
  }
}
