import PolyaCore
import Testing

@testable import PolyaPipeline

/// What a stage will take, from what others took. Expected numbers are by hand.
struct EstimateTests {
  /// 10 samples of 30 tokens each after prompts of 50, 100 tokens/s; 4 sequences of 80 tokens, 40 tokens/s.
  private var before: ModelUsage {
    var usage = ModelUsage()
    (usage.samples, usage.planned.samples, usage.planned.prompts, usage.planned.sequences) = (10, 10, 10, 4)
    (usage.promptTokens, usage.sampledTokens, usage.samplingSeconds) = (500, 300, 3)
    (usage.trainedSequences, usage.trainedTokens, usage.trainingSeconds) = (4, 320, 8)
    return usage
  }

  private func estimate(
    _ work: ModelWork, before: ModelUsage = ModelUsage(), all: ModelUsage? = nil, stated: ModelRate? = nil,
    prices: JSON.Members = [:]
  ) -> WorkEstimate {
    WorkEstimate(work, before: before, all: all ?? before, stated: stated, prices: TokenPrices(prices))
  }

  @Test func samplesAreScaled() {
    let work = ModelWork(model: "m", samples: 200, maxTokens: 64)
    let found = estimate(work, before: before, prices: ["price-in": 2, "price-out": 10])
    #expect(found.sampled == .init(tokens: 6000, isBound: false) && found.promptTokens == 10_000)
    #expect(found.trainedTokens == 0 && found.seconds == 60)
    // 10,000 at 2 a million and 6,000 at 10 a million.
    #expect(abs((found.cost ?? 0) - 0.08) < 1e-12)
    // Half of the samples were not needed.
    var half = before
    half.planned.samples = 20
    #expect(estimate(work, before: half).sampled.tokens == 3000)
    // Four samples share a prompt, which costs once.
    let shared = ModelWork(model: "m", samples: 200, perPrompt: 4, maxTokens: 64)
    #expect(estimate(shared, before: before).promptTokens == 2500)
    var limited = work
    limited.mostTokens = 500
    #expect(estimate(limited).sampled.tokens == 500)
  }

  @Test func usagesAddUp() {
    var sum = before
    var part = ModelUsage()
    (part.samples, part.sampledTokens, part.planned.samples) = (200, 2320, 200)
    sum.add(part)
    #expect(estimate(ModelWork(model: "m", samples: 21, maxTokens: 64), before: sum).sampled.tokens == 262)
    var huge = ModelUsage(["sampled_tokens": JSON(Int.max), "samples": -3])
    huge.add(huge)
    #expect(huge.sampledTokens == .max && huge.samples == 0)
  }

  @Test func nothingIsMadeUp() {
    let work = ModelWork(model: "m", samples: 200, maxTokens: 64)
    let prices: JSON.Members = ["price-in": 2, "price-out": 10]
    let unknown = estimate(work, prices: prices)
    #expect(unknown.sampled == .init(tokens: 12_800, isBound: true))
    #expect(unknown.promptTokens == nil && unknown.seconds == nil && unknown.cost == nil)
    #expect(estimate(work, stated: ModelRate(sampling: 640, training: nil)).seconds == 20)
    #expect(abs((estimate(work, before: before, prices: ["price-out": 10]).cost ?? 0) - 0.06) < 1e-12)
    #expect(estimate(ModelWork(model: "m", sequences: nil), before: before).trainedTokens == nil)
    #expect(estimate(ModelWork(model: "m", sequences: 9)).trainedTokens == nil)
    let huge = ModelWork(
      model: "m", samples: ModelWork.product(.max, 2), maxTokens: 1 << 40, sequences: .max)
    #expect(estimate(huge, before: before).trainedTokens == 1_000_000_000_000_000_000)
    #expect(estimate(huge).sampled.tokens == .max)
  }

  @Test func trainingIsScaled() {
    let found = estimate(
      ModelWork(model: "m", sequences: 100), before: before, prices: ["price-train": 0.5])
    #expect(found.trainedTokens == 8000 && found.seconds == 200 && found.cost == 0.004)
    #expect(found.sampled.tokens == 0 && found.promptTokens == 0)
    let stated = ModelRate(sampling: nil, training: 80)
    #expect(estimate(ModelWork(model: "m", sequences: 100), before: before, stated: stated).seconds == 100)
  }

  @Test func whatIsUnknownInAPartIsUnknownInTheSum() {
    var sum = estimate(ModelWork(model: "m", samples: 200, maxTokens: 64), before: before)
    sum.add(estimate(ModelWork(model: "m", sequences: 100), before: before))
    #expect(sum.sampled.tokens == 6000 && sum.trainedTokens == 8000 && sum.seconds == 260)
    sum.add(estimate(ModelWork(model: "n", samples: 1, maxTokens: 7)))
    #expect(
      sum.sampled == .init(tokens: 6007, isBound: true) && sum.seconds == nil && sum.trainedTokens == 8000)
  }

  @Test func aModelThatIsCountedIsTheSameModel() throws {
    let (inner, meter) = (CountedModel(), UsageMeter())
    let model = MeteredModel(inner, plugin: "p", meter: meter)
    let sampling = Sampling(maxTokens: 5)
    let replies = try model.generate([
      GenerationRequest(id: 0, seed: 0, tokens: [1, 2, 3], samples: 2, sampling: sampling),
      GenerationRequest(id: 1, seed: 0, tokens: [4], samples: 1, sampling: sampling),
    ])
    #expect(replies.map(\.count) == [2, 1])
    let pass = try model.forward([
      TokenSequence(tokens: [1, 2, 3, 4], from: 2), TokenSequence(tokens: [1, 2], from: 1),
    ])
    try model.backward(pass, gradients: [])
    #expect(inner.received === pass.tape)
    #expect(
      try model.step(OptimizerStep(learningRate: 1, weightDecay: 0, clipNorm: 0, index: 0)).gradientNorm == 7)
    let usage = try #require(meter.usage["p"])
    #expect(usage.samples == 3 && usage.promptTokens == 4 && usage.sampledTokens == 6)
    #expect(usage.trainedSequences == 2 && usage.trainedTokens == 6)
    #expect(usage.samplingSeconds > 0 && usage.trainingSeconds > 0)
    #expect(ModelUsage(meter.json["p"] ?? .null).sampledTokens == 6)
    #expect(usage.planned.samples == 3 && usage.planned.prompts == 2 && usage.planned.sequences == 2)
  }
}

/// Answers two tokens to everything.
private final class CountedModel: LanguageModel {
  var received: AnyObject?
  let info = ModelInfo(
    name: "counted", family: "test", device: "cpu", dtype: "f32", sharesForward: true, trains: true,
    chats: false,
    parameters: 1, vocabularySize: 9, contextLength: nil, bos: nil, eos: nil)

  func encode(_ texts: [String]) -> [[Int32]] { texts.map { _ in [] } }
  func decode(_ tokens: [[Int32]]) -> [[UInt8]] { tokens.map { _ in [] } }
  func promptTokens(for chats: [[Message]]) -> [[Int32]] { chats.map { _ in [] } }
  func generate(_ requests: [GenerationRequest]) -> [[Completion]] {
    requests.map { request in
      (0..<request.samples).map { _ in Completion(finish: .length, text: [], tokens: [7, 8], logprobs: []) }
    }
  }
  func score(_ sequences: [TokenSequence]) -> [ScoredSequence] { [] }
  func forward(_ sequences: [TokenSequence]) -> ForwardPass { ForwardPass(scored: [], tape: UsageMeter()) }
  func backward(_ pass: ForwardPass, gradients: [SequenceGradient]) { received = pass.tape }
  func drop(_ pass: ForwardPass) {}
  func step(_ step: OptimizerStep) -> StepReport {
    StepReport(skipped: false, gradientNorm: 7, updateNorm: 1)
  }
  func save(to folder: String) {}
  func load(from folder: String) {}
}
