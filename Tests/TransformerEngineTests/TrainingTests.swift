import Synchronization
import Testing

@testable import TransformerEngine
@testable import TransformerFiles

@Suite("Training")
struct TrainingTests {
  private let sequences = Samples(21).sequences(6, below: 261)

  private func backward(_ model: TransformerModel, _ slope: Float) throws {
    let (scores, tape) = try model.forward(sequences, threads: 2)
    try model.backward(
      tape, scores.map { ScoreGradient(logprobs: .init(repeating: slope, count: $0.logprobs.count)) },
      threads: 2)
  }

  private func total(_ model: TransformerModel) throws -> Float {
    try model.score(sequences, threads: 2).reduce(0) { $0 + $1.logprobs.reduce(0, +) }
  }

  @Test("a step along the log-probs raises them, against them lowers them")
  func direction() throws {
    for sign in [-1, 1] as [Float] {
      let model = try randomModel()
      let before = try total(model)
      // Gradients of the loss: minus the log-prob is descended.
      try backward(model, sign)
      _ = try model.step(AdamW(learningRate: 1e-3), threads: 2)
      #expect((try total(model) - before) * sign < 0)
    }
  }

  @Test("a learning rate of zero changes nothing")
  func zeroRate() throws {
    let model = try randomModel()
    let before = model.weights
    try backward(model, -1)
    let outcome = try model.step(AdamW(learningRate: 0, weightDecay: 0.1), threads: 2)
    #expect(
      model.weights == before && outcome.updateNorm == 0 && outcome.gradientNorm > 0 && outcome.step == 1)
  }

  @Test("a step without finite gradients is skipped, and clears them")
  func skipped() throws {
    let model = try randomModel()
    let before = model.weights
    try backward(model, .nan)
    let outcome = try model.step(AdamW(learningRate: 1), threads: 2)
    #expect(outcome.skipped && outcome.step == 0 && !outcome.gradientNorm.isFinite && model.weights == before)
    try backward(model, -1)
    #expect(try !model.step(AdamW(learningRate: 1e-3), threads: 2).skipped)
  }

  @Test("gradients add up over passes, and the scale undoes it")
  func accumulation() throws {
    let (once, twice) = (try randomModel(), try randomModel())
    try backward(once, -1)
    try backward(twice, -1)
    try backward(twice, -1)
    let a = try once.step(AdamW(learningRate: 1e-3), threads: 1)
    let b = try twice.step(AdamW(learningRate: 1e-3, gradientScale: 0.5), threads: 1)
    #expect(abs(a.gradientNorm / b.gradientNorm - 1) < 1e-6)
    #expect(relativeError(once.weights, twice.weights) < 1e-6)
  }

  @Test("weight decay leaves the norms alone")
  func decay() throws {
    let model = try randomModel()
    let before = model.weights
    let (scores, tape) = try model.forward(sequences, threads: 1)
    try model.backward(
      tape, scores.map { ScoreGradient(logprobs: .init(repeating: 0, count: $0.logprobs.count)) }, threads: 1)
    _ = try model.step(AdamW(learningRate: 0.1, weightDecay: 0.5), threads: 1)
    let after = model.weights
    var at = 0
    for tensor in model.withNetwork(\.weights.layout.tensors) {
      let range = at..<at + tensor.count
      at = range.upperBound
      let factor: Float = tensor.role == .norm ? 1 : 0.95
      #expect(relativeError(Array(after[range]), before[range].map { $0 * factor }) < 1e-6)
    }
  }

  @Test("a tape serves once, for the weights it was made with")
  func tapes() throws {
    let model = try randomModel()
    func gradients(_ scores: [SequenceScores]) -> [ScoreGradient] {
      scores.map { ScoreGradient(logprobs: $0.logprobs) }
    }
    let (scores, tape) = try model.forward(sequences, threads: 1)
    try model.backward(tape, gradients(scores), threads: 1)
    #expect(throws: TransformerError.self) { try model.backward(tape, gradients(scores), threads: 1) }
    let (_, stale) = try model.forward(sequences, threads: 1)
    _ = try model.step(AdamW(learningRate: 1e-3), threads: 1)
    #expect(throws: TransformerError.self) { try model.backward(stale, gradients(scores), threads: 1) }
    let (_, short) = try model.forward(sequences, threads: 1)
    #expect(throws: TransformerError.self) { try model.backward(short, [], threads: 1) }
    let (_, dropped) = try model.forward(sequences, threads: 1)
    model.drop(dropped)
    #expect(throws: TransformerError.self) { try model.backward(dropped, gradients(scores), threads: 1) }
  }

  @Test("a stop ends every pass, and leaves no half gradients")
  func stopping() throws {
    let model = try randomModel()
    func isStop(_ body: () throws -> Void) {
      let error = #expect(throws: TransformerError.self) { try body() }
      #expect(error?.kind == .cancelled)
    }
    isStop { _ = try model.score(sequences, threads: 2, shouldStop: { true }) }
    isStop { _ = try model.forward(sequences, threads: 2, shouldStop: { true }) }
    let polls = Atomic<Int>(0)
    let (scores, tape) = try model.forward(sequences, threads: 2)
    isStop {
      try model.backward(
        tape, scores.map { ScoreGradient(logprobs: $0.logprobs) }, threads: 2,
        shouldStop: { polls.wrappingAdd(1, ordering: .relaxed).newValue > 3 })
    }
    #expect(try model.step(AdamW(learningRate: 1e-3), threads: 2).gradientNorm == 0)
  }

  @Test("nothing to score is nothing to do")
  func nothing() throws {
    let model = try randomModel()
    #expect(try model.score([], threads: 2).isEmpty)
    let whole = [ScoredSequence(tokens: [5, 6], from: 2), ScoredSequence(tokens: [5], from: 1)]
    #expect(try model.score(whole, threads: 2).allSatisfy(\.logprobs.isEmpty))
    let (scores, tape) = try model.forward(whole, threads: 2)
    try model.backward(tape, scores.map { ScoreGradient(logprobs: $0.logprobs) }, threads: 2)
    #expect(try model.step(AdamW(learningRate: 1e-3), threads: 2).gradientNorm == 0)
  }

  @Test("bad sequences are refused")
  func refusals() throws {
    let model = try randomModel()
    for bad in [
      ScoredSequence(tokens: [], from: 1), ScoredSequence(tokens: [1, 2], from: 0),
      ScoredSequence(tokens: [1, 2], from: 3), ScoredSequence(tokens: [1, 261], from: 1),
      ScoredSequence(tokens: [1, -1], from: 1),
      ScoredSequence(tokens: [1, 2], from: 1, temperature: -.infinity),
      ScoredSequence(tokens: .init(repeating: 1, count: 129), from: 1),
    ] {
      #expect(throws: TransformerError.self) { try model.score([bad], threads: 1) }
    }
  }

  @Test("many tokens are cut into slabs without changing the gradients")
  func slabs() throws {
    // 3 x 8192 tokens; the same sequence everywhere must give a multiple of one sequence's gradient.
    let shape = Shape(
      hidden: 16, layers: 1, heads: 2, keyValueHeads: 1, feedForward: 20, vocabulary: 261, context: 128)
    let sequence = ScoredSequence(tokens: Samples(2).tokens(128, below: 261), from: 64)
    func gradient(_ count: Int) throws -> [Float] {
      let model = try randomModel(shape)
      let (scores, tape) = try model.forward(.init(repeating: sequence, count: count), threads: 2)
      try model.backward(
        tape,
        scores.map { ScoreGradient(logprobs: .init(repeating: 1 / Float(count), count: $0.logprobs.count)) },
        threads: 2)
      return try model.withNetwork {
        Array(
          UnsafeBufferPointer(
            start: try $0.weights.trainingState().gradients.base, count: $0.weights.layout.count))
      }
    }
    #expect(relativeError(try gradient(190), try gradient(1)) < 1e-5)
  }
}
