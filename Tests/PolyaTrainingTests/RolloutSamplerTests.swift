import Dispatch
import Foundation
import PolyaCore
import PolyaTestSupport
import Synchronization
import Testing

@testable import PolyaTraining

/// Another model samples with the weights that are trained.
struct RolloutSamplerTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func sampler(_ model: BigramModel, interval: Int = 1) -> RolloutSampler {
    RolloutSampler(model, name: "fast", interval: interval, folder: folder.path("weights"))
  }

  @Test func theSameWeightsGiveTheSameTraining() throws {
    var tiny = TinyReinforcement()
    let alone = try tiny.run(BigramModel(vocabulary: 4, seed: 3))
    let other = BigramModel(vocabulary: 4, seed: 77)
    tiny.sampler = sampler(other)
    let sampled = try tiny.run(BigramModel(vocabulary: 4, seed: 3))
    #expect(sampled == alone)
    #expect(sampled.rollouts.map { $0.map(\.parts) } == alone.rollouts.map { $0.map(\.parts) })
    #expect(other.loads == tiny.settings.steps && !Folder.exists(folder.path("weights")))
  }

  @Test func aSamplerWithOldWeightsIsCaughtInTheNextStep() throws {
    var tiny = TinyReinforcement()
    let stale = BigramModel(vocabulary: 4, seed: 3)
    stale.keepsOldWeights = true
    tiny.sampler = sampler(stale)
    let model = BigramModel(vocabulary: 4, seed: 3)
    let error = #expect(throws: PolyaError.self) { try tiny.run(model) }
    #expect(error?.message.contains("the sampler 'fast' does not sample with the trained weights") == true)
    #expect(model.steps.count == 1, "the first step is taken with the weights that both begin with")
  }

  /// In a coarse data type, the differences of a few steps would pass for rounding.
  @Test func whatTheFirstStepShowsIsWhatRoundingExplains() throws {
    var tiny = TinyReinforcement()
    tiny.settings.schedule = Schedule(peak: 0.003, shape: .constant, warmup: 0)
    let stale = BigramModel(vocabulary: 4, seed: 3)
    stale.keepsOldWeights = true
    stale.info.dtype = "bfloat16"
    tiny.sampler = sampler(stale)
    let model = BigramModel(vocabulary: 4, seed: 3)
    let observer = RecordingObserver()
    let error = #expect(throws: PolyaError.self) { try tiny.run(model, observer: observer) }
    #expect(error?.message.contains("the sampler 'fast' does not sample with the trained weights") == true)
    #expect(model.steps.count == 1)
  }

  @Test func weightsAreRefreshedAtTheirInterval() throws {
    var tiny = TinyReinforcement()
    let other = BigramModel(vocabulary: 4, seed: 77)
    tiny.sampler = sampler(other, interval: 3)
    let whole = try tiny.run(BigramModel(vocabulary: 4, seed: 3))
    #expect(other.loads == 2 && whole.states.count == 6)
  }

  // MARK: Judging while sampling

  @Test(arguments: [2, 3, 8, 100]) func partsGiveTheSameTraining(parts: Int) throws {
    var tiny = TinyReinforcement()
    let whole = try tiny.run(BigramModel(vocabulary: 4, seed: 3))
    tiny.settings.judgedParts = parts
    let divided = try tiny.run(BigramModel(vocabulary: 4, seed: 3))
    #expect(divided == whole)
    #expect(divided.rollouts.map { $0.map(\.parts) } == whole.rollouts.map { $0.map(\.parts) })
    #expect(divided.rollouts.map { $0.map(\.verdicts) } == whole.rollouts.map { $0.map(\.verdicts) })
  }

  /// The reward answers only when the next part is being sampled: one after the other, it would wait for ever.
  @Test func onePartIsJudgedWhileTheNextIsSampled() throws {
    let sampled = DispatchSemaphore(value: 0)
    var tiny = TinyReinforcement()
    tiny.settings.steps = 1
    tiny.settings.judgedParts = 2
    let calls = Mutex(0)
    tiny.reward = RuleReward { answers in
      let isFirst = calls.withLock { count in
        count += 1
        return count == 1
      }
      if isFirst { #expect(sampled.wait(timeout: .now() + 60) == .success) }
      return answers.map { _ in .scored(1, extracted: "", notes: []) }
    }
    let model = BigramModel(vocabulary: 4, seed: 3)
    model.script = { _, samples in
      if model.generations == 2 { sampled.signal() }
      return (0..<samples).map { [Int32($0 % 3 + 1), 0] }
    }
    _ = try tiny.run(model)
    #expect(model.generations == 2 && calls.withLock { $0 } == 2)
  }

  /// Prompts of different rounds of a step are not one prompt.
  @Test func sequencesOfOneNumberShareTheirPrompt() throws {
    var tiny = TinyReinforcement()
    tiny.settings.filters.equalGroups = .resampled(rounds: 3)
    tiny.settings.judgedParts = 3
    for step in try tiny.run(BigramModel(vocabulary: 4, seed: 3)).rollouts {
      var prompts: [UInt64: [Int32]] = [:]
      for sequence in step.flatMap(\.parts).map(\.sequence) {
        let prompt = Array(sequence.tokens[..<sequence.from])
        #expect(prompts[sequence.group, default: prompt] == prompt && sequence.group != 0)
        prompts[sequence.group] = prompt
      }
      #expect(prompts.count > 1)
    }
  }

  // MARK: Sampling ahead

  private func ahead(_ steps: Int, _ correction: SamplerCorrection?) -> TinyReinforcement {
    var tiny = TinyReinforcement()
    tiny.settings.objective.correction = correction
    tiny.sampler = RolloutSampler(
      BigramModel(vocabulary: 4, seed: 77), name: "fast", interval: 1, stepsAhead: steps,
      folder: folder.path("weights"))
    return tiny
  }

  private static let truncated = SamplerCorrection(form: .truncated(cap: 5), level: .sequence)

  @Test func whatIsSampledAheadHasTheWeightsBeforeTheLastStep() throws {
    let observer = RecordingObserver()
    let outcome = try ahead(2, Self.truncated).run(BigramModel(vocabulary: 4, seed: 3), observer: observer)
    let begin = BigramModel(vocabulary: 4, seed: 3).state
    for (step, rollouts) in outcome.rollouts.enumerated() {
      let isAhead = step % 3 != 0
      let weights = step - (isAhead ? 2 : 1)
      let model = BigramModel(vocabulary: 4, seed: 3)
      model.state = weights < 0 ? begin : outcome.states[weights]
      for part in rollouts.flatMap(\.parts) {
        #expect(model.score([part.sequence])[0].logprobs == part.logprobs, "step \(step)")
      }
      let mismatch = try #require(observer[.mismatchMean, step])
      #expect(isAhead ? mismatch > 1e-4 : mismatch < 1e-6, "step \(step): \(mismatch)")
    }
  }

  @Test func anInterruptedTrainingGoesOnFromWhereSamplingWaited() throws {
    let tiny = ahead(2, Self.truncated)
    let whole = try tiny.run(BigramModel(vocabulary: 4, seed: 3))
    let model = BigramModel(vocabulary: 4, seed: 3)
    let first = try tiny.run(model, interruptedAfter: 3)
    let resumed = BigramModel(vocabulary: 4, seed: 3)
    resumed.state = try #require(first.states.last)
    let rest = try tiny.run(resumed, after: try #require(first.kept.last))
    #expect(first.states + rest.states == whole.states && rest.summary == whole.summary)
  }

  /// The gradient of the second step, whose rollouts are of the weights before the first: without a correction it is that of
  /// another expectation. 3,200 rollouts; the gradient with the right weights is known from as many of its own.
  @Test func theCorrectionTakesTheBiasAway() throws {
    func gradient(_ stepsAhead: Int, _ correction: SamplerCorrection?) throws -> [Double] {
      var tiny = ahead(stepsAhead, correction)
      tiny.settings.steps = 2
      tiny.settings.promptsPerStep = 400
      tiny.settings.groupSize = 8
      tiny.settings.clipNorm = 0
      tiny.settings.schedule = Schedule(peak: 0.5, shape: .constant, warmup: 0)
      let model = BigramModel(vocabulary: 4, seed: 3)
      _ = try tiny.run(model)
      return Array(model.gradients[1].joined())
    }
    func distance(_ a: [Double], _ b: [Double]) -> Double {
      zip(a, b).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }.squareRoot()
    }
    let right = try gradient(0, nil)
    let size = distance(right, right.map { _ in 0 })
    let biased = distance(try gradient(1, nil), right) / size
    let corrected = distance(try gradient(1, Self.truncated), right) / size
    #expect(
      biased > 2 * corrected && corrected < 0.35, "\(biased) without and \(corrected) with the correction")
  }
}
