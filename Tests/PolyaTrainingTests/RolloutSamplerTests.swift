import Foundation
import PolyaCore
import PolyaTestSupport
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
}
