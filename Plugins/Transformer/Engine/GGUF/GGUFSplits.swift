internal import PolyaKit

/// How byte-level tokenizers cut texts, by the names that GGUF has for it (`tokenizer.ggml.pre`): as in the
/// `tokenizer.json` of the models that are named so.
struct GGUFSplits {
  let normalizer: JSON
  let preTokenizer: JSON
  /// Whether a piece that is a token is not looked at further.
  let ignoresMerges: Bool

  static let known = ["gpt-2", "llama-bpe", "llama-v3", "llama3", "qwen2", "smollm", "starcoder"]

  /// Whether texts begin with the bos token unless the file says something else.
  static func addsBos(_ name: String) -> Bool { llama3.contains(name) }

  private static let llama3 = ["llama-bpe", "llama-v3", "llama3"]

  /// nil when the name is not known.
  init?(_ name: String) {
    var normalizer = JSON.null
    switch name {
    case "gpt-2": preTokenizer = Self.byteLevel(splits: true)
    // Each digit is a piece of its own.
    case "smollm", "starcoder":
      preTokenizer = Self.sequence([
        .object([("type", .string("Digits")), ("individual_digits", .bool(true))]),
        Self.byteLevel(splits: true),
      ])
    case "qwen2":
      normalizer = .object([("type", .string("NFC"))])
      preTokenizer = Self.sequence([Self.cl100k(digits: #"\p{N}"#), Self.byteLevel(splits: false)])
    case _ where Self.llama3.contains(name):
      preTokenizer = Self.sequence([Self.cl100k(digits: #"\p{N}{1,3}"#), Self.byteLevel(splits: false)])
    default: return nil
    }
    self.normalizer = normalizer
    ignoresMerges = Self.llama3.contains(name)
  }

  private static func sequence(_ steps: [JSON]) -> JSON {
    .object([("type", .string("Sequence")), ("pretokenizers", .array(steps))])
  }

  static func byteLevel(splits: Bool) -> JSON {
    .object([
      ("type", .string("ByteLevel")), ("add_prefix_space", .bool(false)), ("trim_offsets", .bool(true)),
      ("use_regex", .bool(splits)),
    ])
  }

  private static func cl100k(digits: String) -> JSON {
    let expression =
      #"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|"# + digits
      + #"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"#
    return .object([
      ("type", .string("Split")), ("pattern", .object([("Regex", .string(expression))])),
      ("behavior", .string("Isolated")), ("invert", .bool(false)),
    ])
  }
}
