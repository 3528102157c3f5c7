internal import PolyaKit
import Foundation
import Testing

@testable import TransformerFiles
@testable import TransformerTokenizer

/// The folders of Golden/make_added.py: tokens that are declared outside of tokenizer.json.
@Suite("Tokens that files beside the tokenizer declare")
struct AddedTokensTests {
  private static func fixture() throws -> JSON {
    let url = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures/added.json")
    return try JSON(parsing: [UInt8](Data(contentsOf: url)), name: "added.json")
  }

  /// The members with those of `others` put in their place or behind them.
  private static func merged(_ json: JSON?, _ others: [(key: String, value: JSON)]) -> JSON {
    let members = (json?.members ?? []).filter { member in !others.contains { $0.key == member.key } }
    return .object(members + others)
  }

  private static func tokenizer(_ base: JSON?, _ row: JSON) throws -> JSON {
    var changes: [(key: String, value: JSON)] = [
      ("added_tokens", .array((base?["added_tokens"]?.array ?? []) + (row["own"]?.array ?? [])))
    ]
    if let padding = row["padding"] { changes.append(("padding", padding)) }
    let vocabulary = merged(base?["model"]?["vocab"], row["vocab"]?.members ?? [])
    changes.append(("model", merged(base?["model"], [("vocab", vocabulary)])))
    return merged(base, changes)
  }

  /// Writes the files of a row, and reads the tokenizer.
  private static func load(_ base: JSON?, _ row: JSON) throws -> Tokenizer {
    let folder = FileManager.default.temporaryDirectory.appending(path: "polya-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let files = [
      ("tokenizer", try tokenizer(base, row)), ("tokenizer_config", row["config"]),
      ("special_tokens_map", row["map"]), ("added_tokens", row["added"]),
    ]
    for (name, json) in files {
      guard let json else { continue }
      try File.write(folder.appending(path: name + ".json").path, Array(json.text.utf8))
    }
    return try Tokenizer(file: folder.appending(path: "tokenizer.json").path)
  }

  @Test("ids are those of transformers, or the folder is refused where it contradicts itself")
  func golden() throws {
    let file = try Self.fixture()
    let texts = (file["texts"]?.array ?? []).compactMap(\.string)
    let rows = file["cases"]?.array ?? []
    #expect(rows.count > 50 && texts.count == 6)
    for row in rows {
      let name = row["name"]?.string ?? ""
      if let wrong = row["refused"]?.array {
        let error = try #require(throws: TransformerError.self, "\(name)") {
          try Self.load(file["base"], row)
        }
        #expect(
          error.kind == .corrupt && wrong.contains { error.message.contains($0.string ?? "?") }, "\(error)")
        continue
      }
      let expected = try #require(row["expected"])
      let tokenizer = try Self.load(file["base"], row)
      for (text, ids) in zip(texts, expected["ids"]?.array ?? []) {
        #expect(
          tokenizer.encode(text) == ids.array?.compactMap(\.integer).map { Int32($0) }, "\(name): \(text)")
      }
      let special = (0..<Int32(tokenizer.vocabularySize)).filter { tokenizer.isSpecial($0) }
      #expect(special == expected["special"]?.array?.compactMap(\.integer).map { Int32($0) }, "\(name)")
      #expect(tokenizer.vocabularySize == expected["size"]?.integer, "\(name)")
      #expect(tokenizer.bos.map { Int($0) } == expected["bos"]?.integer, "\(name)")
      #expect(tokenizer.eos.map { Int($0) } == expected["eos"]?.integer, "\(name)")
      #expect(tokenizer.pad.map { Int($0) } == expected["pad"]?.integer, "\(name)")
    }
  }

  @Test("tokenizers that give other ids have other identities")
  func identities() throws {
    let file = try Self.fixture()
    let rows = Dictionary(
      (file["cases"]?.array ?? []).map { ($0["name"]?.string ?? "", $0) }, uniquingKeysWith: { $1 })
    func identity(_ name: String) throws -> [UInt8] {
      try Self.load(file["base"], try #require(rows[name])).identity
    }
    let plain = try identity("nothing")
    #expect(try identity("not a name") == plain)
    for name in ["decoder", "extra list", "names", "split", "map", "added"] {
      #expect(try identity(name) != plain, "\(name)")
    }
    #expect(try identity("extra list") == identity("additional"))
    #expect(try identity("extra list") != identity("decoder"))
  }

  @Test(
    "files that declare no tokens are refused",
    arguments: [
      (#"{"added_tokens_decoder": [1]}"#, "added_tokens_decoder"),
      (#"{"added_tokens_decoder": {"35": "<x>", "36": {}}}"#, "added_tokens_decoder"),
      (#"{"added_tokens_decoder": {"x": {"content": "<x>"}}}"#, "\"x\""),
      (#"{"added_tokens_decoder": {"99999999999": {"content": "<x>"}}}"#, "99999999999"),
      (#"{"pad_token": 5}"#, "pad_token"), (#"{"extra_special_tokens": "x"}"#, "special tokens"),
      (#"{"extra_special_tokens": [5]}"#, "special tokens"),
      (#"{"extra_special_tokens": {"image_token": 5}}"#, "image_token"),
    ])
  func malformed(_ config: String, _ word: String) throws {
    let row = JSON.object([("config", try JSON(parsing: Array(config.utf8), name: "config"))])
    let error = try #require(throws: TransformerError.self) {
      try Self.load(Self.fixture()["base"], row)
    }
    #expect(error.kind == .corrupt && error.message.contains(word), "\(error)")
  }
}
