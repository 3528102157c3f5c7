internal import PolyaKit
import Foundation
import PolyaTestSupport
import Testing

@testable import TransformerEngine
@testable import TransformerFiles

@Suite(
  "Stored checkpoints in transformers",
  .enabled(
    if: Torch.python != nil,
    "no Python with torch, transformers and peft: set POLYA_TORCH_PYTHON; goldens are tested all the same"))
struct StoredCheckpointTests {
  private let sequences: [[Int32]] = [Array(1..<20), (0..<40).map { ($0 * 7 + 3) % 41 }]

  private func scores(_ network: Network) throws -> [Float] {
    let scored = sequences.map { ScoredSequence(tokens: $0, from: 1) }
    return try network.score(PackedBatch(scored, shape: network.shape), threads: 2).logprobs
  }

  /// Trains a little, so that what is stored is not what was read.
  private func train(_ network: Network) throws {
    let scored = sequences.map { ScoredSequence(tokens: $0, from: 1) }
    let batch = try PackedBatch(scored, shape: network.shape)
    for _ in 0..<3 {
      let (_, tape) = try network.forward(batch, threads: 2)
      let gradients = batch.inputs.map { ScoreGradient(logprobs: .init(repeating: -0.1, count: $0.count)) }
      try network.backward(tape, gradients, threads: 2)
      _ = try network.step(AdamW(learningRate: 1e-2, weightDecay: 0.1), threads: 2)
    }
  }

  @Test(
    "every architecture, adapters, and models from GGUF files have the log-probs there that they have here")
  func logprobs() throws {
    try withFolder { folder in
      var expected: [(folder: String, scores: [Float])] = []
      let listed = "[" + sequences.map { "\($0)" }.joined(separator: ",") + "]"
      func store(_ name: String, _ network: Network, _ write: (String) throws -> Void) throws {
        let to = folder + "/" + name
        try FileManager.default.createDirectory(atPath: to, withIntermediateDirectories: true)
        try write(to)
        try File.write(to + "/sequences.json", Array(listed.utf8))
        expected.append((to, try scores(network)))
      }
      for name in ArchitectureTests.names {
        let source = GoldenFile.fixtures.appending(path: "checkpoints/\(name)").path
        let configuration = try Checkpoint.configuration(source)
        let network = try Network(configuration.shape)
        try Checkpoint.readWeights(source, into: network)
        try train(network)
        try store(name, network) { try Checkpoint.write($0, configuration, network) }
        guard name == "gpt2" || name == "llama3" || name == "phi3" else { continue }
        let base = folder + "/" + name
        network.adapters = try Adapters(Adapters.Settings(rank: 2, alpha: 3, targets: []), network, seed: 4)
        try train(network)
        let adapters = try #require(network.adapters)
        try store(name + "-lora", network) { try AdapterFiles.write($0, adapters, base: base) }
      }
      for name in GGUFTests.models {
        let source = GGUFTests.path(name)
        let configuration = try Checkpoint.configuration(source)
        let network = try Network(configuration.shape)
        try Checkpoint.readWeights(source, into: network)
        try store("gguf-" + name, network) { try Checkpoint.write($0, configuration, network) }
      }
      let script = Repository.root.appending(path: "Tests/TransformerEngineTests/Golden/score_stored.py").path
      let result = try Command.run(
        "/usr/bin/env", [try #require(Torch.python), script] + expected.map(\.folder))
      let lines = result.output.split(separator: "\n").filter { $0.hasPrefix("[") }
      try #require(lines.count == expected.count, "\(result.errors)")
      for (line, (folder, scores)) in zip(lines, expected) {
        let values = try JSONDecoder().decode([Float].self, from: Data(line.utf8))
        #expect(relativeError(values, scores) < 1e-4, "\(folder)")
      }
    }
  }

  @Test(
    "adapters with layers, ranks and scales of their own, and a model that became untied",
    arguments: ["expression", "patterns", "tied-head"])
  func adapters(_ name: String) throws {
    try StoredAdapterTests.withAdapter(name) { folder, _ in
      var mode = TrainingMode()
      if StoredAdapterTests.trainable.contains(name) {
        mode.adapters = Adapters.Settings(rank: 2, alpha: 3, targets: [])
      }
      let model = try TransformerModel(folder: folder, training: mode)
      try model.withNetwork(train)
      try withFolder { copy in
        try model.save(copy)
        let listed = "[" + sequences.map { "\($0)" }.joined(separator: ",") + "]"
        try File.write(copy + "/sequences.json", Array(listed.utf8))
        let script = Repository.root.appending(path: "Tests/TransformerEngineTests/Golden/score_stored.py")
        let result = try Command.run("/usr/bin/env", [try #require(Torch.python), script.path, copy])
        let line = try #require(result.output.split(separator: "\n").last { $0.hasPrefix("[") })
        let values = try JSONDecoder().decode([Float].self, from: Data(line.utf8))
        #expect(relativeError(values, try model.withNetwork(scores)) < 1e-4)
      }
    }
  }
}
