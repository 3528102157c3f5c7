import PolyaCore
import Testing

@testable import PolyaTraining

/// Rollouts from a distribution that top-k cut are trained on as what they are: draws among the tokens that were left.
struct MaskedSamplingTests {
  /// A constant advantage, so that the expected gradient is zero: the score function has the mean zero under its own distribution,
  /// and only there.
  private func tiny(steps: Int = 1) -> TinyReinforcement {
    var tiny = TinyReinforcement()
    tiny.settings.steps = steps
    tiny.settings.promptsPerStep = 400
    tiny.settings.groupSize = 8
    tiny.settings.clipNorm = 0
    tiny.settings.sampling = Sampling(maxTokens: 4, topK: 2)
    tiny.settings.credit = CreditAssignment(advantage: SignedAdvantage(positiveWeight: 1))
    tiny.reward = RuleReward { _ in 10 }
    return tiny
  }

  private func model(masks: Bool) -> BigramModel {
    let model = BigramModel(vocabulary: 4, seed: 3)
    model.info.masks = masks
    return model
  }

  private func size(_ gradient: [[Double]]) -> Double {
    gradient.joined().reduce(0) { $0 + $1 * $1 }.squareRoot()
  }

  @Test func theGradientHasNoBias() throws {
    let (masked, plain) = (model(masks: true), model(masks: false))
    let (told, silent) = (RecordingObserver(), RecordingObserver())
    _ = try tiny().run(masked, observer: told)
    _ = try tiny().run(plain, observer: silent)
    // 3,200 rollouts: what is left is noise.
    let (left, bias) = (size(masked.gradients[0]), size(plain.gradients[0]))
    #expect(bias > 10 * left && left < 0.02, "\(left) with masks, \(bias) without")
    #expect(told.warnings.isEmpty)
    #expect(silent.warnings.contains { $0.contains("which biases it") })
  }

  @Test func samplingAndTrainingAgreeOnLogprobs() throws {
    let observer = RecordingObserver()
    var tiny = tiny(steps: 3)
    tiny.reward = RuleReward { Double($0.utf8.count { $0 == UInt8(ascii: "b") }) }
    tiny.settings.credit = CreditAssignment()
    let outcome = try tiny.run(model(masks: true), observer: observer)
    for step in 0..<3 { #expect(try #require(observer[.mismatch, step]) < 1e-6) }
    for part in outcome.rollouts.joined().flatMap(\.parts) {
      #expect(part.sequence.mask.ends.count == part.logprobs.count && part.logprobs.allSatisfy { $0 <= 0 })
    }
  }

  /// A frozen reference without masks: its log-probs would be of another distribution.
  @Test func allModelsMustKnowMasks() throws {
    var tiny = tiny()
    tiny.settings.objective.kl.coefficient = 0.1
    tiny.reference = model(masks: false)
    let observer = RecordingObserver()
    let outcome = try tiny.run(model(masks: true), observer: observer)
    #expect(observer.warnings.contains { $0.contains("which biases it") })
    #expect(outcome.rollouts.joined().flatMap(\.parts).allSatisfy { $0.sequence.mask.isEmpty })
  }
}

/// Masks that a plugin might make up.
struct SamplingMaskTests {
  @Test(arguments: [
    (SamplingMask(ids: [1, 2, 3], ends: [2, 3]), [2, 3] as [Int32], nil as String?),
    (SamplingMask(ids: [1], ends: [1]), [1, 1], "has 1 positions for 2 tokens"),
    (SamplingMask(ids: [1, 2], ends: [1, 1]), [1, 2], "has no ids at a position"),
    (SamplingMask(ids: [1, 2], ends: [-1, 2]), [1, 2], "has no ids at a position"),
    (SamplingMask(ids: [1, 2], ends: [1, 3]), [1, 2], "has no ids at a position"),
    (SamplingMask(ids: [1, 2], ends: [1, .max]), [1, 2], "has no ids at a position"),
    (SamplingMask(ids: [1, 2], ends: [1, 2]), [1, 3], "does not have the token 3 that was drawn"),
    (SamplingMask(ids: [1, 2, 9], ends: [1, 2]), [1, 2], "has 1 ids of no position"),
  ])
  func whatIsWrongIsTold(mask: SamplingMask, tokens: [Int32], expected: String?) {
    #expect(mask.problem(of: tokens) == expected)
  }
}
