internal import PolyaKit

import Foundation
import Testing

@testable import TransformerFiles
@testable import TransformerTokenizer

@Suite("Special tokens")
struct TokenizerSpecialsTests {
  private func settings(_ text: String) throws -> TokenizerSettings {
    try TokenizerSettings(json: Array(text.utf8), name: "tokenizer_config.json")
  }

  @Test("a text that begins with the first token does not get it twice")
  func once() throws {
    let tokenizer = try TokenizerFixture.configuration("gemma").tokenizer()
    #expect(tokenizer.prefix == [1] && tokenizer.suffix == [2])
    let cat = tokenizer.encode("the cat")
    #expect(tokenizer.encode("the cat", addingSpecials: true) == [1] + cat + [2])
    #expect(tokenizer.encode("<s>the cat", addingSpecials: true) == [1] + cat + [2])
    #expect(tokenizer.encode("<s>the cat", addingSpecials: false) == [1] + cat)
    #expect(tokenizer.encode("", addingSpecials: true) == [1, 2])
  }

  @Test("tokenizer_config.json wins over tokenizer.json")
  func overrides() throws {
    let golden = try TokenizerFixture.configuration("llama")
    let none = try golden.tokenizer(settings(#"{"add_bos_token": false, "add_eos_token": true}"#))
    #expect(none.prefix.isEmpty && none.suffix == [2] && none.bos == 1 && none.eos == 2 && none.pad == nil)
    let other = try golden.tokenizer(
      settings(
        #"{"bos_token": {"content": "<m>", "lstrip": true}, "eos_token": null, "pad_token": "<unk>", "add_bos_token": true}"#
      ))
    let mark = other.encode("<m>")
    #expect(other.bos == mark.first && other.eos == 2 && other.pad == 0 && other.prefix == mark + [1])
    #expect(other.encode("<m>the cat", addingSpecials: true) == mark + [1] + other.encode("<m>the cat"))
    let both = try golden.tokenizer(settings(#"{"add_bos_token": true, "bos_token": "<s>"}"#))
    #expect(both.prefix == [1] && both.suffix.isEmpty)
    #expect(try golden.tokenizer(settings("{}")).prefix == [1])
    // As transformers does, a token that the vocabulary lacks is added.
    let added = try golden.tokenizer(settings(#"{"pad_token": "<|pad|>"}"#))
    #expect(added.pad == added.encode("<|pad|>").first && Int(added.pad ?? 0) + 1 == added.vocabularySize)
    #expect(added.vocabularySize == none.vocabularySize + 1 && added.ownSize == none.ownSize)
  }

  @Test("the settings beside a file are read, and written again")
  func besideTheFile() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "polya-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appending(path: "tokenizer.json").path
    try File.write(path, TokenizerFixture.configuration("llama").json)
    #expect(try Tokenizer(file: path).settings == TokenizerSettings())
    var settings = TokenizerSettings()
    (settings.addsBos, settings.addsEos, settings.bos, settings.pad) = (false, true, "<m>", "<unk>")
    try File.write(folder.appending(path: "tokenizer_config.json").path, Array(settings.text.utf8))
    let tokenizer = try Tokenizer(file: path)
    #expect(tokenizer.settings == settings && tokenizer.suffix == [2] && tokenizer.pad == 0)
    try File.write(folder.appending(path: "tokenizer_config.json").path, Array("{".utf8))
    let error = #expect(throws: TransformerError.self) { try Tokenizer(file: path) }
    #expect(error?.message.contains("tokenizer_config.json") == true)
  }

  /// A byte tokenizer with another post-processor.
  private func tokenizer(_ processor: String) throws -> Tokenizer {
    let text = TokenizerWriter.json(
      specials: [], merges: [], trailing: ["<a>", "<b>"], individualDigits: false, splits: false)
    let changed = text.replacing("\"post_processor\": null", with: "\"post_processor\": \(processor)")
    return try Tokenizer(json: Array(changed.utf8), name: "t")
  }

  private static let template =
    #"{"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "<a>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}], "pair": [], "special_tokens": {"<a>": {"id": "<a>", "ids": [256], "tokens": ["<a>"]}}}"#

  @Test("post-processors put tokens before and after a text")
  func processors() throws {
    let byteLevel =
      #"{"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": false, "use_regex": true}"#
    let roberta =
      #"{"type": "RobertaProcessing", "sep": ["<b>", 257], "cls": ["<a>", 256], "trim_offsets": true, "add_prefix_space": false}"#
    let plain = try tokenizer(byteLevel)
    #expect(plain.prefix.isEmpty && plain.suffix.isEmpty)
    let sequence = try tokenizer(
      #"{"type": "Sequence", "processors": [\#(byteLevel), \#(Self.template), \#(roberta)]}"#)
    #expect(sequence.prefix == [256, 256] && sequence.suffix == [257])
    #expect(try tokenizer(Self.template).encode("x", addingSpecials: true).count == 2)
  }

  @Test(
    "a post-processor that cannot be followed is refused by name",
    arguments: [
      (#"{"type": "Other"}"#, "Other"), (template.replacing("[256]", with: "[]]"), "t is not valid JSON"),
      (template.replacing(#""special_tokens": {"<a>""#, with: #""special_tokens": {"<c>""#), "<a>"),
      (template.replacing("Sequence", with: "Other"), "template"),
      (template.replacing("[256]", with: "[258]"), "258"),
      (#"{"type": "BertProcessing", "cls": ["<a>", 256]}"#, "sep"),
    ])
  func refusals(_ processor: String, _ name: String) {
    let error = #expect(throws: TransformerError.self) { try tokenizer(processor) }
    #expect(error?.message.contains(name) == true, "\(error?.message ?? "")")
  }

  @Test("an added token whose id belongs to another token is refused")
  func idTaken() throws {
    let text = TokenizerWriter.json(specials: [], merges: [], trailing: ["<a>"], individualDigits: false)
    let changed = text.replacing("\"content\": \"<a>\"", with: "\"content\": \"<new>\"")
    let error = #expect(throws: TransformerError.self) { try Tokenizer(json: Array(changed.utf8), name: "t") }
    #expect(error?.message.contains("<new>") == true && error?.message.contains("<a>") == true)
  }
}
