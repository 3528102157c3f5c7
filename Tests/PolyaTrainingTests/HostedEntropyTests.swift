import Foundation
import PolyaCore
import PolyaHost
import PolyaTestSupport
import Testing

/// Gradients by entropies across the boundary.
struct HostedEntropyTests {
  /// A weighted sum of the log-probs and of the entropies of some sequences.
  private struct Functional {
    let logprobs: [[Double]]
    let entropies: [[Double]]

    /// - Parameters:
    ///   - a: scales the weights of the log-probs.
    ///   - b: scales the weights of the entropies.
    init(_ sequences: [TokenSequence], _ a: Double, _ b: Double) {
      func weights(_ seed: UInt64, _ scale: Double) -> [[Double]] {
        sequences.enumerated().map { index, sequence in
          let random = Randomness(seed: seed).stream(UInt64(index))
          return (0..<sequence.scoredCount).map { scale * (2 * random.unit(UInt64($0)) - 1) }
        }
      }
      (logprobs, entropies) = (weights(1, a), weights(2, b))
    }

    func value(_ scored: [ScoredSequence]) -> Double {
      func sum(_ weights: [[Double]], _ values: [[Float]]) -> Double {
        zip(weights, values).reduce(0) { $0 + zip($1.0, $1.1).reduce(0) { $0 + $1.0 * Double($1.1) } }
      }
      return sum(logprobs, scored.map(\.logprobs)) + sum(entropies, scored.map(\.entropies))
    }

    func gradients(_ sign: Double) -> [SequenceGradient] {
      zip(logprobs, entropies).map { logprobs, entropies in
        SequenceGradient(
          logprobs: logprobs.map { Float(sign * $0) }, entropies: entropies.map { Float(sign * $0) })
      }
    }
  }

  private let sequences: [TokenSequence] = (0..<5).map { index in
    let random = Randomness(seed: 8).stream(UInt64(index))
    let tokens = (0..<12 + index).map { Int32(random.below(256, UInt64($0))) }
    return TokenSequence(tokens: tokens, from: 3, temperature: index == 0 ? 0.8 : 1)
  }

  /// One step from the fresh weights along a gradient: with an epsilon far above every gradient, AdamW's first step is
  /// plain descent by learning rate / epsilon.
  private func step(along functional: Functional, _ rate: Double, _ isolation: Isolation) throws -> (
    model: any LanguageModel, norm: Double
  ) {
    let model = try HostedModels.tiny(isolation: isolation)
    let pass = try model.forward(sequences)
    try model.backward(pass, gradients: functional.gradients(rate < 0 ? -1 : 1))
    var step = OptimizerStep(learningRate: abs(rate) * 1e6, weightDecay: 0, clipNorm: 0, index: 0)
    step.epsilon = 1e6
    let report = try model.step(step)
    #expect(!report.skipped)
    return (model, report.gradientNorm)
  }

  /// The derivative of one functional along the gradient of another, by central differences.
  private func slope(
    of target: Functional, along direction: Functional, norm: Double, _ isolation: Isolation
  ) throws -> Double {
    let rate = 0.02 / norm
    let ends = try [-rate, rate].map {
      target.value(try step(along: direction, $0, isolation).model.score(sequences))
    }
    return (ends[0] - ends[1]) / (2 * rate)
  }

  /// With g and h the gradients of log-probs and of entropies, moving along one of them must change the values by g·g,
  /// h·h, g·h and h·g; the norms that the model tells of g, h and g + h give all of these a second time.
  @Test(arguments: Isolation.allCases) func theEngineHasTheGradientOfEntropies(isolation: Isolation) throws {
    let logprobs = Functional(sequences, 1, 0)
    let entropies = Functional(sequences, 0, 1)
    let both = Functional(sequences, 1, 1)
    func norm(_ functional: Functional) throws -> Double { try step(along: functional, 0, isolation).norm }
    let (g, h, sum) = (try norm(logprobs), try norm(entropies), try norm(both))
    let product = (sum * sum - g * g - h * h) / 2
    #expect(g > 0.1 && h > 0.1 && abs(product) > 1e-3 * g * h)
    for (target, direction, length, expected) in [
      (logprobs, logprobs, g, g * g), (entropies, entropies, h, h * h), (logprobs, entropies, h, product),
      (entropies, logprobs, g, product), (both, both, sum, sum * sum),
    ] {
      let found = try slope(of: target, along: direction, norm: length, isolation)
      // Of what moves at all: the differences are those of numbers in single precision.
      #expect(abs(found - expected) < 0.01 * max(g * h, expected), "\(found), \(expected)")
    }
  }

  @Test func noGradientOfEntropiesIsAGradientOfZeros() throws {
    let functional = Functional(sequences, 1, 0)
    func norm(_ gradients: [SequenceGradient]) throws -> Double {
      let model = try HostedModels.tiny()
      try model.backward(try model.forward(sequences), gradients: gradients)
      return try model.step(OptimizerStep(learningRate: 0, weightDecay: 0, clipNorm: 0, index: 0))
        .gradientNorm
    }
    let bare = functional.gradients(1).map { SequenceGradient(logprobs: $0.logprobs) }
    #expect(try norm(bare) == norm(functional.gradients(1)))
  }

  /// The model that `polya plugin new` makes in C, without the line that fills the entropies, or with a wrong one.
  @Test(arguments: Isolation.allCases) func aModelMayLeaveEntropiesOut(isolation: Isolation) throws {
    let folder = try TemporaryFolder()
    let made = try Command.polya(
      ["plugin", "new", "--lang", "c", "--kind", "model", "small"], folder: folder.url)
    try #require(made.status == 0, "\(made.errors)")
    let source = try String(contentsOfFile: folder.path("small/small.c"), encoding: .utf8)
    let line = "if (row->entropies) row->entropies[k - sequence->from] = (float)entropy(all);"
    try #require(source.components(separatedBy: line).count == 2)
    func model(_ replacement: String) throws -> any LanguageModel {
      try folder.write("small/small.c", source.replacingOccurrences(of: line, with: replacement))
      let built = try Command.run(
        "/usr/bin/env", ["make", "CFLAGS=-O1"], folder: folder.url.appending(path: "small"))
      try #require(built.status == 0, "\(built.errors)")
      return try HostedModels.file(folder.path("small/small.so"), isolation)
    }
    let sequence = [TokenSequence(tokens: [65, 66, 67], from: 1)]
    let scored = try model("(void)entropy;").score(sequence)
    #expect(scored[0].logprobs.count == 2 && scored[0].entropies.isEmpty)
    #expect(try model(line).score(sequence)[0].entropies.count == 2)
    let half = try model("if (row->entropies && k == 1) row->entropies[0] = (float)entropy(all);")
    let error = #expect(throws: PolyaError.self) { try half.score(sequence) }
    #expect(error?.message.contains("an entropy is not a finite number") == true)
  }
}
