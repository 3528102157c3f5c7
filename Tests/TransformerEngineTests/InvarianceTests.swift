import CTransformerKernels
import Testing

@testable import TransformerEngine
@testable import TransformerTokenizer

@Suite("Results depend on the input only")
struct InvarianceTests {
  private static func prompts(_ count: Int, samples: Int = 3, temperature: Double = 1) -> [GenerationPrompt] {
    (0..<count).map { index in
      GenerationPrompt(
        tokens: Samples(5).tokens(3 + 7 * (index % 4), below: 256, stream: index), seed: UInt64(index),
        samples: samples,
        maxTokens: 5 + 11 * (index % 3), temperature: temperature)
    }
  }

  @Test(
    "sampling gives the same bytes with 1, 2 and 3 threads, alone and in a batch",
    arguments: Precision.allCases)
  func sampling(_ precision: Precision) throws {
    try Self.checkSampling(randomModel(.even, precision: precision))
    if precision != .bf16 { try Self.checkSampling(randomModel(precision: precision)) }
  }

  static func checkSampling(_ model: TransformerModel) throws {
    let prompts = prompts(30)
    let one = try model.generate(prompts, threads: 1)
    #expect(one.count == 90)
    for threads in 2...3 { #expect(try model.generate(prompts, threads: threads) == one) }
    let alone = try prompts.flatMap { try model.generate([$0], threads: 1) }
    #expect(alone == one)
    var part = prompts[4]
    part.firstSample = 2
    part.samples = 1
    #expect(try model.generate([part], threads: 1)[0] == one[4 * 3 + 2])
    #expect(Set(one.map(\.tokens)).count > 80)
  }

  @Test("forward, gradients and three steps give the same bits with any number of threads")
  func training() throws {
    try Self.checkTraining { try randomModel() }
    try Self.checkTraining { try randomModel(.even, precision: .bf16) }
  }

  static func checkTraining(_ makeModel: () throws -> TransformerModel) throws {
    let sequences = Samples(3).sequences(40, below: 261, longest: 60)
    func run(_ threads: Int) throws -> (scores: [Float], gradients: [Float], weights: [Float]) {
      let model = try makeModel()
      var firstScores: [Float] = []
      var firstGradients: [Float] = []
      for step in 0..<3 {
        let (scores, tape) = try model.forward(sequences, threads: threads)
        try model.backward(
          tape, scores.map { ScoreGradient(logprobs: $0.logprobs, entropies: $0.entropies) }, threads: threads
        )
        if step == 0 {
          firstScores = scores.flatMap { $0.logprobs + $0.entropies }
          firstGradients = try model.withNetwork {
            Array(
              UnsafeBufferPointer(
                start: try $0.weights.trainingState().gradients.base, count: $0.weights.layout.count))
          }
        }
        _ = try model.step(AdamW(learningRate: 1e-3, weightDecay: 0.1), threads: threads)
      }
      return (firstScores, firstGradients, model.weights)
    }
    let one = try run(1)
    for threads in 2...4 {
      let other = try run(threads)
      #expect(one.scores == other.scores && one.gradients == other.gradients && one.weights == other.weights)
    }
  }

  @Test("a batch of eight is eight batches of one", arguments: Precision.allCases)
  func batching(_ precision: Precision) throws {
    try Self.checkBatching(randomModel(.even, precision: precision))
  }

  static func checkBatching(_ model: TransformerModel) throws {
    let samples = Samples(11)
    // The last four go on from one prompt, which is computed once for all of them.
    let prompt = samples.tokens(21, below: 261, stream: 40)
    let answers = (41..<45).map { stream in
      ScoredSequence(tokens: prompt + samples.tokens(7, below: 261, stream: stream), from: prompt.count + 1)
    }
    let sequences = samples.sequences(4, below: 261) + answers
    let together = try model.score(sequences, threads: 2)
    for (sequence, scores) in zip(sequences, together) {
      let alone = try model.score([sequence], threads: 1)[0]
      #expect(alone.logprobs == scores.logprobs && alone.entropies == scores.entropies)
    }
  }

  @Test(
    "every instruction set gives the same bits",
    arguments: [(.float32, "tied"), (.bf16, "bf16")] as [(Precision, String)])
  func instructionSets(_ precision: Precision, _ name: String) throws {
    let golden = try GoldenFile(name)
    let best = Kernels(precision: precision)
    let reference = try golden.network(kernels: best)
    let batch = try PackedBatch(golden.sequences, shape: golden.shape)
    let (expected, tape) = try reference.forward(batch, threads: 1)
    let gradients = batch.inputs.map { ScoreGradient(logprobs: .init(repeating: 1, count: $0.count)) }
    try reference.backward(tape, gradients, threads: 1)
    for level in 0..<best.table.pointee.level {
      let network = try golden.network(kernels: Kernels(level: level, precision: precision))
      let (output, tape) = try network.forward(batch, threads: 1)
      #expect(
        output.logprobs == expected.logprobs && output.entropies == expected.entropies, "level \(level)")
      try network.backward(tape, gradients, threads: 1)
      let gradients = [network, reference].map { network in
        Result { network.weights.tensorValues(try network.weights.trainingState().gradients) }
      }
      #expect(try gradients[0].get() == gradients[1].get(), "gradients at level \(level)")
    }
  }

  @Test("samples are the same on every instruction set", arguments: Precision.allCases)
  func sampledBits(_ precision: Precision) throws {
    let prompts = Self.prompts(8)
    func samples(_ level: Int32) throws -> [Continuation] {
      let network = try Network(.even, kernels: Kernels(level: level, precision: precision))
      network.weights.initialize(seed: 7, norm: 1)
      return try network.generate(
        Generation(prompts, ends: [], pieces: Tokenizer.bytes().pieces, stop: .never, finished: nil),
        threads: 2)
    }
    let best = try samples(Kernels().table.pointee.level)
    for level in KernelTests.levels.dropLast() { #expect(try samples(level) == best, "level \(level)") }
  }

  /// The limit of bf16 is that of its rounding, with which products of decoding and of training differ in nothing but
  /// the order of sums.
  @Test(
    "log-probs of samples are those of training", arguments: [0.6, 1, 1.4],
    [(.float32, 1e-4), (.bf16, 2e-2)] as [(Precision, Float)])
  func agreement(_ temperature: Double, _ limit: (precision: Precision, size: Float)) throws {
    let model = try randomModel(.even, precision: limit.precision)
    let prompts = Self.prompts(12, temperature: temperature)
    let samples = try model.generate(prompts, threads: 2)
    for (index, sample) in samples.enumerated() {
      let prompt = prompts[index / 3]
      let scores = try model.score(
        [
          ScoredSequence(
            tokens: prompt.tokens + sample.tokens, from: prompt.tokens.count, temperature: temperature)
        ],
        threads: 1)[0]
      for (a, b) in zip(sample.logprobs, scores.logprobs) { #expect(abs(a - b) < limit.size) }
    }
  }
}
