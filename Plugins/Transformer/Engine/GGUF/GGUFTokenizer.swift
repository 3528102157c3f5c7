internal import PolyaKit
internal import TransformerFiles

/// Makes of the metadata of a GGUF file the `tokenizer.json` that its model has in Hugging Face layout.
struct GGUFTokenizer {
  static let remedy = "put the model's tokenizer.json beside the file"

  /// Kinds of tokens, as SentencePiece numbers them.
  private enum Kind: Int {
    case normal = 1
    case unknown, control, userDefined, unused, byte
  }

  private let file: GGUFFile
  private let specials: GGUFSpecials
  private let kinds: [Kind]
  private var metadata: GGUFMetadata
  private var tokens: [String] { specials.tokens }

  init(_ file: GGUFFile) throws {
    self.file = file
    specials = try GGUFSpecials(file)
    metadata = GGUFMetadata(file)
    let types = try metadata.integers("tokenizer.ggml.token_type") ?? []
    kinds = types.compactMap { Kind(rawValue: $0) }
    guard types.count == specials.tokens.count, kinds.count == types.count else {
      throw metadata.corrupt(
        "tokenizer.ggml.token_type",
        "does not give each of the \(specials.tokens.count) tokens a kind from 1 to 6; \(Self.remedy)")
    }
  }

  func json() throws -> JSON {
    var copy = self
    let parts =
      switch specials.model {
      case "gpt2": try copy.byteLevel()
      case "llama": try copy.sentencePiece()
      case let other:
        throw metadata.unsupported(
          "tokenizer.ggml.model", other, "gpt2 and llama; for others, \(Self.remedy)")
      }
    return .object([
      ("version", .string("1.0")), ("truncation", .null), ("padding", .null),
      ("added_tokens", .array(try addedTokens())), ("normalizer", parts.normalizer),
      ("pre_tokenizer", parts.preTokenizer), ("post_processor", postProcessor), ("decoder", parts.decoder),
      ("model", parts.model),
    ])
  }

  private typealias Parts = (normalizer: JSON, preTokenizer: JSON, decoder: JSON, model: JSON)

  // MARK: Tokens

  /// Converters fill the vocabulary up with tokens that are none. Special tokens are part of it, since Hugging Face
  /// tokenizers would give them other ids.
  private func isPart(_ id: Int) -> Bool { kinds[id] != .unused || tokens[id] != "[PAD\(id)]" }

  /// Tokens that are found in a text before it is cut.
  private func addedTokens() throws -> [JSON] {
    var seen = Set<String>()
    for (id, token) in tokens.enumerated() where !seen.insert(token).inserted {
      throw metadata.corrupt(
        "tokenizer.ggml.tokens", "has the token \(JSON.quoted(token)) twice, also as \(id)")
    }
    return tokens.indices.filter {
      [.control, .userDefined, .unknown].contains(kinds[$0]) && !tokens[$0].isEmpty
    }
    .map { id in
      .object([
        ("id", .number("\(id)")), ("content", .string(tokens[id])), ("single_word", .bool(false)),
        ("lstrip", .bool(false)), ("rstrip", .bool(false)), ("normalized", .bool(false)),
        ("special", .bool(kinds[id] != .userDefined)),
      ])
    }
  }

  private var vocabulary: JSON {
    .object(tokens.indices.filter(isPart).map { (tokens[$0], .number("\($0)")) })
  }

  private func model(merges: [JSON], isByteLevel: Bool, ignoresMerges: Bool, unknown: JSON) -> JSON {
    .object([
      ("type", .string("BPE")), ("dropout", .null), ("unk_token", unknown),
      ("continuing_subword_prefix", .null), ("end_of_word_suffix", .null), ("fuse_unk", .bool(!isByteLevel)),
      ("byte_fallback", .bool(!isByteLevel)), ("ignore_merges", .bool(ignoresMerges)), ("vocab", vocabulary),
      ("merges", .array(merges)),
    ])
  }

  /// Puts the bos token before a text, or the eos token after it.
  private var postProcessor: JSON {
    let ids = [specials.addsBos ? specials.bos : nil, specials.addsEos ? specials.eos : nil]
    guard ids != [nil, nil] else { return .null }
    func special(_ id: Int?, type: Int) -> [JSON] {
      id.map { [item("SpecialToken", tokens[$0], type)] } ?? []
    }
    func item(_ kind: String, _ id: String, _ type: Int) -> JSON {
      .object([(kind, .object([("id", .string(id)), ("type_id", .number("\(type)"))]))])
    }
    func text(_ name: String, type: Int) -> [JSON] {
      special(ids[0], type: type) + [item("Sequence", name, type)] + special(ids[1], type: type)
    }
    let known = Set(ids.compactMap(\.self)).sorted().map { id in
      (
        key: tokens[id],
        value: JSON.object([
          ("id", .string(tokens[id])), ("ids", .array([.number("\(id)")])),
          ("tokens", .array([.string(tokens[id])])),
        ])
      )
    }
    return .object([
      ("type", .string("TemplateProcessing")), ("single", .array(text("A", type: 0))),
      ("pair", .array(text("A", type: 0) + text("B", type: 1))), ("special_tokens", .object(known)),
    ])
  }

  // MARK: Models

  private mutating func byteLevel() throws -> Parts {
    let key = "tokenizer.ggml.pre"
    let name = try metadata.string(key)
    guard let splits = name.flatMap({ GGUFSplits($0) }) else {
      throw metadata.unsupported(
        key, name ?? "missing", "\(GGUFSplits.known.joined(separator: ", ")); for others, \(Self.remedy)")
    }
    if try metadata.bool("tokenizer.ggml.add_space_prefix") == true {
      throw metadata.unsupported("tokenizer.ggml.add_space_prefix", "true", "false with gpt2; \(Self.remedy)")
    }
    guard let merges = try metadata.strings("tokenizer.ggml.merges") else {
      throw metadata.corrupt("tokenizer.ggml.merges", "is missing; \(Self.remedy)")
    }
    return (
      splits.normalizer, splits.preTokenizer, GGUFSplits.byteLevel(splits: true),
      model(
        merges: merges.map { .string($0) }, isByteLevel: true, ignoresMerges: splits.ignoresMerges,
        unknown: .null)
    )
  }

  private mutating func sentencePiece() throws -> Parts {
    // Of others, the file does not say which spaces and special tokens their texts have.
    guard file.metadata["general.architecture"] == .string("llama") else {
      throw metadata.unsupported(
        "tokenizer.ggml.model", "llama", "gpt2 for this architecture; \(Self.remedy)")
    }
    for key in ["tokenizer.ggml.remove_extra_whitespaces", "tokenizer.ggml.precompiled_charsmap"]
    where file.metadata[key]?.isOff == false {
      throw metadata.unsupported(key, "set", "SentencePiece models without it; \(Self.remedy)")
    }
    let scores = try metadata.numbers("tokenizer.ggml.scores") ?? []
    guard scores.count == tokens.count, scores.allSatisfy(\.isFinite) else {
      throw metadata.corrupt(
        "tokenizer.ggml.scores", "does not give each of the \(tokens.count) tokens a number; \(Self.remedy)")
    }
    let parts = tokens.indices.filter { isPart($0) && [.normal, .unused].contains(kinds[$0]) }
    let merges = try SentencePieceMerges(parts.map { (tokens[$0], $0, scores[$0]) }).pairs(file.path)
    let hasPrefix = try metadata.bool("tokenizer.ggml.add_space_prefix") ?? true
    return (
      .object([("type", .string("Sequence")), ("normalizers", .array(normalizers(hasPrefix)))]), .null,
      .object([("type", .string("Sequence")), ("decoders", .array(decoders(hasPrefix)))]),
      model(
        merges: merges.map { .array([.string($0.left), .string($0.right)]) }, isByteLevel: false,
        ignoresMerges: false, unknown: specials.unknown.map { .string(tokens[$0]) } ?? .null)
    )
  }

  private func normalizers(_ hasPrefix: Bool) -> [JSON] {
    let prefix = JSON.object([("type", .string("Prepend")), ("prepend", .string("▁"))])
    return (hasPrefix ? [prefix] : []) + [replacing(" ", with: "▁")]
  }

  private func decoders(_ hasPrefix: Bool) -> [JSON] {
    let strip = JSON.object([
      ("type", .string("Strip")), ("content", .string(" ")), ("start", .number("1")), ("stop", .number("0")),
    ])
    return [
      replacing("▁", with: " "), .object([("type", .string("ByteFallback"))]),
      .object([("type", .string("Fuse"))]),
    ] + (hasPrefix ? [strip] : [])
  }

  private func replacing(_ old: String, with new: String) -> JSON {
    .object([
      ("type", .string("Replace")), ("pattern", .object([("String", .string(old))])),
      ("content", .string(new)),
    ])
  }
}
