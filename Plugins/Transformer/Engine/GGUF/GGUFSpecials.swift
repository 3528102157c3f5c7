internal import TransformerFiles

/// The tokens of a GGUF file, which of them begin, end and fill a text, and whether a text gets them by itself.
struct GGUFSpecials {
  /// "gpt2" or "llama": byte-level BPE, or SentencePiece's.
  let model: String
  let tokens: [String]
  private(set) var bos, eos, pad, unknown: Int?
  private(set) var addsBos = false
  private(set) var addsEos = false

  init(_ file: GGUFFile) throws {
    var metadata = GGUFMetadata(file)
    guard let tokens = try metadata.strings("tokenizer.ggml.tokens"), !tokens.isEmpty else {
      throw metadata.corrupt("tokenizer.ggml.tokens", "is missing; \(GGUFTokenizer.remedy)")
    }
    self.tokens = tokens
    model = try metadata.string("tokenizer.ggml.model") ?? "?"
    func id(_ key: String) throws -> Int? {
      guard let id = try metadata.integer("tokenizer.ggml.\(key)_token_id") else { return nil }
      guard tokens.indices.contains(id) else {
        throw metadata.corrupt(
          "tokenizer.ggml.\(key)_token_id", "is \(id), but there are \(tokens.count) tokens")
      }
      return id
    }
    bos = try id("bos")
    eos = try id("eos")
    pad = try id("padding")
    unknown = try id("unknown")
    // What llama.cpp does when a file does not say.
    let cut = try metadata.string("tokenizer.ggml.pre") ?? ""
    let usual = model == "llama" || GGUFSplits.addsBos(cut)
    addsBos = try metadata.bool("tokenizer.ggml.add_bos_token") ?? usual
    addsEos = try metadata.bool("tokenizer.ggml.add_eos_token") ?? false
    for (key, adds, id) in [("bos", addsBos, bos), ("eos", addsEos, eos)] where adds && id == nil {
      throw metadata.corrupt(
        "tokenizer.ggml.\(key)_token_id", "is missing, but texts begin or end with that token")
    }
  }
}
