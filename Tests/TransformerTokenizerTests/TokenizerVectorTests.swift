internal import PolyaKit

import Foundation
import PolyaTestSupport
import Testing

@testable import TransformerFiles
@testable import TransformerTokenizer

/// The published data that is not part of the checkout.
enum PublishedData {
  static let folder = Repository.data?.path ?? ""
  static let hasTokenizers = FileManager.default.fileExists(atPath: folder + "/tokenizers/vectors.jsonl")
}

@Suite(
  "Tokenizers of published models",
  .enabled(if: PublishedData.hasTokenizers, "the published data is not there: set POLYA_DATA"))
struct TokenizerVectorTests {
  private func tokenizer(_ name: String) throws -> Tokenizer {
    let path = PublishedData.folder + "/tokenizers/hf/\(name)/tokenizer.json"
    return try Tokenizer(json: File.bytes(path), name: path)
  }

  @Test(
    "ids and texts equal those of Hugging Face tokenizers",
    arguments: ["gpt2", "qwen2.5", "phi-2", "phi-3"])
  func vectors(_ name: String) throws {
    let tokenizer = try tokenizer(name)
    let lines = try String(
      contentsOfFile: PublishedData.folder + "/tokenizers/vectors.jsonl", encoding: .utf8)
    var checked = 0
    for line in lines.split(separator: "\n") {
      let row = try JSON(parsing: Array(line.utf8), name: "vectors.jsonl")
      guard row["tokenizer"]?.string == name, let text = row["text"]?.string else { continue }
      let ids = Self.ids(row["ids"])
      #expect(tokenizer.encode(text) == ids, "\(text.debugDescription)")
      #expect(tokenizer.encode(text, addingSpecials: true) == Self.ids(row["ids_with_special"]))
      #expect(String(decoding: tokenizer.decode(ids), as: UTF8.self) == row["decoded"]?.string)
      #expect(tokenizer.text(ids) == row["decoded"]?.string)
      #expect(tokenizer.text(ids, skippingSpecials: true) == row["decoded_skip_special"]?.string)
      var stream = StreamDecoder(tokenizer)
      let parts = ids.map { stream.append($0) } + [stream.flush()]
      #expect(String(validating: parts.joined(), as: UTF8.self) == row["decoded"]?.string)
      checked += 1
    }
    #expect(checked == 164)
  }

  private static func ids(_ json: JSON?) -> [Int32] {
    (json?.array ?? []).compactMap { $0.integer.map(Int32.init) }
  }

  /// The base vocabulary of Phi-3 is that of Llama 2.
  @Test(
    "ids equal those of llama.cpp",
    arguments: [("gpt-2", "gpt2"), ("qwen2", "qwen2.5"), ("phi-3", "phi-3"), ("llama-spm", "phi-3")])
  func ggml(_ file: String, _ name: String) throws {
    let tokenizer = try tokenizer(name)
    let path = PublishedData.folder + "/tokenizers/ggml/ggml-vocab-\(file).gguf"
    let texts = try String(contentsOfFile: path + ".inp", encoding: .utf8)
      .components(separatedBy: "\n__ggml_vocab_test__\n")
    let rows = try String(contentsOfFile: path + ".out", encoding: .utf8)
      .split(separator: "\n", omittingEmptySubsequences: false)
    #expect(texts.count == 47 && rows.count == 47)
    for (text, row) in zip(texts, rows) {
      #expect(tokenizer.encode(text) == row.split(separator: " ").compactMap { Int32($0) }, "\(text)")
    }
  }

  @Test(
    "ids and texts equal those that swift-transformers tests with",
    arguments: [("distilgpt2", "gpt2"), ("coreml-projects/Llama-2-7b-chat-coreml", "phi-3")])
  func swiftTransformers(_ model: String, _ name: String) throws {
    let folder = PublishedData.folder + "/tokenizers/swift-transformers/"
    var settings = TokenizerSettings()
    settings.addsBos = name == "phi-3"
    let path = PublishedData.folder + "/tokenizers/hf/\(name)/tokenizer.json"
    let tokenizer = try Tokenizer(json: File.bytes(path), name: path, settings: settings)
    let rows =
      try JSON(parsing: File.bytes(folder + "tokenizer_tests.json"), name: "rows")[model]?.array ?? []
    #expect(rows.count == 18)
    for row in rows {
      let ids = Self.ids(row["encoded"]?["input_ids"])
      let text = row["input"]?.string ?? ""
      #expect(tokenizer.encode(text, addingSpecials: true) == ids, "\(text)")
      let texts = [false, true].map { tokenizer.text(ids, skippingSpecials: $0) }
      let expected = [row["decoded_with_special"]?.string, row["decoded_without_special"]?.string]
      // Its rows for GPT-2 have no space before a mark: transformers removes it after decoding.
      #expect((name == "gpt2" ? texts.map { $0.replacing(" !", with: "!") } : texts) == expected)
    }
    let file = name == "gpt2" ? "gpt2_encoded_tokens.json" : "llama_encoded.json"
    let long = try JSON(parsing: File.bytes(folder + file), name: file)
    let ids = Self.ids(long["token_ids"])
    #expect(ids.count > 190)
    #expect(tokenizer.encode(long["text"]?.string ?? "", addingSpecials: true) == ids)
    #expect(tokenizer.text(ids) == long["decoded_text"]?.string)
  }

  @Test("a tokenizer whose splits are not known is refused by name")
  func refused() throws {
    let path = PublishedData.folder + "/tokenizers/hf/falcon/tokenizer.json"
    guard File.exists(path) else { return }
    #expect(throws: TransformerError.self) { try tokenizer("falcon") }
  }

  @Test("what tokenizer_config.json says is used")
  func settings() throws {
    func tokenizer(_ name: String) throws -> Tokenizer {
      let folder = PublishedData.folder + "/tokenizers/hf/\(name)/"
      let settings = try TokenizerSettings(json: File.bytes(folder + "tokenizer_config.json"), name: name)
      return try Tokenizer(json: File.bytes(folder + "tokenizer.json"), name: name, settings: settings)
    }
    let phi3 = try tokenizer("phi-3")
    #expect(phi3.bos == 1 && phi3.eos == 32000 && phi3.pad == 32000 && phi3.prefix == [1])
    #expect(phi3.encode("<s>hello", addingSpecials: true) == phi3.encode("hello", addingSpecials: true))
    let qwen = try tokenizer("qwen2.5")
    #expect(qwen.bos == nil && qwen.eos == 151645 && qwen.pad == 151643 && qwen.prefix.isEmpty)
    let phi2 = try tokenizer("phi-2")
    #expect(phi2.bos == 50256 && phi2.eos == 50256 && phi2.prefix.isEmpty)
  }
}
