internal import PolyaKit
import Foundation
import PolyaTestSupport
import Testing

@testable import TransformerEngine
@testable import TransformerFiles
@testable import TransformerTokenizer

/// Adapters of Golden/make_adapters.py, as PEFT stores them, and what it computes with them.
@Suite("Adapters as PEFT stores them")
struct StoredAdapterTests {
  static let trainable = ["layers", "expression", "patterns", "named"]
  static let merged = [
    "dora", "dora-gpt2", "norms-and-head", "tied-head", "tied-embedding", "head", "lora-of-tied-head",
  ]
  private static let mode = TrainingMode(
    adapters: Adapters.Settings(rank: 2, alpha: 3, targets: []), recomputes: false, seed: 1)

  /// Copies a case and its base, as a checkpoint with a tokenizer.
  static func withAdapter(_ name: String, _ body: (String, GoldenFile) throws -> Void) throws {
    let stored = GoldenFile.fixtures.appending(path: "adapters/\(name)").path
    try withFolder { folder in
      let text = String(decoding: try File.bytes(stored + "/adapter_config.json"), as: UTF8.self)
      let named = try JSON(parsing: Array(text.utf8), name: stored)["base_model_name_or_path"]?.string
      let base = folder + "/base"
      try FileManager.default.copyItem(
        atPath: GoldenFile.fixtures.appending(path: "checkpoints/\(try #require(named))").path, toPath: base)
      try File.write(base + "/tokenizer.json", Array(AdapterTests.tokenizer.utf8))
      try FileManager.default.createDirectory(
        atPath: folder + "/adapter", withIntermediateDirectories: false)
      try File.write(
        folder + "/adapter/adapter_config.json",
        Array(text.replacing(JSON.quoted(named ?? ""), with: JSON.quoted(base)).utf8))
      try File.write(
        folder + "/adapter/adapter_model.safetensors", File.bytes(stored + "/adapter_model.safetensors"))
      try body(folder + "/adapter", try GoldenFile(url: URL(filePath: stored + "/expected.golden")))
    }
  }

  private func scores(_ model: TransformerModel, _ golden: GoldenFile) throws -> [Float] {
    try model.score(golden.sequences, threads: 2).flatMap(\.logprobs)
  }

  @Test func everyFolderIsTested() throws {
    let path = GoldenFile.fixtures.appending(path: "adapters").path
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: path).sorted()
        == (Self.trainable + Self.merged).sorted())
  }

  @Test("log-probs are PEFT's", arguments: trainable + merged)
  func logprobs(_ name: String) throws {
    try Self.withAdapter(name) { folder, golden in
      let model = try TransformerModel(folder: folder)
      #expect(relativeError(try scores(model, golden), golden["logprobs"]) < 2e-5)
      // The sum of both is a model like any other.
      try withFolder { copy in
        try model.save(copy)
        #expect(try scores(TransformerModel(folder: copy), golden) == scores(model, golden))
      }
    }
  }

  @Test("what is trained on keeps its layers, ranks and scales", arguments: trainable)
  func structure(_ name: String) throws {
    try Self.withAdapter(name) { folder, golden in
      let model = try TransformerModel(folder: folder, training: Self.mode)
      #expect(relativeError(try scores(model, golden), golden["logprobs"]) < 2e-5)
      let (output, tape) = try model.forward(golden.sequences, threads: 2)
      try model.backward(
        tape, output.map { ScoreGradient(logprobs: $0.logprobs.map { _ in -0.01 }) }, threads: 2)
      _ = try model.step(AdamW(learningRate: 1e-2), threads: 2)
      let trained = try scores(model, golden)
      #expect(relativeError(trained, golden["logprobs"]) > 1e-3)
      try withFolder { copy in
        try model.save(copy)
        for file in ["adapter_config.json"] {
          let (old, new) = try (File.bytes(folder + "/" + file), File.bytes(copy + "/" + file))
          #expect(try JSON(parsing: old, name: file) == JSON(parsing: new, name: file))
        }
        #expect(
          try SafetensorsFile(copy + "/adapter_model.safetensors").entries.mapValues(\.shape)
            == Dictionary(
              uniqueKeysWithValues: SafetensorsFile(folder + "/adapter_model.safetensors").entries.map {
                ($0.key.replacing(".default", with: ""), $0.value.shape)
              }))
        let again = try TransformerModel(folder: copy, training: Self.mode)
        #expect(try scores(again, golden) == trained && again.steps == 1)
      }
    }
  }

  @Test("what can be merged only is refused for training", arguments: merged)
  func mergedOnly(_ name: String) throws {
    try Self.withAdapter(name) { folder, _ in
      let error = #expect(throws: TransformerError.self) {
        try TransformerModel(folder: folder, training: Self.mode)
      }
      #expect(error?.message.contains("lora-rank") == true && error?.message.contains(folder) == true)
    }
  }

  private func change(_ folder: String, _ old: String, _ new: String) throws {
    let path = folder + "/adapter_config.json"
    let text = String(decoding: try File.bytes(path), as: UTF8.self)
    try #require(text.contains(old))
    try File.write(path, Array(text.replacing(old, with: new).utf8))
  }

  @Test(
    "a configuration that its tensors contradict is refused",
    arguments: [
      ("layers", "\"r\": 2", "\"r\": 3", "rank 3"),
      ("layers", "\"layers_to_transform\": [\n    1\n  ]", "\"layers_to_transform\": 5", "layer 1"),
      (
        "layers", "\"layers_to_transform\": [\n    1\n  ]", "\"layers_to_transform\": null",
        "layers.0.self_attn.q_proj"
      ),
      ("layers", "\"down_proj\"", "\"o_proj\"", "o_proj"),
      ("patterns", "\"q_proj\": 3", "\"k_proj\": 3", "rank 2"),
      ("patterns", "\"q_proj\": 3", "\"q_proj\": 0", "rank_pattern"),
      ("patterns", "\"q_proj\": 3", "\"(?!k)_proj\": 3", "(?!k)_proj"),
      ("patterns", "\"proj\": 0.5", "\"proj\": \"x\"", "alpha_pattern"),
      ("dora", "\"use_dora\": true", "\"use_dora\": false", "use_dora"),
      ("layers", "\"use_dora\": false", "\"use_dora\": true", "lora_magnitude_vector"),
      ("layers", "\"trainable_token_indices\": null", "\"trainable_token_indices\": [1]", "trainable_token"),
      ("layers", "\"bias\": \"none\"", "\"bias\": \"lora_only\"", "bias"),
      ("layers", "\"init_lora_weights\": true", "\"init_lora_weights\": \"lora_ga\"", "lora_ga"),
    ])
  func contradictions(_ name: String, _ old: String, _ new: String, _ part: String) throws {
    try Self.withAdapter(name) { folder, _ in
      try change(folder, old, new)
      let error = #expect(throws: TransformerError.self) { try TransformerModel(folder: folder) }
      #expect(error?.message.contains(part) == true && error?.message.contains(folder) == true)
    }
  }

  @Test("lengths of rows count, whatever the size of the matrix")
  func tallMatrices() throws {
    try Self.withAdapter("dora") { folder, _ in
      var shape = Shape.odd
      shape.feedForward = 250
      let network = try Network(shape)
      network.weights.initialize(seed: 3, norm: 1)
      let before = network.weights.tensorValues()
      let configuration = try AdapterConfiguration(folder)
      let plans = network.layout.blocks.enumerated().flatMap { layer, block in
        network.layout.tensors[block.tensors].filter { !$0.isVector }.map {
          Adapters.Plan(tensor: $0, layer: layer, settings: configuration.settings, hasMagnitude: true)
        }
      }
      let adapters = try Adapters(plans, network, configuration)
      for module in adapters.modules {
        for row in 0..<module.tensor.rows {
          let line = UnsafeBufferPointer(
            start: module.frozen.base + row * module.tensor.columns, count: module.tensor.columns)
          // With B = 0, a row that is to be three times as long is three times itself.
          module.magnitude?.base[row] = 3 * line.reduce(0) { $0 + $1 * $1 }.squareRoot()
        }
      }
      try adapters.merge(into: network, threads: 2)
      let after = network.weights.tensorValues()
      for (tensor, (old, new)) in zip(network.layout.tensors, zip(before, after)) {
        let isAdapted = plans.contains { $0.tensor.name == tensor.name }
        #expect(relativeError(new, old.map { isAdapted ? 3 * $0 : $0 }) < 1e-6, "\(tensor.name)")
      }
    }
  }

  @Test("lora-targets cannot change what a stored adapter adapts")
  func otherTargets() throws {
    try Self.withAdapter("layers") { folder, _ in
      for (targets, isRight) in [(["down_proj", "q_proj"], true), (["q_proj"], false)] {
        var mode = Self.mode
        mode.adapters?.targets = targets
        if isRight {
          _ = try TransformerModel(folder: folder, training: mode)
        } else {
          let error = #expect(throws: TransformerError.self) {
            try TransformerModel(folder: folder, training: mode)
          }
          #expect(error?.message.contains("down_proj, q_proj, but lora-targets says q_proj") == true)
        }
      }
    }
  }

  @Test("an adapter of another model is refused by its tensor")
  func otherBase() throws {
    try Self.withAdapter("dora-gpt2") { folder, _ in
      try Self.withAdapter("named") { other, _ in
        let base = try StoredAdapter(other).configuration.base
        let error = #expect(throws: TransformerError.self) {
          try TransformerModel(folder: folder, training: TrainingMode(), baseOfAdapters: base)
        }
        #expect(error?.message.contains("transformer.h.0") == true && error?.message.contains("base") == true)
      }
    }
  }

  @Test("patterns match what PEFT's do")
  func patterns() throws {
    let path = GoldenFile.fixtures.appending(path: "patterns.json").path
    let rows = try #require(try JSON(parsing: File.bytes(path), name: path).array)
    #expect(rows.count > 200)
    for row in rows {
      let (pattern, name) = (row.array?[0].string ?? "?", row.array?[1].string ?? "?")
      #expect(
        try ModulePattern(pattern, place: "here").matches(name) == row.array?[2].bool, "\(pattern) \(name)")
    }
  }

  @Test(
    "other patterns are refused",
    arguments: [
      "(?=a)b", "(?i)a", "a\\1", "(a", "a)", "[a", "*a", "a**", "a{3,1}", "a{1000}", "((a*)*)*", "\\",
    ])
  func refusedPatterns(_ pattern: String) throws {
    let error = #expect(throws: TransformerError.self) { try ModulePattern(pattern, place: "here") }
    #expect(error?.message.contains("here") == true)
  }

  @Test("no pattern is slow")
  func slowPatterns() throws {
    for source in ["(a*)*b", "(a|a)*b", "(a?){100}b", "(.*.*.*.*)*b", "(a{0,100}){0,100}b"] {
      let pattern = try ModulePattern(source, place: "here")
      #expect(!pattern.matches(String(repeating: "a", count: 300)))
      #expect(HostileAnswers.tooSteep([HostileAnswer("a")], bytes: 20) { _ = pattern.matches($0) }.isEmpty)
    }
  }
}
