import Foundation
import Testing

@testable import Transformer

/// Published data beside the repository: `$POLYA_DATA`, or `../shared/data`.
enum PublishedData {
  static let folder: String = {
    if let path = ProcessInfo.processInfo.environment["POLYA_DATA"] { return path }
    let tests = URL(filePath: #filePath).deletingLastPathComponent()
    return tests.appending(path: "../../../shared/data").standardizedFileURL.path
  }()
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

  @Test("ids and texts equal those of Hugging Face tokenizers", arguments: ["gpt2", "qwen2.5", "phi-2"])
  func vectors(_ name: String) throws {
    let tokenizer = try tokenizer(name)
    let lines = try String(
      contentsOfFile: PublishedData.folder + "/tokenizers/vectors.jsonl", encoding: .utf8)
    var checked = 0
    for line in lines.split(separator: "\n") {
      let row = try JSON(parsing: Array(line.utf8), name: "vectors.jsonl")
      guard row["tokenizer"]?.string == name, let text = row["text"]?.string else { continue }
      let ids = (row["ids"]?.array ?? []).compactMap { $0.integer.map(Int32.init) }
      #expect(tokenizer.encode(text) == ids, "\(text.debugDescription)")
      #expect(String(decoding: tokenizer.decode(ids), as: UTF8.self) == row["decoded"]?.string)
      checked += 1
    }
    #expect(checked == 164)
  }

  @Test("a tokenizer that is not byte-level is refused by name", arguments: ["phi-3", "falcon"])
  func refused(_ name: String) throws {
    guard File.exists(PublishedData.folder + "/tokenizers/hf/\(name)/tokenizer.json") else { return }
    #expect(throws: TransformerError.self) { try tokenizer(name) }
  }
}

@Suite(
  "Configurations of published models",
  .enabled(if: PublishedData.hasTokenizers, "the published data is not there: set POLYA_DATA"))
struct PublishedConfigurationTests {
  private func configuration(_ name: String) throws -> Configuration {
    let path = PublishedData.folder + "/tokenizers/configs/\(name).config.json"
    return try Configuration(JSON(parsing: File.bytes(path), name: path), path: path)
  }

  @Test("a plain Llama is read")
  func plain() throws {
    let configuration = try configuration("tiny-verl-e2e")
    #expect(
      configuration.shape
        == Shape(
          hidden: 128, layers: 4, heads: 4, keyValueHeads: 4, headSize: 32, feedForward: 344, vocabulary: 16,
          context: 2048, rotaryBase: 10_000, normEpsilon: 1e-6, tied: false))
    #expect(configuration.bos == nil && configuration.eos == [1] && configuration.pad == 2)
  }

  @Test("Llama 3's scaled positions are read")
  func scaled() throws {
    let shape = try configuration("llama31-8b-like").shape
    #expect(
      shape.rotary
        == RotaryPositions(
          base: 500_000, scaling: .llama3(factor: 8, low: 1, high: 4, original: 8192)))
    #expect(shape.context == 131_072 && shape.keyValueHeads == 8)
  }
}
