internal import PolyaKit
import Foundation
import Testing

@testable import TransformerTokenizer

/// `Fixtures/spm.json`: a small SentencePiece-style tokenizer in several configurations, made by `Golden/make_spm.py`.
struct TokenizerFixture {
  struct Configuration: CustomTestStringConvertible {
    let name: String
    let json: [UInt8]
    /// Ids of each text, and the texts that these give back.
    let ids: [[Int32]]
    let decoded: [String]
    /// Ids of "the cat" and of nothing with the special tokens.
    let withSpecial: [[Int32]]
    let streams: [Stream]

    var testDescription: String { name }

    func tokenizer(_ settings: TokenizerSettings = TokenizerSettings()) throws -> Tokenizer {
      try Tokenizer(json: json, name: name, settings: settings)
    }
  }

  struct Stream {
    let ids: [Int32]
    let decoded, skipped: String
  }

  struct Malformed: Error {}

  let texts: [String]
  let configurations: [Configuration]

  init() throws {
    let url = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures/spm.json")
    let object = try JSONSerialization.jsonObject(with: Data(contentsOf: url))
    guard let file = object as? [String: Any], let texts = file["texts"] as? [String],
      let base = file["base"] as? [String: Any], let rows = file["configurations"] as? [[String: Any]]
    else { throw Malformed() }
    self.texts = texts
    configurations = try rows.map { row in
      guard let name = row["name"] as? String, let parts = row["parts"] as? [String: Any],
        let ids = row["ids"] as? [[Int32]], let decoded = row["decoded"] as? [String],
        let withSpecial = row["with_special"] as? [[Int32]], let streams = row["streams"] as? [[String: Any]]
      else { throw Malformed() }
      return Configuration(
        name: name, json: try Self.json(base, parts), ids: ids, decoded: decoded, withSpecial: withSpecial,
        streams: try streams.map { stream in
          guard let ids = stream["ids"] as? [Int32], let decoded = stream["decoded"] as? String,
            let skipped = stream["skipped"] as? String
          else { throw Malformed() }
          return Stream(ids: ids, decoded: decoded, skipped: skipped)
        })
    }
  }

  static func configuration(_ name: String) throws -> Configuration {
    guard let found = try Self().configurations.first(where: { $0.name == name }) else { throw Malformed() }
    return found
  }

  private static func json(_ base: [String: Any], _ parts: [String: Any]) throws -> [UInt8] {
    var whole = base
    for key in ["normalizer", "pre_tokenizer", "post_processor", "decoder"] {
      whole[key] = parts[key] ?? NSNull()
    }
    guard var model = base["model"] as? [String: Any] else { throw Malformed() }
    model.merge(parts["model"] as? [String: Any] ?? [:]) { $1 }
    if let merge = parts["merge"] as? [String] {
      model["merges"] = [merge] + (model["merges"] as? [[String]] ?? [])
    }
    whole["model"] = model
    return [UInt8](try JSONSerialization.data(withJSONObject: whole))
  }
}
