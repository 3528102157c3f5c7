import PolyaCore
import PolyaDialogue
import PolyaTraining

/// A reinforcement of the bigram model with numbers that a test may change.
struct TinyReinforcement {
  var questions = ["a", "b", "c", "ab", "bc", "ca", "abc", "cba"]
  var settings = Reinforcement.Settings(
    steps: 6, promptsPerStep: 8, groupSize: 4, sampling: Sampling(maxTokens: 6), credit: CreditAssignment(),
    objective: PolicyObjective(), filters: RolloutFilters(), updatesPerRollout: 1,
    schedule: Schedule(peak: 0.1, shape: .linear, warmup: 2), weightDecay: 0.01, clipNorm: 1,
    tokensPerMicrobatch: 8192)
  var reward = RuleReward { Double($0.utf8.count { $0 == UInt8(ascii: "b") }) }
  /// Instead of `reward`, if there are any.
  var rewards: [Reinforcement.WeightedReward]?
  var maxUnscored = 1.0
  var reference: BigramModel?
  var sampler: RolloutSampler?
  var approaches: Approaches?
  var validation: Validation?

  /// A training from its beginning to its end, or to where it was interrupted.
  struct Outcome: Equatable {
    /// After each step, the model and the progress that an interrupted training would resume from.
    var states: [BigramModel.State] = []
    var kept: [Reinforcement.Progress] = []
    var rollouts: [[Rollout]] = []
    /// The models that were the best so far.
    var best: [BigramModel.State] = []
    var summary: Reinforcement.Summary?

    static func == (a: Outcome, b: Outcome) -> Bool {
      a.states == b.states && a.kept == b.kept && a.summary == b.summary
    }
  }

  /// - Parameter interruptedAfter: the number of steps after which the training is ended from outside.
  func run(
    _ model: BigramModel, observer: RecordingObserver = RecordingObserver(),
    after progress: Reinforcement.Progress = .init(), interruptedAfter limit: Int = .max
  ) throws -> Outcome {
    let reinforcement = try Reinforcement(
      settings, maxUnscored: maxUnscored, model: model, reference: reference, sampler: sampler,
      approaches: approaches,
      rewards: rewards ?? [.init("rule", reward, weight: 1)],
      template: try PromptTemplate(prompt: "{question}", target: "{solution}"), random: Randomness(seed: 7))
    var outcome = Outcome()
    let tasks = questions.map { Task(key: $0, question: $0, reference: "", referenceKind: "") }
    do {
      outcome.summary = try reinforcement.run(
        tasks: tasks, observer: observer, after: progress, validation: validation,
        refused: { _, what, reasons in PolyaError(.run, "\(what): \(reasons)") },
        best: { _ in outcome.best.append(model.state) }
      ) { rollouts, progress in
        outcome.states.append(model.state)
        outcome.kept.append(progress)
        outcome.rollouts.append(rollouts)
        if progress.steps == limit { throw Interruption() }
      }
    } catch is Interruption {}
    return outcome
  }
}
