import Testing

@testable import TransformerEngine

@Suite("PyTorch and transformers agree")
struct GoldenTests {
  static let names = ["tied", "untied"]

  @Test("log-probs and entropies", arguments: names)
  func scores(_ name: String) throws { try Self.checkScores(name, Kernels()) }

  @Test("every gradient tensor", arguments: names)
  func gradients(_ name: String) throws { try Self.checkGradients(name, Kernels()) }

  @Test("ten AdamW steps", arguments: names)
  func training(_ name: String) throws { try Self.checkTraining(name, Kernels()) }

  static func checkScores(_ name: String, _ kernels: Kernels) throws {
    let golden = try GoldenFile(name)
    let network = try golden.network(kernels: kernels)
    let output = try network.score(PackedBatch(golden.sequences, shape: golden.shape), threads: 2)
    #expect(relativeError(output.logprobs, golden["logprobs"]) < 1e-5)
    #expect(relativeError(output.entropies, golden["entropies"]) < 1e-5)
  }

  static func checkGradients(_ name: String, _ kernels: Kernels) throws {
    let golden = try GoldenFile(name)
    let network = try golden.network(kernels: kernels)
    let batch = try PackedBatch(golden.sequences, shape: golden.shape)
    let (output, tape) = try network.forward(batch, threads: 2)
    #expect(relativeError(output.logprobs, golden["logprobs"]) < 1e-5)
    try network.backward(tape, golden.gradients(batch), threads: 2)
    let state = try network.weights.trainingState()
    for (tensor, actual) in zip(network.layout.tensors, network.weights.tensorValues(state.gradients)) {
      #expect(relativeError(actual, golden["gradient:" + tensor.name]) < 1e-4, "\(tensor.name)")
    }
  }

  static func checkTraining(
    _ name: String, _ kernels: Kernels, loss lossLimit: Float = 1e-4, norm normLimit: Float = 1e-4
  ) throws {
    let golden = try GoldenFile(name)
    let network = try golden.network(kernels: kernels)
    let batch = try PackedBatch(golden.sequences, shape: golden.shape)
    let count = Float(batch.scores.count)
    for step in 0..<golden["losses"].count {
      let (output, tape) = try network.forward(batch, threads: 1)
      let loss = -output.logprobs.reduce(0, +) / count
      #expect(abs(loss / golden["losses"][step] - 1) < lossLimit, "loss of step \(step)")
      let gradients = batch.inputs.map {
        ScoreGradient(logprobs: .init(repeating: -1 / count, count: $0.count))
      }
      try network.backward(tape, gradients, threads: 1)
      let outcome = try network.step(
        AdamW(learningRate: 3e-3, weightDecay: 0.1, clipNorm: 1, gradientScale: golden.scale), threads: 1)
      #expect(
        abs(Float(outcome.gradientNorm) / golden["norms"][step] - 1) < normLimit, "norm of step \(step)")
      #expect(outcome.step == step + 1 && !outcome.skipped && outcome.updateNorm > 0)
    }
  }
}
