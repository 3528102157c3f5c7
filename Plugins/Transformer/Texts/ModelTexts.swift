package import PolyaKit
internal import TransformerFiles
package import TransformerTokenizer

/// What a folder says of a model that runs elsewhere: its tokenizer, chat template, and sizes. The weights are not needed.
package struct ModelTexts {
  /// With all added tokens.
  package let tokenizer: Tokenizer
  /// Tokens that end an answer: first the one with which the model ends its own turn.
  package let ends: [Int32]
  /// The `model_type` of `config.json`, such as "qwen3"; "unknown" without it.
  package let family: String
  /// Blocks of the model; 0 if unknown.
  package let layers: Int
  /// The number of token ids.
  package let vocabularySize: Int
  /// The longest sequence in tokens; nil if `config.json` does not say.
  package let contextLength: Int?
  private let prompting: PromptRendering

  /// Reads `tokenizer.json` and, where they are, the files beside it and `config.json`.
  package init(_ folder: String, _ style: PromptStyle) throws {
    let files = CheckpointTexts(folder)
    let texts = try TokenizerFolder(files)
    tokenizer = texts.tokenizer
    prompting = try PromptRendering(style, own: texts.template, tokenizer: texts.tokenizer)
    let configuration = try files.text("config.json").map {
      (json: try JSON(parsing: $0.bytes, name: $0.name), name: $0.name)
    }
    let stated = try configuration.map { try $0.json.tokens("eos_token_id", in: $0.name) } ?? []
    let ends = (prompting.turnEnd.map { [$0] } ?? []) + stated + texts.ends
    // Without a statement, the token that usually ends a text does.
    self.ends =
      ends.isEmpty
      ? tokenizer.eos.map { [$0] } ?? [] : ends.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
    family = configuration?.json["model_type"]?.string ?? "unknown"
    // Gemma 3 and others keep their sizes one level deeper.
    let sizes = configuration.map { $0.json["text_config"] ?? $0.json }
    func size(_ key: String) -> Int? {
      sizes?[key]?.integer.flatMap { (1...1 << 30).contains($0) ? $0 : nil }
    }
    layers = size("num_hidden_layers") ?? 0
    vocabularySize = max(texts.tokenizer.vocabularySize, size("vocab_size") ?? 0)
    contextLength = size("max_position_embeddings")
  }

  /// Whether conversations are rendered by a chat template.
  package var hasTemplate: Bool { prompting.template != nil }
  /// The SHA-256 of the tokenizer.
  package var tokenizerHash: [UInt8] { SHA256.digest(of: tokenizer.identity) }

  /// Token ids of a conversation, as the chat template makes them.
  package func render(_ messages: [Message]) throws -> [Int32] {
    try prompting.tokens(messages.map { ($0.role, $0.content) }, tokenizer, end: ends.first)
  }

  /// The bytes of sampled tokens, up to the stop string that ends first, and where that stands.
  package func text(of tokens: some Collection<Int32>, stop: [String]) -> (bytes: [UInt8], stop: Range<Int>?)
  {
    var bytes = tokens.flatMap { tokenizer.pieces[$0] }
    let found = StopText.first(in: bytes, stop)
    if let found { bytes.removeSubrange(found.lowerBound...) }
    return (bytes, found)
  }
}

/// Where a sample's text ends.
package enum StopText {
  /// The place of the stop string that ends first, and of those the one that begins first; nil if there is none.
  package static func first(in text: [UInt8], _ stops: [String]) -> Range<Int>? {
    stops.compactMap { $0.isEmpty ? nil : text.firstRange(of: Array($0.utf8)) }
      .min { ($0.upperBound, $0.lowerBound) < ($1.upperBound, $1.lowerBound) }
  }
}
