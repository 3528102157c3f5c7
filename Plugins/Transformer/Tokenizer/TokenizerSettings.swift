internal import PolyaKit
internal import TransformerFiles

/// What the files beside a `tokenizer.json` say of tokens; they win over it.
package struct TokenizerSettings: Sendable, Equatable {
  /// Whether texts begin with the bos token and end with the eos token; nil: as in `tokenizer.json`.
  package var addsBos, addsEos: Bool?
  /// Whether special tokens that stand in a text are cut like any other text.
  package var splitsSpecials = false
  /// Tokens that transformers adds when it loads the folder.
  var declared = DeclaredTokens()

  /// The texts of the tokens that begin, end and fill a text; nil: as in `tokenizer.json`.
  package var bos: String? {
    get { declared["bos_token"]?.content }
    set { declared["bos_token"] = newValue.map { DeclaredToken($0) } }
  }
  /// The text of the token that ends a text; nil: as in `tokenizer.json`.
  package var eos: String? {
    get { declared["eos_token"]?.content }
    set { declared["eos_token"] = newValue.map { DeclaredToken($0) } }
  }
  /// The text of the token that fills a text up; nil: as in `tokenizer.json`.
  package var pad: String? {
    get { declared["pad_token"]?.content }
    set { declared["pad_token"] = newValue.map { DeclaredToken($0) } }
  }

  /// Says nothing.
  package init() {}

  /// The text of a `tokenizer_config.json` that says the same of these tokens.
  package var text: String {
    let flags = [("add_bos_token", addsBos), ("add_eos_token", addsEos)].compactMap { key, value in
      value.map { "  \(JSON.quoted(key)): \($0)" }
    }
    let tokens = [("bos_token", bos), ("eos_token", eos), ("pad_token", pad)].compactMap { key, value in
      value.map { "  \(JSON.quoted(key)): \(JSON.quoted($0))" }
    }
    return "{\n" + (flags + tokens).joined(separator: ",\n") + "\n}\n"
  }
}
