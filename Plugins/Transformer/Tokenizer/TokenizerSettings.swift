internal import PolyaKit
internal import TransformerFiles

/// What a `tokenizer_config.json` says of the special tokens; it wins over `tokenizer.json`.
package struct TokenizerSettings: Sendable, Equatable {
  /// Whether texts begin with the bos token and end with the eos token; nil: as in `tokenizer.json`.
  package var addsBos, addsEos: Bool?
  /// The texts of the tokens that begin, end and fill a text; nil: as in `tokenizer.json`.
  package var bos, eos, pad: String?

  /// Says nothing.
  package init() {}

  /// Reads the content of a `tokenizer_config.json`.
  package init(json: [UInt8], name: String) throws {
    self.init(try JSON(parsing: json, name: name))
  }

  /// The text of a `tokenizer_config.json` that says the same.
  package var text: String {
    let flags = [("add_bos_token", addsBos), ("add_eos_token", addsEos)].compactMap { key, value in
      value.map { "  \(JSON.quoted(key)): \($0)" }
    }
    let tokens = [("bos_token", bos), ("eos_token", eos), ("pad_token", pad)].compactMap { key, value in
      value.map { "  \(JSON.quoted(key)): \(JSON.quoted($0))" }
    }
    return "{\n" + (flags + tokens).joined(separator: ",\n") + "\n}\n"
  }

  init(_ json: JSON) {
    addsBos = json["add_bos_token"]?.bool
    addsEos = json["add_eos_token"]?.bool
    func text(_ key: String) -> String? { json[key]?.string ?? json[key]?["content"]?.string }
    bos = text("bos_token")
    eos = text("eos_token")
    pad = text("pad_token")
  }
}
