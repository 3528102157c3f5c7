internal import PolyaKit
import Foundation
import Testing

@testable import TransformerEngine
@testable import TransformerFiles
@testable import TransformerTokenizer

/// Adapters that PEFT stored (Golden/make_lora.py), and what PyTorch computes with them.
@Suite("Low-rank adapters")
struct AdapterTests {
  /// A tokenizer that fits a vocabulary of 41.
  static let tokenizer = """
    {"added_tokens": [], "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false},
     "decoder": {"type": "ByteLevel"}, "model": {"type": "BPE", "vocab": {"a": 0, "b": 1}, "merges": []}}
    """

  private func withBase(_ body: (String) throws -> Void) throws {
    let stored = GoldenFile.fixtures.appending(path: "checkpoints/qwen2").path
    try withFolder { folder in
      for name in ["config.json", "model.safetensors"] {
        try File.write(folder + "/" + name, try File.bytes(stored + "/" + name))
      }
      try File.write(folder + "/tokenizer.json", Array(Self.tokenizer.utf8))
      try body(folder)
    }
  }

  private func withAdapters(_ body: (String, GoldenFile) throws -> Void) throws {
    let stored = GoldenFile.fixtures.appending(path: "lora").path
    try withBase { base in
      try withFolder { folder in
        let config = String(decoding: try File.bytes(stored + "/adapter_config.json"), as: UTF8.self)
        try File.write(
          folder + "/adapter_config.json", Array(config.replacing("\"BASE\"", with: JSON.quoted(base)).utf8))
        try File.write(
          folder + "/adapter_model.safetensors", try File.bytes(stored + "/adapter_model.safetensors"))
        try body(folder, try GoldenFile(url: URL(filePath: stored + "/expected.golden")))
      }
    }
  }

  private func network(_ folder: String) throws -> Network {
    let adapter = try StoredAdapter(folder)
    let base = adapter.configuration.base
    let network = try Network(Checkpoint.configuration(base).shape)
    try Checkpoint.readWeights(base, into: network)
    try adapter.apply(to: network, trains: true, threads: 2)
    return network
  }

  /// Values or gradients of every A and B under PEFT's names.
  private func parts(_ adapters: Adapters, _ storage: FloatBuffer) -> [(name: String, values: [Float])] {
    adapters.modules.flatMap { module in
      [
        ("lora_A", module.a, module.rank * module.tensor.columns),
        ("lora_B", module.b, module.rank * module.tensor.rows),
      ].map {
        (
          "base_model.model.\(module.name).\($0.0).weight",
          Array(UnsafeBufferPointer(start: storage.base + $0.1, count: $0.2))
        )
      }
    }
  }

  @Test("log-probs and gradients are PyTorch's, with any number of threads", arguments: [1, 2, 4])
  func gradients(_ threads: Int) throws {
    try withAdapters { folder, golden in
      let network = try network(folder)
      let adapters = try #require(network.adapters)
      let batch = try PackedBatch(golden.sequences, shape: network.shape)
      let (output, tape) = try network.forward(batch, threads: threads)
      #expect(relativeError(output.logprobs, golden["logprobs"]) < 1e-5)
      let gradients = batch.inputs.map { ScoreGradient(logprobs: Array(golden["dlogprobs"][$0])) }
      try network.backward(tape, gradients, threads: threads)
      let parts = parts(adapters, adapters.state.gradients)
      #expect(parts.count == 12)
      for (name, values) in parts {
        #expect(relativeError(values, golden["gradient:" + name]) < 1e-4, "\(name)")
      }
    }
  }

  @Test("five steps of AdamW, and only the adapters change")
  func training() throws {
    try withAdapters { folder, golden in
      let network = try network(folder)
      let adapters = try #require(network.adapters)
      let before = network.weights.tensorValues()
      let batch = try PackedBatch(golden.sequences, shape: network.shape)
      for _ in 0..<5 {
        let (_, tape) = try network.forward(batch, threads: 2)
        let share = -1 / Float(batch.scores.count)
        let gradients = batch.inputs.map { ScoreGradient(logprobs: .init(repeating: share, count: $0.count)) }
        try network.backward(tape, gradients, threads: 2)
        let step = try network.step(AdamW(learningRate: 1e-2, weightDecay: 0.1, clipNorm: 1), threads: 2)
        #expect(!step.skipped && step.updateNorm > 0)
      }
      for (name, values) in parts(adapters, adapters.values) {
        #expect(relativeError(values, golden["after:" + name]) < 1e-3, "\(name)")
      }
      let after = network.weights.tensorValues()
      for (tensor, (old, new)) in zip(network.layout.tensors, zip(before, after)) {
        let isAdapted = ["q_proj", "v_proj", "down_proj"].contains { tensor.name.contains($0 + ".weight") }
        #expect((old != new) == isAdapted, "\(tensor.name)")
      }
    }
  }

  @Test("stored adapters are those that were read, and a model of them resumes where it was")
  func roundTrip() throws {
    try withAdapters { folder, golden in
      let mode = TrainingMode(
        adapters: Adapters.Settings(rank: 2, alpha: 3, targets: []), recomputes: false, seed: 1)
      let model = try TransformerModel(folder: folder, training: mode)
      let scores = try model.score(golden.sequences, threads: 2).map(\.logprobs)
      try withFolder { copy in
        try model.save(copy)
        let names = try FileManager.default.contentsOfDirectory(atPath: copy).sorted()
        #expect(names == ["adapter_config.json", "adapter_model.safetensors"])
        let again = try TransformerModel(folder: copy, training: mode)
        #expect(try again.score(golden.sequences, threads: 2).map(\.logprobs) == scores)
        #expect(
          again.trainedParameters == model.trainedParameters && again.trainedParameters < again.parameters)
        // Without adapters in its options, a model takes the sum of both.
        let merged = try TransformerModel(folder: copy)
        #expect(try merged.score(golden.sequences, threads: 2).map(\.logprobs) == scores)
        #expect(merged.trainedParameters == merged.parameters)
      }
    }
  }

  @Test("fresh adapters change nothing, and are refused where no layer has them")
  func fresh() throws {
    try withBase { folder in
      func model(_ targets: [String]) throws -> TransformerModel {
        try TransformerModel(
          folder: folder,
          training: TrainingMode(
            adapters: Adapters.Settings(rank: 4, alpha: 8, targets: targets), recomputes: false, seed: 3))
      }
      let sequence = [ScoredSequence(tokens: [1, 2, 3, 4, 5], from: 1)]
      let plain = try TransformerModel(folder: folder).score(sequence, threads: 1)[0]
      #expect(try model([]).score(sequence, threads: 1)[0].logprobs == plain.logprobs)
      let error = #expect(throws: TransformerError.self) { try model(["qproj"]) }
      #expect(error?.message.contains("qproj") == true)
    }
  }

  private func changeConfig(_ folder: String, _ old: String, _ new: String) throws {
    let path = folder + "/adapter_config.json"
    let text = String(decoding: try File.bytes(path), as: UTF8.self)
    try #require(text.contains(old))
    try File.write(path, Array(text.replacing(old, with: new).utf8))
  }

  @Test("rank-stabilized adapters are scaled by alpha / sqrt(rank)")
  func rankStabilized() throws {
    try withAdapters { folder, golden in
      let plain = try TransformerModel(folder: folder).score(golden.sequences, threads: 1).map(\.logprobs)
      // 3 / 2, as 3 / sqrt(2) / sqrt(2).
      try changeConfig(folder, "\"use_rslora\": false", "\"use_rslora\": true")
      try changeConfig(folder, "\"lora_alpha\": 3", "\"lora_alpha\": \(3 / 2.0.squareRoot())")
      let stabilized = try TransformerModel(folder: folder).score(golden.sequences, threads: 1).map(
        \.logprobs)
      for (a, b) in zip(plain.joined(), stabilized.joined()) { #expect(abs(a - b) < 1e-5) }
      // They are stored as what they are, and the options say the file's own alpha.
      let mode = TrainingMode(
        adapters: Adapters.Settings(rank: 2, alpha: 3 / 2.0.squareRoot(), targets: []), recomputes: false,
        seed: 1)
      try withFolder { copy in
        try TransformerModel(folder: folder, training: mode).save(copy)
        let again = try TransformerModel(folder: copy, training: mode)
        #expect(try again.score(golden.sequences, threads: 1).map(\.logprobs) == stabilized)
      }
    }
  }

  @Test(
    "adapters whose start changed the base are refused",
    arguments: ["pissa", "pissa_niter_16", "olora", "corda"])
  func changedBases(_ start: String) throws {
    try withAdapters { folder, _ in
      try changeConfig(folder, "\"init_lora_weights\": true", "\"init_lora_weights\": \"\(start)\"")
      let error = #expect(throws: TransformerError.self) { try TransformerModel(folder: folder) }
      #expect(error?.message.contains(start) == true && error?.message.contains("base") == true)
    }
  }

  @Test("trained adapters load with their moments, and without options as the sum of both")
  func afterATraining() throws {
    try withAdapters { folder, golden in
      let mode = TrainingMode(
        adapters: Adapters.Settings(rank: 2, alpha: 3, targets: []), recomputes: false, seed: 1)
      let model = try TransformerModel(folder: folder, training: mode)
      let (scores, tape) = try model.forward(golden.sequences, threads: 1)
      try model.backward(
        tape, scores.map { ScoreGradient(logprobs: $0.logprobs.map { _ in -0.01 }) }, threads: 1)
      _ = try model.step(AdamW(learningRate: 1e-2), threads: 1)
      let trained = try model.score(golden.sequences, threads: 1).map(\.logprobs)
      try withFolder { copy in
        try model.save(copy)
        #expect(File.exists(copy + "/" + OptimizerFile.name))
        for again in [try TransformerModel(folder: copy), try TransformerModel(folder: copy, training: mode)]
        {
          #expect(try again.score(golden.sequences, threads: 1).map(\.logprobs) == trained)
        }
        #expect(try TransformerModel(folder: copy, training: mode).steps == 1)
        #expect(try TransformerModel(folder: copy).steps == 0, "a training of all weights begins anew")
      }
    }
  }

  @Test("adapters of a model that lies elsewhere load with its folder")
  func givenBase() throws {
    try withAdapters { folder, golden in
      let base = try StoredAdapter(folder).configuration.base
      let scores = try TransformerModel(folder: folder).score(golden.sequences, threads: 1).map(\.logprobs)
      try changeConfig(folder, JSON.quoted(base), "\"acme/qwen-small\"")
      let error = #expect(throws: TransformerError.self) { try TransformerModel(folder: folder) }
      #expect(
        error?.message.contains("'acme/qwen-small'") == true && error?.message.contains("option base") == true
      )
      #expect(throws: TransformerError.self, "a checkpoint has no other base") {
        try TransformerModel(folder: base, training: TrainingMode(), baseOfAdapters: base)
      }
      let given = try TransformerModel(folder: folder, training: TrainingMode(), baseOfAdapters: base)
      #expect(try given.score(golden.sequences, threads: 1).map(\.logprobs) == scores)
    }
  }

  @Test("a tokenizer beside adapters is theirs")
  func ownTokenizer() throws {
    try withAdapters { folder, _ in
      #expect(try TransformerModel(folder: folder).tokenizer.encode("a") == [0])
      let own = Self.tokenizer.replacing("\"a\": 0, \"b\": 1", with: "\"a\": 1, \"b\": 0")
      try File.write(folder + "/tokenizer.json", Array(own.utf8))
      #expect(try TransformerModel(folder: folder).tokenizer.encode("a") == [1])
      // A training stores it again with the adapters, and a template of theirs too.
      try File.write(folder + "/chat_template.jinja", Array("{{ messages[0].content }}b".utf8))
      let mode = TrainingMode(
        adapters: Adapters.Settings(rank: 2, alpha: 3, targets: []), recomputes: false, seed: 1)
      try withFolder { copy in
        try TransformerModel(folder: folder, training: mode).save(copy)
        let again = try TransformerModel(folder: copy, training: mode)
        #expect(again.tokenizer.encode("a") == [1])
        #expect(try again.render([("user", "a")]) == [1, 0])
      }
    }
  }

  @Test("tokens that are declared beside adapters are theirs, and are stored with them")
  func ownTokens() throws {
    try withAdapters { folder, _ in
      try File.write(
        folder + "/tokenizer_config.json", Array(#"{"extra_special_tokens": ["<x>"]}"#.utf8))
      let mode = TrainingMode(
        adapters: Adapters.Settings(rank: 2, alpha: 3, targets: []), recomputes: false, seed: 1)
      let model = try TransformerModel(folder: folder, training: mode)
      #expect(model.tokenizer.encode("a<x>") == [0, 2])
      try withFolder { copy in
        try model.save(copy)
        #expect(try TransformerModel(folder: copy, training: mode).tokenizer.encode("a<x>") == [0, 2])
      }
    }
  }

  @Test(
    "what is more than LoRA is refused by its key",
    arguments: [
      "\"lora_bias\": false", "\"loftq_config\": {}", "\"bias\": \"none\"", "\"ensure_weight_tying\": false",
    ])
  func refusals(_ text: String) throws {
    try withAdapters { folder, _ in
      let path = folder + "/adapter_config.json"
      let key = String(text.split(separator: "\"")[0])
      let changed = String(decoding: try File.bytes(path), as: UTF8.self).replacing(
        text,
        with: text.replacing("false", with: "true").replacing("{}", with: "{\"x\": 1}").replacing(
          "none", with: "all"))
      try File.write(path, Array(changed.utf8))
      let error = #expect(throws: TransformerError.self) { try TransformerModel(folder: folder) }
      #expect(error?.message.contains(key) == true)
    }
  }
}
