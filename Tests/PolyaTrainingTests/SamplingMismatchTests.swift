import PolyaCore
import Testing

@testable import PolyaTraining

/// Rounding is let through at any temperature; a sampler that is wrong ends the training within a step.
struct SamplingMismatchTests {
  /// What a sampler may be wrong about.
  enum Plant: CaseIterable {
    case temperature, staleWeights, shiftedPosition
  }

  private func plant(_ plant: Plant, into model: BigramModel) {
    let stale = BigramModel(logits: model.state.logits)
    model.plantedLogprobs = { [unowned model] tokens, request in
      var request = request
      switch plant {
      case .temperature:
        request.sampling.temperature *= 1.1
        return model.logprobs(of: tokens, request)
      case .staleWeights: return stale.logprobs(of: tokens, request)
      case .shiftedPosition:
        let honest = model.logprobs(of: tokens, request)
        return Array(honest.dropFirst() + honest.prefix(1))
      }
    }
  }

  @Test(arguments: Plant.allCases) func aWrongSamplerEndsTheTrainingWithinAStep(_ kind: Plant) throws {
    let model = BigramModel(vocabulary: 4, seed: 3)
    plant(kind, into: model)
    var training = TinyReinforcement()
    training.settings.schedule = Schedule(peak: 1e-3, shape: .constant, warmup: 0)
    let error = #expect(throws: PolyaError.self) { _ = try training.run(model) }
    #expect(error?.message.contains("sampling and training differ") == true)
    // Stale weights are those of the beginning, so that the first step is right.
    #expect(model.steps.count == (kind == .staleWeights ? 1 : 0))
  }

  @Test(arguments: [0.3, 0.6, 1, 1.5]) func roundingIsLetThroughAndRecorded(temperature: Double) throws {
    let model = BigramModel(vocabulary: 4, seed: 3)
    // Of SmolLM2-135M: the largest of 30,469 differences at temperature 1 was 7e-5, their mean 5e-6.
    var number = 0
    model.plantedLogprobs = { [unowned model] tokens, request in
      model.logprobs(of: tokens, request).map { honest in
        number += 1
        return honest + Float((number % 20 == 0 ? 7e-5 : 5e-6) / temperature)
      }
    }
    var training = TinyReinforcement()
    training.settings.sampling.temperature = temperature
    let observer = RecordingObserver()
    _ = try training.run(model, observer: observer)
    let (mean, high) = (try #require(observer[.mismatchMean, 0]), try #require(observer[.mismatch99, 0]))
    #expect(mean < high)
    #expect(try high <= #require(observer[.mismatch, 0]))
    #expect(abs(mean * temperature - 8.25e-6) < 3e-6)
  }

  /// The formula, by hand: 8 * 2^-24 * sqrt(2 * 32) * 32 = 2^3 * 2^-24 * 2^3 * 2^5.
  @Test func theLimitFollowsPrecisionDepthAndTemperature() {
    func limit(_ dtype: String, _ layers: Int?, _ temperature: Double) -> Double {
      var info = BigramModel(vocabulary: 2, seed: 0).info
      info.dtype = dtype
      info.layers = layers
      return SamplingMismatch.Limit(info, temperature: temperature).mean
    }
    #expect(limit("float32", 32, 1) == 0x1p-13)
    #expect(limit("float32", 8, 1) == 0x1p-14)
    #expect(limit("float32", 32, 0.5) == 0x1p-12)
    #expect(limit("float32", 32, 0) == 0x1p-13, "at 0 log-probs are those of temperature 1")
    #expect(limit("bfloat16", 32, 1) == 0.02 && limit("float16", 32, 1) == 0.02)
    #expect(limit("float32", nil, 1) > limit("float32", 64, 1))
  }

  @Test func meanAndPercentileAreThoseOfTheMagnitudes() {
    var mismatch = SamplingMismatch()
    #expect(mismatch.mean == 0 && mismatch.percentile99 == 0 && mismatch.largest == 0)
    for number in 1...200 { mismatch.add(number % 2 == 0 ? Double(number) : -Double(number)) }
    #expect(mismatch.mean == 100.5 && mismatch.percentile99 == 198 && mismatch.largest == 200)
  }
}
