internal import PolyaKit

import Foundation
import Testing

@testable import TransformerFiles
@testable import TransformerTokenizer

@Suite("Tokenizer")
struct TokenizerTests {
  private static let texts = [
    "", " ", "a", "Hello, World!", "  two  spaces\n\n\tand tabs ", "it's 12345, they'll",
    "naïve café – 日本語 🧮",
    "e\u{301} and é", "\u{0}\u{7F}\u{80}", "<eos>x<pad>",
  ]

  @Test("the byte tokenizer gives every text back", arguments: texts)
  func bytes(_ text: String) {
    let tokenizer = Tokenizer.bytes()
    let ids = tokenizer.encode(text)
    #expect(String(decoding: tokenizer.decode(ids), as: UTF8.self) == text)
    #expect(tokenizer.vocabularySize == 258 && tokenizer.eos == 256 && tokenizer.pad == 257)
  }

  @Test("special tokens in the text are found")
  func specials() {
    let tokenizer = Tokenizer.bytes()
    #expect(tokenizer.encode("<eos><pad>").count == 2)
    #expect(tokenizer.encode("a<eos>") == tokenizer.encode("a") + [256])
    #expect(tokenizer.encode("<eo").count == 3)
  }

  @Test("the trainer learns what Hugging Face tokenizers learns")
  func trainer() throws {
    let url = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures/bpe.json")
    let fixture = try JSON(parsing: [UInt8](Data(contentsOf: url)), name: "bpe.json")
    let texts = (fixture["texts"]?.array ?? []).compactMap(\.string)
    #expect(fixture["version"]?.integer == 1 && texts.count > 60)
    for run in fixture["runs"]?.array ?? [] {
      let trainer = try BPETrainer(
        vocabularySize: try #require(fixture["size"]?.integer), specials: ["<eos>", "<pad>"],
        individualDigits: run["individual_digits"]?.bool == true)
      let text = trainer.train(texts)
      #expect(trainer.train(texts.reversed()) == text)
      let json = try JSON(parsing: Array(text.utf8), name: "trained")
      #expect(json["model"]?["merges"] == run["merges"])
      let tokenizer = try Tokenizer(json: Array(text.utf8), name: "trained")
      for (index, ids) in (run["ids"]?.array ?? []).enumerated() {
        let sample = texts[index * (fixture["every"]?.integer ?? 1)]
        #expect(tokenizer.encode(sample) == (ids.array ?? []).compactMap { $0.integer.map(Int32.init) })
        #expect(String(decoding: tokenizer.decode(tokenizer.encode(sample)), as: UTF8.self) == sample)
      }
    }
  }

  @Test(
    "an unknown component is refused by name",
    arguments: [
      ("\"type\": \"BPE\"", "\"type\": \"Unigram\"", "Unigram"),
      ("\"normalizer\": null", "\"normalizer\": {\"type\": \"Lowercase\"}", "Lowercase"),
      (
        "\"pre_tokenizer\": {\"type\": \"ByteLevel\"", "\"pre_tokenizer\": {\"type\": \"BertPreTokenizer\"",
        "BertPreTokenizer"
      ),
      ("\"decoder\": {\"type\": \"ByteLevel\"", "\"decoder\": {\"type\": \"WordPiece\"", "WordPiece"),
      (
        "\"normalizer\": null",
        "\"normalizer\": {\"type\": \"Replace\", \"pattern\": {\"Regex\": \"a+\"}, \"content\": \"\"}", "a+"
      ),
      ("\"decoder\": {\"type\": \"ByteLevel\"", "\"decoder\": {\"type\": \"Strip\"", "Strip"),
      ("\"decoder\": {", "\"other\": {", "no decoder"),
      ("\"dropout\": null", "\"dropout\": 0.1", "dropout"),
      ("\"merges\": [", "\"merges\": [[\"q\", \"zz\"],", "merge 0"),
      ("\"<eos>\": 256", "\"<eos>\": 255", "255"),
    ])
  func refusals(_ old: String, _ new: String, _ name: String) throws {
    let text = TokenizerWriter.json(
      specials: [], merges: [([97], [98])], trailing: ["<eos>"], individualDigits: false
    ).replacing("\"<eos>\": 257", with: "\"<eos>\": 256").replacing("\"ab\": 256", with: "\"ab\": 257")
      .replacing("{\"id\": 257", with: "{\"id\": 256")
    _ = try Tokenizer(json: Array(text.utf8), name: "t")
    let changed = text.replacing(old, with: new)
    #expect(changed != text)
    let error = #expect(throws: TransformerError.self) { try Tokenizer(json: Array(changed.utf8), name: "t") }
    #expect(error?.message.contains(name) == true, "\(error?.message ?? "")")
  }

  @Test("broken JSON is refused with its place")
  func brokenJSON() {
    for text in [
      "", "{", "{\"a\":}", "[1,]", "{\"a\" 1}", "\"\\q\"", "\"\\ud800\"", "tru", "1 2", "\"x", "nul", "-",
    ] {
      let error = #expect(throws: TransformerError.self) { try JSON(parsing: Array(text.utf8), name: "file") }
      #expect(error?.message.contains("file") == true && error?.kind == .corrupt)
    }
    let deep = String(repeating: "[", count: 100_000)
    #expect(throws: TransformerError.self) { try JSON(parsing: Array(deep.utf8), name: "file") }
  }
}
