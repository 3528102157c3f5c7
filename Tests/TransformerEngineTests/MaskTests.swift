import Foundation
import Testing

@testable import TransformerEngine
@testable import TransformerFiles

/// Log-probs, entropies, and gradients among some tokens, against the distribution over all of them.
@Suite("Sampling masks")
struct MaskTests {
  private static let prompt = Array("one two".utf8).map { Int32($0) }

  /// Those of every token after the prompt.
  private func logprobs(_ model: TransformerModel, temperature: Double) throws -> [Double] {
    try model.score(all(model, temperature), threads: 2).map { Double($0.logprobs[0]) }
  }

  private func all(_ model: TransformerModel, _ temperature: Double) -> [ScoredSequence] {
    (0..<Int32(model.shape.vocabulary)).map {
      ScoredSequence(tokens: Self.prompt + [$0], from: Self.prompt.count, temperature: temperature)
    }
  }

  private func gradients(_ model: TransformerModel) throws -> [Float] {
    try model.withNetwork {
      Array(
        UnsafeBufferPointer(
          start: try $0.weights.trainingState().gradients.base, count: $0.weights.layout.count))
    }
  }

  @Test(
    "they are those of the distribution that is left",
    arguments: [(1.0, [7, 40, 41, 200]), (0.7, [7]), (1.3, Array(0..<261))] as [(Double, [Int32])])
  func values(temperature: Double, ids: [Int32]) throws {
    var shape = Shape.odd
    shape.tied = false
    let model = try randomModel(shape)
    let whole = try logprobs(model, temperature: temperature)
    let mass = log(ids.reduce(0) { $0 + exp(whole[Int($1)]) })
    let left = ids.map { whole[Int($0)] - mass }
    let entropy = -left.reduce(0) { $0 + exp($1) * $1 }
    let masked = try ids.map { id in
      try model.score(
        [
          ScoredSequence(
            tokens: Self.prompt + [id], from: Self.prompt.count, temperature: temperature,
            mask: TokenMask(ids: ids, ends: [Int32(ids.count)]))
        ], threads: 1)[0]
    }
    for (scores, expected) in zip(masked, left) {
      #expect(abs(Double(scores.logprobs[0]) - expected) < 2e-5)
      #expect(abs(Double(scores.entropies[0]) - entropy) < 2e-5)
    }
  }

  /// d ln q(t) = Σ over the mask of (δ - q_i) d ln p(i), and d H = -Σ q_i (ln q_i + H) d ln p(i): the same gradient from passes
  /// without a mask.
  @Test("gradients are those of the distribution that is left", arguments: [(1, 0), (0, 1), (-0.5, 2)])
  func gradients(slope: Double, bend: Double) throws {
    let ids: [Int32] = [3, 40, 41, 120, 200]
    let target = 2
    let (masked, plain) = (try randomModel(), try randomModel())
    let (_, tape) = try masked.forward(
      [
        ScoredSequence(
          tokens: Self.prompt + [ids[target]], from: Self.prompt.count, temperature: 0.9,
          mask: TokenMask(ids: ids, ends: [Int32(ids.count)]))
      ], threads: 2)
    try masked.backward(tape, [ScoreGradient(logprobs: [Float(slope)], entropies: [Float(bend)])], threads: 2)

    let (scores, other) = try plain.forward(
      ids.map { ScoredSequence(tokens: Self.prompt + [$0], from: Self.prompt.count, temperature: 0.9) },
      threads: 2)
    let raw = scores.map { Double($0.logprobs[0]) }
    let mass = log(raw.reduce(0) { $0 + exp($1) })
    let left = raw.map { $0 - mass }
    let entropy = -left.reduce(0) { $0 + exp($1) * $1 }
    try plain.backward(
      other,
      left.enumerated().map { index, value in
        let share = exp(value)
        let along = slope * ((index == target ? 1 : 0) - share) - bend * share * (value + entropy)
        return ScoreGradient(logprobs: [Float(along)])
      }, threads: 2)
    #expect(relativeError(try gradients(masked), try gradients(plain)) < 1e-4)
  }

  @Test(
    "samples tell what was left and how likely it was",
    arguments: [(3, 1.0, 0.0), (nil, 0.8, 0.0), (20, 0.9, 0.05)] as [(Int?, Double, Double)])
  func told(k: Int?, p: Double, minP: Double) throws {
    var shape = Shape.odd
    shape.tied = false
    let model = try randomModel(shape)
    let prompt = GenerationPrompt(
      tokens: Self.prompt, seed: 5, samples: 3, maxTokens: 4, temperature: 0.9, topK: k, topP: p, minP: minP,
      wantsMask: true)
    for sample in try model.generate([prompt], threads: 2) {
      let mask = sample.mask
      #expect(mask.ends.count == sample.tokens.count && mask.logMass.count == sample.tokens.count)
      let sequence = ScoredSequence(
        tokens: Self.prompt + sample.tokens, from: Self.prompt.count, temperature: 0.9,
        mask: TokenMask(ids: mask.ids, ends: mask.ends))
      let scored = try model.score([sequence], threads: 1)[0].logprobs
      var begin = 0
      for (place, end) in mask.ends.enumerated() {
        let left = Array(mask.ids[begin..<Int(end)])
        begin = Int(end)
        #expect(left.contains(sample.tokens[place]) && Set(left).count == left.count)
        if let k { #expect(left.count <= k) }
        #expect(abs(sample.logprobs[place] - mask.logMass[place] - scored[place]) < 2e-4)
        // The most likely tokens are left: no other one is likelier than the least of them.
        let whole = try model.score(
          (0..<Int32(261)).map {
            ScoredSequence(
              tokens: Self.prompt + sample.tokens.prefix(place) + [$0], from: Self.prompt.count + place,
              temperature: 0.9)
          }, threads: 2
        ).map { $0.logprobs[0] }
        let least = left.map { whole[Int($0)] }.min() ?? 0
        #expect((0..<Int32(261)).allSatisfy { left.contains($0) || whole[Int($0)] <= least + 1e-4 })
        let share = left.reduce(0.0) { $0 + exp(Double(whole[Int($1)])) }
        #expect(abs(log(share) - Double(mask.logMass[place])) < 1e-3)
        if k == nil, minP == 0 { #expect(share > p - 1e-4) }
      }
    }
    var silent = prompt
    silent.wantsMask = false
    let drawn = try model.generate([silent], threads: 1)
    #expect(drawn.allSatisfy { $0.mask.ends.isEmpty })
    #expect(drawn.map(\.tokens) == (try model.generate([prompt], threads: 2)).map(\.tokens))
  }

  @Test(
    "a mask that does not fit is refused",
    arguments: [
      TokenMask(ids: [1], ends: []), TokenMask(ids: [1], ends: [2]), TokenMask(ids: [1, 2], ends: [1]),
      TokenMask(ids: [1, 2], ends: [1, 2]), TokenMask(ids: [], ends: [0]), TokenMask(ids: [261], ends: [1]),
      TokenMask(ids: [-1], ends: [1]),
    ])
  func refused(mask: TokenMask) throws {
    let model = try randomModel()
    let sequence = ScoredSequence(tokens: Self.prompt + [1], from: Self.prompt.count, mask: mask)
    #expect(throws: TransformerError.self) { try model.score([sequence], threads: 1) }
  }
}
