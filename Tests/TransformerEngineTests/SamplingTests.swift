import Foundation
import Testing

@testable import TransformerEngine
@testable import TransformerFiles
@testable import TransformerTokenizer

@Suite("Sampling")
struct SamplingTests {
  private let prompt = Array("one two".utf8).map { Int32($0) + 0 }

  /// Next-token probabilities by the scores of every continuation.
  private func distribution(_ model: TransformerModel, _ temperature: Double) throws -> [Double] {
    try model.score(
      (0..<Int32(model.shape.vocabulary)).map {
        ScoredSequence(tokens: prompt + [$0], from: prompt.count, temperature: temperature)
      }, threads: 2
    ).map { exp(Double($0.logprobs[0])) }
  }

  /// Chi-squared statistic over tokens expected at least 5 times, the rest pooled, and its degrees of freedom.
  private func chiSquared(_ counts: [Int], _ shares: [Double]) -> (statistic: Double, freedom: Int) {
    let total = Double(counts.reduce(0, +))
    var (statistic, freedom) = (0.0, -1)
    var (pooled, expectedPool) = (0.0, 0.0)
    for (count, share) in zip(counts, shares) {
      if share * total >= 5 {
        statistic += pow(Double(count) - share * total, 2) / (share * total)
        freedom += 1
      } else {
        pooled += Double(count)
        expectedPool += share * total
      }
    }
    if expectedPool > 5 {
      statistic += pow(pooled - expectedPool, 2) / expectedPool
      freedom += 1
    } else if expectedPool == 0 {
      #expect(pooled == 0)
    }
    return (statistic, freedom)
  }

  /// What top-k, then top-p, then min-p leave of a distribution, by the definitions.
  private func truncated(_ shares: [Double], k: Int?, p: Double, minP: Double) -> [Double] {
    let order = shares.indices.sorted { shares[$0] > shares[$1] }
    var kept = Array(order.prefix(k ?? order.count))
    let mass = kept.reduce(0) { $0 + shares[$1] }
    if p < 1 {
      var running = 0.0
      let end = kept.firstIndex {
        running += shares[$0]
        return running >= p * mass
      }
      kept = Array(kept.prefix((end ?? kept.count - 1) + 1))
    }
    kept = kept.filter { shares[$0] >= minP * shares[order[0]] }
    let rest = kept.reduce(0) { $0 + shares[$1] }
    var result = [Double](repeating: 0, count: shares.count)
    for index in kept { result[index] = shares[index] / rest }
    return result
  }

  @Test(
    "frequencies are those of the softmax, with and without truncation",
    arguments: [
      (1.0, nil, 1.0, 0.0), (0.7, nil, 1.0, 0.0), (1.0, 12, 1.0, 0.0), (1.0, nil, 0.8, 0.0),
      (1.3, nil, 1.0, 0.1),
      (1.0, 30, 0.9, 0.05), (1.0, 3, 1, 0.2), (0.5, 40, 0.97, 0.02),
    ] as [(Double, Int?, Double, Double)])
  func frequencies(_ temperature: Double, _ k: Int?, _ p: Double, _ minP: Double) throws {
    var shape = Shape.odd
    // Tied, a random model mostly repeats its last token.
    shape.tied = false
    let model = try randomModel(shape)
    let shares = truncated(try distribution(model, temperature), k: k, p: p, minP: minP)
    let draws = try model.generate(
      [
        GenerationPrompt(
          tokens: prompt, seed: 77, samples: 1_000_000, maxTokens: 1, temperature: temperature, topK: k,
          topP: p,
          minP: minP)
      ], threads: 2)
    var counts = [Int](repeating: 0, count: shares.count)
    for draw in draws { counts[Int(draw.tokens[0])] += 1 }
    let (statistic, freedom) = chiSquared(counts, shares)
    // Wilson and Hilferty's cube-root normal approximation; 4 deviations are one false alarm in 30,000 runs.
    let z =
      (pow(statistic / Double(freedom), 1.0 / 3) - (1 - 2 / (9 * Double(freedom))))
      / (2 / (9 * Double(freedom))).squareRoot()
    #expect(freedom >= 2 && z < 4, "chi-squared \(statistic) with \(freedom) degrees of freedom")
  }

  @Test("temperature 0 takes the most likely token, with its log-prob at temperature 1")
  func greedy() throws {
    let model = try randomModel()
    let samples = try model.generate(
      [GenerationPrompt(tokens: prompt, seed: 1, samples: 2, maxTokens: 6, temperature: 0)], threads: 1)
    #expect(samples[0] == samples[1])
    let shares = try distribution(model, 1)
    #expect(shares.indices.max { shares[$0] < shares[$1] } == Int(samples[0].tokens[0]))
    let scores = try model.score(
      [ScoredSequence(tokens: prompt + samples[0].tokens, from: prompt.count)], threads: 1)[0]
    for (a, b) in zip(samples[0].logprobs, scores.logprobs) { #expect(abs(a - b) < 1e-4) }
  }

  @Test("a stop string ends a sample before it, also across tokens; the end token ends it too")
  func stops() throws {
    let model = try randomModel()
    let base = GenerationPrompt(tokens: prompt, seed: 5, samples: 20, maxTokens: 40)
    let free = try model.generate([base], threads: 2)
    for (index, sample) in free.enumerated() where sample.text.count > 12 {
      var stopped = base
      stopped.samples = 1
      stopped.firstSample = index
      let stop = Array(sample.text[7..<10])
      stopped.stop = [[1, 2, 3, 4, 5, 6, 7], stop]
      let result = try model.generate([stopped], threads: 1)[0]
      #expect(result.finish == .stop)
      #expect(sample.tokens.starts(with: result.tokens) && sample.text.starts(with: result.text))
      #expect(sample.text.dropFirst(result.text.count).starts(with: stop))
      #expect(result.tokens.count == result.logprobs.count)
      let before = model.tokenizer.decode(result.tokens.dropLast())
      #expect(!before.indices.contains { before[$0...].starts(with: stop) })
    }
    for sample in free where sample.finish == .stop {
      #expect(sample.tokens.last == model.endTokens[0])
      #expect(model.tokenizer.decode(sample.tokens.dropLast()) == sample.text)
    }
    for sample in free where sample.finish == .length { #expect(sample.tokens.count == 40) }
  }

  @Test("samples end at the context length")
  func contextLength() throws {
    let model = try randomModel()
    let long = Samples(4).tokens(model.shape.context - 3, below: 256)
    let sample = try model.generate([GenerationPrompt(tokens: long, seed: 5, maxTokens: 99)], threads: 1)[0]
    #expect(sample.tokens.count == 3 || sample.finish == .stop)
    #expect(throws: TransformerError.self) {
      try model.generate([GenerationPrompt(tokens: long + [1, 2, 3], seed: 5, maxTokens: 9)], threads: 1)
    }
  }

  @Test("bad numbers are refused")
  func refusals() throws {
    let model = try randomModel()
    let good = GenerationPrompt(tokens: [1], seed: 0, maxTokens: 1)
    let changes: [(inout GenerationPrompt) -> Void] = [
      { $0.tokens = [] }, { $0.tokens = [261] }, { $0.tokens = [-1] }, { $0.temperature = .nan },
      { $0.temperature = -1 },
      { $0.topP = 0 }, { $0.topK = 0 }, { $0.minP = 2 }, { $0.maxTokens = 0 }, { $0.stop = [[]] },
    ]
    for change in changes {
      var bad = good
      change(&bad)
      #expect(throws: TransformerError.self) { try model.generate([good, bad], threads: 1) }
    }
    #expect(try model.generate([], threads: 2).isEmpty)
  }

  @Test("stopping ends the call on every thread")
  func cancelling() throws {
    let model = try randomModel()
    let error = #expect(throws: TransformerError.self) {
      try model.generate(
        [GenerationPrompt(tokens: [1], seed: 0, samples: 500, maxTokens: 100)], threads: 2,
        shouldStop: { true })
    }
    #expect(error?.kind == .cancelled)
  }

  @Test("broken weights are an error, not a sample")
  func brokenWeights() throws {
    let model = try randomModel()
    model.withNetwork {
      $0.weight($0.layout.finalNorm.weight).pointee = .nan
      $0.weights.valuesChanged()
    }
    #expect(throws: TransformerError.self) {
      try model.generate([GenerationPrompt(tokens: [1], seed: 0, maxTokens: 3)], threads: 1)
    }
  }

  /// What a truncated draw leaves, by its definition, of distributions from flat to steep.
  @Test("nuclei are those of sorting everything", arguments: [0.1, 1, 6], [0.3, 0.9, 0.999, 0.9999999])
  func nuclei(_ steepness: Float, _ share: Double) throws {
    let count = 3000
    var logits = Samples(6).normals(count).map { $0 * steepness }
    let kernels = Kernels()
    var memory = [Float](repeating: 0, count: count)
    let mask = memory.withUnsafeMutableBufferPointer { memory in
      guard let base = memory.baseAddress else { return TokenMask() }
      var sampler = TokenSampler(kernels, vocabulary: count, probabilities: base)
      let prompt = GenerationPrompt(tokens: [1], seed: 0, maxTokens: 1, topP: share)
      _ = sampler.draw(&logits, prompt, u: 0.5)
      var mask = TokenMask()
      sampler.tellMask(to: &mask)
      return mask
    }
    let order = memory.indices.sorted { (memory[$0], $1) > (memory[$1], $0) }
    var running = 0.0
    var expected: [Int32] = []
    for id in order where running < share && memory[id] > 0 {
      running += Double(memory[id])
      expected.append(Int32(id))
    }
    #expect(mask.ids == expected)
  }
}
