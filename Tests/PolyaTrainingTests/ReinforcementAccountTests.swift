import PolyaCore
import PolyaTraining
import Testing

/// What a reinforcement leaves out, counts and refuses, and what it asks of the optimizer.
struct ReinforcementAccountTests {
  private let observer = RecordingObserver()

  private func model() -> BigramModel { BigramModel(vocabulary: 4, seed: 3) }

  @Test func aStepWhoseGroupsTellNothingIsNone() throws {
    var training = TinyReinforcement()
    training.settings.steps = 3
    // The second step tells something; the others do not.
    var calls = 0
    training.reward = RuleReward { answers in
      calls += 1
      return answers.enumerated().map {
        .scored(calls == 2 ? Double($0.offset % 2) : 1, extracted: "", notes: [])
      }
    }
    let model = model()
    let outcome = try training.run(model, observer: observer)
    #expect(outcome.kept.map(\.taken) == [0, 1, 1])
    // The first step that is taken begins the training, whichever it is of the loop.
    #expect(model.steps.map(\.index) == [0])
    #expect((0..<3).map { observer[.groupsMixed, $0] } == [0, 1, 0])
    #expect((0..<3).map { observer[.loss, $0] != nil } == [false, true, false])
    #expect(outcome.states[0] == BigramModel(vocabulary: 4, seed: 3).state)
    #expect(outcome.summary?.rollouts == 3 * 8 * 4)
  }

  /// Half of the rollouts of each step have no verdict, then all of them.
  @Test func aStepWithoutAVerdictHasNoMeanReward() throws {
    var training = TinyReinforcement()
    training.settings.steps = 2
    var calls = 0
    training.reward = RuleReward { answers in
      calls += 1
      return answers.enumerated().map { index, _ in
        calls == 1 && index < answers.count / 2
          ? .scored(4, extracted: "", notes: []) : .abstained(notes: [Note("no")])
      }
    }
    let outcome = try training.run(model(), observer: observer)
    #expect(observer[.rewardMean, 0] == 4 && observer[.rewardMean, 1] == nil)
    #expect(observer[.rewardUnscored, 0] == 0.5 && observer[.rewardUnscored, 1] == 1)
    let summary = try #require(outcome.summary)
    #expect(summary.unscored == 16 + 32 && summary.rollouts == 64)
    #expect(summary.firstReward == 4 && summary.lastReward == nil)
  }

  @Test func tooManyUnscoredVerdictsEndTheTrainingBeforeItLearns() throws {
    var training = TinyReinforcement()
    training.maxUnscored = 0.1
    training.reward = RuleReward { answers in
      answers.indices.map { $0 < 4 ? .failed("crashed") : .scored(Double($0 % 2), extracted: "", notes: []) }
    }
    let model = model()
    let error = #expect(throws: PolyaError.self) { try training.run(model) }
    #expect(error?.message.contains("4 of 32 rollouts have no verdict") == true)
    #expect(error?.message.contains("crashed") == true)
    #expect(model.steps.isEmpty && model.passes.count == 1)
    training.maxUnscored = 0.125
    #expect(try training.run(self.model()).kept.count == 6)
  }

  @Test func everyUpdateIsAStepOfTheOptimizer() throws {
    var training = TinyReinforcement()
    training.settings.updatesPerRollout = 2
    training.settings.clipNorm = 0.25
    let model = model()
    _ = try training.run(model, observer: observer)
    #expect(model.steps.map(\.index) == Array(0..<12))
    // Two steps of warm-up to 0.1, then down in a line that would reach zero after the last step.
    let rates = [0.05, 0.1, 0.1, 0.075, 0.05, 0.025]
    for (step, rate) in rates.enumerated() {
      #expect(abs(try #require(observer[.learningRate, step]) - rate) < 1e-12)
      for update in 0..<2 { #expect(abs(model.steps[2 * step + update].learningRate - rate) < 1e-12) }
    }
    #expect(model.steps.allSatisfy { $0.weightDecay == 0.01 && $0.clipNorm == 0.25 })
    // The norm that is told is that of the first update, before clipping.
    let norm = model.gradients[0].joined().reduce(0) { $0 + $1 * $1 }.squareRoot()
    #expect(observer[.gradientNorm, 0] == norm && norm > 0)
  }

  @Test func aStepThatIsNotFiniteIsLeftOutAndSaid() throws {
    var training = TinyReinforcement()
    training.settings.steps = 2
    training.reward = RuleReward { answers in
      answers.indices.map { .scored($0 % 2 == 0 ? 1e300 : 0, extracted: "", notes: []) }
    }
    training.settings.credit.advantage = CenteredAdvantage()
    let model = model()
    let outcome = try training.run(model, observer: observer)
    #expect(outcome.states.allSatisfy { $0 == BigramModel(vocabulary: 4, seed: 3).state })
    #expect(observer.warnings.count == 2)
    #expect(observer.warnings[0].contains("step 0 was skipped"))
    #expect(observer[.gradientNorm, 0] == .infinity)
  }

  @Test func samplingAndTrainingMustAgree() throws {
    let apart = model()
    apart.samplingError = -1e-3
    let error = #expect(throws: PolyaError.self) { try TinyReinforcement().run(apart) }
    #expect(error?.message.contains("of sampling and training differ by") == true)
    #expect(apart.steps.isEmpty)
    // Two implementations may differ; then it is told.
    let other = BigramModel(logits: model().state.logits, sharesForward: false)
    other.samplingError = -1e-3
    _ = try TinyReinforcement().run(other, observer: observer)
    #expect(abs(try #require(observer[.mismatch, 0]) - 1e-3) < 1e-6)
  }

  @Test func aModelWithoutEntropiesTrainsAllTheSame() throws {
    let silent = model()
    silent.givesEntropies = false
    let outcome = try TinyReinforcement().run(silent, observer: observer)
    #expect(try outcome == TinyReinforcement().run(model()))
    #expect(observer[.entropy, 0] == nil && observer[.loss, 0] != nil)
  }

  @Test func anEntropyTermNeedsEntropies() throws {
    var training = TinyReinforcement()
    training.settings.objective.entropy.coefficient = 0.01
    let silent = model()
    silent.givesEntropies = false
    let error = #expect(throws: PolyaError.self) { try training.run(silent) }
    #expect(error?.code == .configuration)
    #expect(error?.message.contains("'bigrams' provides none") == true)
    #expect(error?.hint?.contains("'entropy-coefficient'") == true)
    #expect(silent.generations == 0, "before anything is sampled")
  }

  @Test func samplesWithoutLogProbsAreRefused() throws {
    let silent = model()
    silent.givesSampledLogprobs = false
    let error = #expect(throws: PolyaError.self) { try TinyReinforcement().run(silent) }
    #expect(error?.message.contains("provides no log-probs") == true)
  }

  @Test func questionsThatDoNotFitAreLeftOut() throws {
    let model = BigramModel(vocabulary: 4, seed: 3, context: 3)
    let outcome = try TinyReinforcement().run(model, observer: observer)
    #expect(observer.warnings == ["2 of 8 questions do not fit into the context"])
    #expect(outcome.rollouts.joined().allSatisfy { $0.task.question.count < 3 })
  }

  /// Eight questions in steps of three: each once before any of them comes again.
  @Test func everyQuestionComesOnceInAnEpoch() throws {
    var training = TinyReinforcement()
    training.settings.promptsPerStep = 3
    training.settings.steps = 16
    let outcome = try training.run(model())
    let asked = outcome.rollouts.flatMap { step in
      Set(step.map(\.group)).sorted().map { group in step.first { $0.group == group }?.task.key ?? "" }
    }
    #expect(asked.count == 48)
    let epochs = (0..<6).map { Array(asked[$0 * 8..<$0 * 8 + 8]) }
    for epoch in epochs { #expect(Set(epoch) == Set(training.questions)) }
    #expect(Set(epochs).count > 1, "another order each time")
  }
}
