internal import PolyaKit

import Foundation
import Testing

@testable import TransformerEngine
@testable import TransformerFiles
@testable import TransformerTokenizer

/// Checkpoints of Golden/make_architectures.py, as transformers stores them, and what it computes for them.
@Suite("Architectures of published models")
struct ArchitectureTests {
  static let names = [
    "llama2", "llama3", "llama-linear", "llama-yarn", "llama-bias", "smollm", "mistral", "mistral-full",
    "qwen2", "qwen2-window", "qwen3", "gemma2", "gemma3", "phi3", "gpt2", "bf16", "f16", "sharded", "long",
    "smollm3", "olmo2", "olmo3", "phi3-long",
  ]

  private static func folder(_ name: String) -> String {
    GoldenFile.fixtures.appending(path: "checkpoints/\(name)").path
  }

  static func network(_ name: String, _ kernels: Kernels = Kernels()) throws -> Network {
    let folder = Self.folder(name)
    let network = try Network(Checkpoint.configuration(folder).shape, kernels: kernels)
    try Checkpoint.readWeights(folder, into: network)
    return network
  }

  private static func golden(_ name: String) throws -> GoldenFile {
    try GoldenFile(url: URL(filePath: Self.folder(name) + "/expected.golden"))
  }

  @Test func everyFolderIsTested() throws {
    let path = GoldenFile.fixtures.appending(path: "checkpoints").path
    #expect(try FileManager.default.contentsOfDirectory(atPath: path).sorted() == Self.names.sorted())
  }

  @Test("log-probs, entropies and logits", arguments: names)
  func scores(_ name: String) throws { try Self.checkScores(name, Kernels()) }

  static func checkScores(_ name: String, _ kernels: Kernels) throws {
    let golden = try golden(name)
    let network = try network(name, kernels)
    let batch = try PackedBatch(golden.sequences, shape: network.shape)
    let output = try network.score(batch, threads: 2)
    #expect(relativeError(output.logprobs, golden["logprobs"]) < 2e-5)
    #expect(relativeError(output.entropies, golden["entropies"]) < 2e-5)
    guard !golden["logits"].isEmpty else { return }
    // All log-probs of a row are its logits up to a constant.
    let tokens = golden.sequences[1].tokens
    let vocabulary = network.shape.vocabulary
    for last in [1, tokens.count / 2, tokens.count] {
      let row = Array(golden["logits"][(last - 1) * vocabulary..<last * vocabulary])
      let sequences = (0..<Int32(vocabulary)).map {
        ScoredSequence(tokens: tokens.prefix(last) + [$0], from: last)
      }
      let scores = try network.score(PackedBatch(sequences, shape: network.shape), threads: 2).logprobs
      let shift = row[0] - scores[0]
      #expect(zip(scores, row).allSatisfy { abs($0 + shift - $1) < 1e-4 }, "row \(last)")
    }
  }

  @Test("every gradient tensor, also when layers are computed again", arguments: names)
  func gradients(_ name: String) throws { try Self.checkGradients(name, Kernels()) }

  static func checkGradients(_ name: String, _ kernels: Kernels) throws {
    let golden = try golden(name)
    let network = try network(name, kernels)
    let batch = try PackedBatch(golden.sequences, shape: network.shape)
    let state = try network.weights.trainingState()
    var results: [[[Float]]] = []
    for recomputing in [false, true] {
      let (output, tape) = try network.forward(batch, threads: 2, recomputing: recomputing)
      #expect(relativeError(output.logprobs, golden["logprobs"]) < 2e-5)
      state.gradients.zero()
      try network.backward(tape, golden.gradients(batch), threads: 2)
      results.append(network.weights.tensorValues(state.gradients))
    }
    #expect(results[0] == results[1])
    for (tensor, actual) in zip(network.layout.tensors, results[0]) {
      let stored = golden["gradient:" + tensor.name]
      try #require(stored.count == tensor.count, "\(tensor.name)")
      let expected =
        tensor.isTransposed
        ? (0..<tensor.count).map { stored[$0 % tensor.columns * tensor.rows + $0 / tensor.columns] } : stored
      #expect(relativeError(actual, expected) < 2e-4, "\(tensor.name)")
    }
  }

  /// As close as 8 significant bits, or 8 bits in all, let it be.
  @Test(
    "in bf16 and in 8 bits nearly the same, also when sampling",
    arguments: names, [(.bf16, 0.02), (.int8, 0.08)] as [(Precision, Float)])
  func coarse(_ name: String, _ limit: (precision: Precision, size: Float)) throws {
    let golden = try Self.golden(name)
    let network = try Self.network(name, Kernels(precision: limit.precision))
    let batch = try PackedBatch(golden.sequences, shape: network.shape)
    let scores = try network.score(batch, threads: 2)
    #expect(relativeError(scores.logprobs, golden["logprobs"]) < limit.size)
    let prompt = Array(golden.sequences[0].tokens.prefix(5))
    let samples = try network.generate(
      Generation(
        [GenerationPrompt(tokens: prompt, seed: 3, samples: 4, maxTokens: 20)], ends: [],
        pieces: Tokenizer.bytes().pieces, stop: .never, finished: nil), threads: 2)
    for sample in samples {
      let again = try network.score(
        PackedBatch(
          [ScoredSequence(tokens: prompt + sample.tokens, from: prompt.count)], shape: network.shape),
        threads: 1)
      #expect(relativeError(sample.logprobs, again.logprobs) < limit.size)
    }
    guard limit.precision.isTrained else { return }
    let state = try network.weights.trainingState()
    for recomputing in [false, true] {
      let (_, tape) = try network.forward(batch, threads: 2, recomputing: recomputing)
      state.gradients.zero()
      try network.backward(tape, golden.gradients(batch), threads: 2)
      for (tensor, actual) in zip(network.layout.tensors, network.weights.tensorValues(state.gradients)) {
        let stored = golden["gradient:" + tensor.name]
        let expected =
          tensor.isTransposed
          ? (0..<tensor.count).map { stored[$0 % tensor.columns * tensor.rows + $0 / tensor.columns] }
          : stored
        #expect(relativeError(actual, expected) < 5 * limit.size, "\(tensor.name)")
      }
    }
  }

  @Test("the same bytes with 1, 2 and 4 threads", arguments: names)
  func threads(_ name: String) throws {
    try Self.checkThreads(name, Kernels())
    try Self.checkThreads(name, Kernels(precision: .bf16))
  }

  static func checkThreads(_ name: String, _ kernels: Kernels) throws {
    let golden = try golden(name)
    func run(_ threads: Int) throws -> [[Float]] {
      let network = try network(name, kernels)
      let batch = try PackedBatch(golden.sequences, shape: network.shape)
      for _ in 0..<2 {
        let (_, tape) = try network.forward(batch, threads: threads)
        try network.backward(tape, golden.gradients(batch), threads: threads)
        _ = try network.step(AdamW(learningRate: 1e-3, weightDecay: 0.1), threads: threads)
      }
      return network.weights.tensorValues()
    }
    let one = try run(1)
    #expect(try run(2) == one)
    #expect(try run(4) == one)
  }

  @Test("log-probs of samples are those of training", arguments: names)
  func sampling(_ name: String) throws {
    let network = try Self.network(name)
    let golden = try Self.golden(name)
    let pieces = TokenPieces([])
    for prompt in [Array(golden.sequences[0].tokens.prefix(30)), [3]] {
      let request = GenerationPrompt(tokens: prompt, seed: 5, samples: 3, maxTokens: 30, temperature: 0.8)
      var first: [Continuation] = []
      for (threads, asTeam) in [(1, false), (2, false), (2, true), (3, true)] {
        let job = Generation([request], ends: [], pieces: pieces, stop: .never, finished: nil)
        let samples = try network.generate(job, threads: threads, asTeam: asTeam)
        if first.isEmpty { first = samples }
        #expect(samples == first, "\(threads) threads, as a team: \(asTeam)")
        let sequences = samples.map {
          ScoredSequence(tokens: prompt + $0.tokens, from: prompt.count, temperature: 0.8)
        }
        let scores = try network.score(PackedBatch(sequences, shape: network.shape), threads: 1)
        #expect(zip(samples.flatMap(\.logprobs), scores.logprobs).allSatisfy { abs($0 - $1) < 1e-4 })
      }
    }
  }

  @Test("a prompt that sequences share is computed once, and nothing else changes", arguments: names)
  func sharedPrompts(_ name: String) throws {
    let network = try Self.network(name)
    let prompt = try Self.golden(name).sequences.last.map { Array($0.tokens.prefix(21)) } ?? []
    let sequences = (0..<5).map { index in
      let tail = (0..<10 + 3 * index).map { Int32((7 * $0 + 5 * index) % 41) }
      return ScoredSequence(tokens: prompt + tail, from: prompt.count, temperature: 0.9)
    }
    let together = try PackedBatch(sequences, shape: network.shape)
    #expect(together.tokens.count == 20 + sequences.reduce(0) { $0 + $1.tokens.count - 21 })
    let state = try network.weights.trainingState()
    func run(_ batches: [PackedBatch]) throws -> (scores: [Float], gradients: [[Float]]) {
      state.gradients.zero()
      var scores: [Float] = []
      for batch in batches {
        let (output, tape) = try network.forward(batch, threads: 2)
        scores += output.logprobs + output.entropies
        let gradients = batch.inputs.map { range in
          ScoreGradient(logprobs: range.map { Float($0 - range.lowerBound) / 7 - 1 })
        }
        try network.backward(tape, gradients, threads: 2)
      }
      return (scores, network.weights.tensorValues(state.gradients))
    }
    let one = try run([together])
    let alone = try run(sequences.map { try PackedBatch([$0], shape: network.shape) })
    #expect(one.scores.sorted() == alone.scores.sorted())
    for (tensor, (a, b)) in zip(network.layout.tensors, zip(one.gradients, alone.gradients)) {
      #expect(relativeError(a, b) < 1e-5, "\(tensor.name)")
    }
  }

  @Test("a stored checkpoint is the one that was read", arguments: names)
  func roundTrip(_ name: String) throws {
    let network = try Self.network(name)
    let configuration = try Checkpoint.configuration(Self.folder(name))
    try withFolder { folder in
      try Checkpoint.write(folder, configuration, network)
      let read = try Checkpoint.configuration(folder)
      #expect(read.shape == configuration.shape && read.eos == configuration.eos)
      let again = try Network(read.shape)
      try Checkpoint.readWeights(folder, into: again)
      #expect(
        again.weights.tensorValues()
          == network.weights.tensorValues()
      )
    }
  }

  @Test(
    "older spellings mean the same",
    arguments: ["llama3", "llama-yarn", "gemma3", "mistral", "qwen2-window", "olmo3", "phi3-long"])
  func spellings(_ name: String) throws {
    let path = Self.folder(name) + "/config.v4.json"
    let old = try Configuration(JSON(parsing: File.bytes(path), name: path), path: path)
    #expect(try old.shape == Checkpoint.configuration(Self.folder(name)).shape)
  }

  private func changed(_ name: String, _ old: String, _ new: String) throws -> Shape {
    let path = Self.folder(name) + "/config.json"
    let text = String(decoding: try File.bytes(path), as: UTF8.self)
    try #require(text.contains(old))
    return try Configuration(
      JSON(parsing: Array(text.replacing(old, with: new).utf8), name: path), path: path
    ).shape
  }

  @Test("LongRoPE is for texts no longer than the original ones, and has a factor for each pair")
  func longRope() throws {
    #expect(try Checkpoint.configuration(Self.folder("phi3-long")).shape.context == 64)
    let error = #expect(throws: TransformerError.self) { try changed("phi3-long", "1.5,", "") }
    #expect(error?.message.contains("longrope has 2 factors") == true)
    let beyond = #expect(throws: TransformerError.self) {
      try changed("phi3-long", "\"partial_rotary_factor\": 0.75", "\"partial_rotary_factor\": 7")
    }
    #expect(beyond?.message.contains("partial_rotary_factor") == true)
  }

  @Test("SmolLM3's layers without positions are every fourth, unless the file says otherwise")
  func layersWithoutPositions() throws {
    let list = "\"no_rope_layers\": [\n    1,\n    0,\n    0\n  ],"
    let shape = try changed("smollm3", list, "\"no_rope_layer_interval\": 2,")
    // As int((layer + 1) % interval != 0) of its configuration in transformers.
    #expect((0..<3).map(shape.rotates) == [true, false, true])
    let error = #expect(throws: TransformerError.self) {
      try changed("smollm3", list, "\"no_rope_layers\": [1, 0],")
    }
    #expect(error?.message.contains("no_rope_layers") == true)
  }

  @Test("a shard that is missing, or that lacks its tensor, is named")
  func shards() throws {
    let source = Self.folder("sharded")
    let shard = "model-00002-of-00003.safetensors"
    try withFolder { folder in
      for file in try FileManager.default.contentsOfDirectory(atPath: source) where file != shard {
        try FileManager.default.copyItem(atPath: source + "/" + file, toPath: folder + "/" + file)
      }
      let network = try Network(Checkpoint.configuration(folder).shape)
      let error = #expect(throws: TransformerError.self) {
        try Checkpoint.readWeights(folder, into: network)
      }
      #expect(error?.message.contains(shard) == true)
      try FileManager.default.copyItem(
        atPath: source + "/model-00001-of-00003.safetensors", toPath: folder + "/" + shard)
      let other = #expect(throws: TransformerError.self) {
        try Checkpoint.readWeights(folder, into: network)
      }
      #expect(other?.message.contains("which lacks it") == true)
    }
  }
}
