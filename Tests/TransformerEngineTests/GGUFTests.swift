internal import PolyaKit
import Foundation
import Testing

@testable import TransformerEngine
@testable import TransformerTexts
@testable import TransformerFiles
@testable import TransformerTokenizer

/// Files of Golden/make_gguf.py, and what the package gguf, transformers, tokenizers and sentencepiece make of them.
@Suite("GGUF files")
struct GGUFTests {
  static let models = [
    "llama", "llama-bias", "mistral", "qwen2", "qwen3", "gemma2", "gemma3", "phi3", "gpt2",
  ]

  static func path(_ name: String) -> String {
    GoldenFile.fixtures.appending(path: "gguf/\(name).gguf").path
  }

  private static func golden(_ name: String) throws -> GoldenFile {
    try GoldenFile(url: GoldenFile.fixtures.appending(path: "gguf/\(name).golden"))
  }

  @Test(
    "blocks of every type become the bits that the package gguf makes of them", arguments: GGUFType.allCases)
  func types(_ type: GGUFType) throws {
    let file = try GGUFFile(Self.path("types"))
    let entry = try #require(file.entries[type.name])
    #expect(entry.type == type && entry.shape[0] == 3)
    let expected = try Self.golden("types")[type.name]
    let buffer = try FloatBuffer(expected.count)
    file.copy(entry, elements: 0..<expected.count, to: buffer.base)
    #expect((0..<expected.count).map { buffer.base[$0].bitPattern } == expected.map(\.bitPattern))
  }

  @Test("every architecture has transformers' log-probs", arguments: models)
  func logprobs(_ name: String) throws {
    let golden = try Self.golden(name)
    let network = try Network(Checkpoint.configuration(Self.path(name)).shape)
    try Checkpoint.readWeights(Self.path(name), into: network)
    let output = try network.score(PackedBatch(golden.sequences, shape: network.shape), threads: 2)
    #expect(relativeError(output.logprobs, golden["logprobs"]) < 2e-5)
  }

  @Test("texts become the tokens that they become elsewhere", arguments: GGUFTests.tokenizers)
  func tokens(_ name: String) throws {
    let path = GoldenFile.fixtures.appending(path: "gguf/tokens.json").path
    let expected = try JSON(parsing: File.bytes(path), name: path)
    let texts = try #require(expected["texts"]?.array).map { $0.string ?? "" }
    let rows = try #require(expected["ids"]?[name]?.array)
    let folder = try TokenizerFolder.texts(Self.path("tokens-" + name))
    try #require(rows.count == texts.count && texts.count > 10)
    for (text, row) in zip(texts, rows) {
      guard let ids = row.array?.map({ $0.integer ?? -1 }) else { continue }
      #expect(folder.encode(text).map(Int.init) == ids, "\(text)")
      // NFC changes some.
      if name != "qwen2" {
        #expect(String(decoding: folder.decode(ids.map(Int32.init)), as: UTF8.self) == text)
      }
    }
    // The ids of the llama file say so: SentencePiece texts and those of Llama 3 begin with bos.
    let begins = ["spm", "llama-bpe"].contains(name)
    #expect((folder.encode("a", addingSpecials: true).first == folder.bos) == begins)
  }

  static let tokenizers = ["gpt-2", "smollm", "llama-bpe", "qwen2", "spm"]

  @Test("a model has its tokenizer, template and end, and is stored as a folder with the same log-probs")
  func wholeModel() throws {
    let golden = try Self.golden("llama")
    let model = try TransformerModel(folder: Self.path("llama"))
    let scores = try model.score(golden.sequences, threads: 2).map(\.logprobs)
    #expect(relativeError(scores.flatMap(\.self), golden["logprobs"]) < 2e-5)
    #expect(model.family == "llama" && model.shape.vocabulary == 352 && model.shape.tied)
    #expect(
      model.shape.rotary.scaling == .llama3(factor: 8, low: 1, high: 4, original: 32),
      "found by the divisors of the frequencies")
    #expect(model.tokenizer.vocabularySize == 333, "the rest of the vocabulary is filled up")
    let tokenizer = model.tokenizer
    #expect(model.beginToken == tokenizer.bos && model.endTokens == tokenizer.eos.map { [$0] })
    let prompt = try model.render([("user", "the dog")])
    #expect(prompt == tokenizer.encode("<s>user the dog</s><s>assistant "))
    #expect(prompt.filter { $0 == tokenizer.bos }.count == 2)
    try withFolder { folder in
      try model.save(folder)
      let names = try File.names(in: folder).sorted()
      #expect(names == ["config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"])
      let again = try TransformerModel(folder: folder)
      #expect(again.weights == model.weights && again.shape == model.shape)
      #expect(try again.score(golden.sequences, threads: 2).map(\.logprobs) == scores)
      #expect(try again.render([("user", "the dog")]) == prompt && again.endTokens == model.endTokens)
    }
  }

  @Test("a trained model is stored with its moments, and adapters name the file")
  func training() throws {
    let golden = try Self.golden("llama")
    func train(_ model: TransformerModel) throws -> [[Float]] {
      let (scores, tape) = try model.forward(golden.sequences, threads: 1)
      try model.backward(
        tape, scores.map { ScoreGradient(logprobs: $0.logprobs.map { _ in -0.01 }) }, threads: 1)
      _ = try model.step(AdamW(learningRate: 1e-2), threads: 1)
      return try model.score(golden.sequences, threads: 1).map(\.logprobs)
    }
    let mode = TrainingMode(
      adapters: Adapters.Settings(rank: 2, alpha: 4, targets: []), recomputes: false, seed: 1)
    for training in [TrainingMode(), mode] {
      let model = try TransformerModel(folder: Self.path("llama"), training: training)
      let before = try model.score(golden.sequences, threads: 1).map(\.logprobs)
      let trained = try train(model)
      #expect(trained != before)
      try withFolder { folder in
        try model.save(folder)
        let again = try TransformerModel(folder: folder, training: training)
        #expect(try again.score(golden.sequences, threads: 1).map(\.logprobs) == trained && again.steps == 1)
      }
    }
  }

  @Test("a folder with one file is that file, a tokenizer.json beside it wins, and of two one must be named")
  func folders() throws {
    try withFolder { folder in
      let bytes = try File.bytes(Self.path("llama"))
      try File.write(folder + "/model.gguf", bytes)
      let model = try TransformerModel(folder: folder)
      #expect(try model.weights == TransformerModel(folder: Self.path("llama")).weights)
      #expect(model.tokenizer.encode("1234").count == 4)
      let own = String(decoding: model.tokenizer.json, as: UTF8.self).replacing(
        "\"individual_digits\": true", with: "\"individual_digits\": false")
      try File.write(folder + "/tokenizer.json", Array(own.utf8))
      #expect(try TransformerModel(folder: folder).tokenizer.json == Array(own.utf8))
      #expect(try TransformerModel(folder: folder).hasTemplate, "what lies beside says nothing of templates")
      try File.write(
        folder + "/tokenizer_config.json", Array(#"{"bos_token": "<s>", "eos_token": "<tool>"}"#.utf8))
      let other = try TransformerModel(folder: folder + "/model.gguf")
      #expect(other.hasTemplate && other.tokenizer.eos == model.tokenizer.encode("<tool>").first)
      try File.write(folder + "/chat_template.jinja", Array("{{ messages[0].content }}a".utf8))
      #expect(try TransformerModel(folder: folder).render([("user", "a")]).count == 2)
      try File.write(folder + "/other.gguf", bytes)
      let error = #expect(throws: TransformerError.self) { try TransformerModel(folder: folder) }
      #expect(error?.message.contains("model.gguf, other.gguf") == true)
    }
  }
}

extension TokenizerFolder {
  /// The tokenizer of a file that may have no model.
  static func texts(_ path: String) throws -> Tokenizer {
    let texts = GGUFTexts(try GGUFFile(path))
    let file = try #require(try texts.text("tokenizer.json"))
    let settings = try #require(try texts.text("tokenizer_config.json"))
    return try Tokenizer(
      json: file.bytes, name: file.name,
      settings: TokenizerSettings(json: settings.bytes, name: settings.name))
  }
}
