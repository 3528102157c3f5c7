internal import PolyaKit
internal import TransformerChatTemplate
internal import TransformerFiles
internal import TransformerTokenizer

/// What a checkpoint says of texts: its tokenizer, chat template and end tokens, and the files to store again.
struct TokenizerFolder {
  let tokenizer: Tokenizer
  let template: ChatTemplate?
  /// Tokens that end an answer, beside those of `config.json`.
  let ends: [Int32]
  /// Files beside `tokenizer.json` that belong to it.
  private(set) var companions: [(name: String, bytes: [UInt8])] = []
  /// Whether adapters bring files of their own, which are stored with them.
  private(set) var isOfAdapters = false

  private static let names = [
    "tokenizer_config.json", "chat_template.jinja", "generation_config.json", "special_tokens_map.json",
    "added_tokens.json",
  ]

  /// - Parameter adapters: the folder of the model's adapters, whose files come before the model's.
  init(_ model: StoredModel, adapters: String? = nil) throws {
    let places = [adapters.map(StoredModel.folder), model].compactMap(\.self)
    func find(_ name: String) throws -> (bytes: [UInt8], name: String)? {
      for place in places {
        if let file = try place.text(name) { return file }
      }
      return nil
    }
    guard let file = try find("tokenizer.json") else {
      throw TransformerError(
        .unsupported,
        "\(model.path) has no tokenizer.json; copy the model's there (transformers writes it with save_pretrained)"
      )
    }
    var files: [String: (bytes: [UInt8], name: String)] = [:]
    for name in Self.names {
      guard let file = try find(name) else { continue }
      files[name] = file
      companions.append((name, file.bytes))
    }
    isOfAdapters =
      adapters.map { folder in
        (["tokenizer.json"] + Self.names).contains { File.exists(folder + "/" + $0) }
      } ?? false
    func json(_ name: String) throws -> JSON? {
      try files[name].map { try JSON(parsing: $0.bytes, name: $0.name) }
    }
    let configuration = try json("tokenizer_config.json")
    tokenizer = try Tokenizer(
      json: file.bytes, name: file.name,
      settings: TokenizerSettings(
        configuration: configuration, map: json("special_tokens_map.json"), added: json("added_tokens.json")))
    template = try ChatTemplate.find(
      folder: configuration,
      jinja: files["chat_template.jinja"].map { String(decoding: $0.bytes, as: UTF8.self) })
    let generation = try json("generation_config.json").map {
      try ConfigurationReader(json: $0, path: files["generation_config.json"]?.name ?? "").tokens(
        "eos_token_id")
    }
    ends = (generation ?? []) + tokenizer.statedEnds
  }

  /// Of a model from scratch.
  init(_ tokenizer: Tokenizer) {
    self.tokenizer = tokenizer
    template = nil
    ends = []
  }

  /// - Throws: when the model lacks ids that texts need; tokens that were only added, such as one that fills up, may be
  ///   beyond its vocabulary, for they are refused where a text has them.
  func check(fits shape: Shape, in path: String) throws {
    guard tokenizer.ownSize <= shape.vocabulary else {
      throw TransformerError(
        .corrupt,
        "the tokenizer of \(path) has \(tokenizer.ownSize) ids, but its model has a vocabulary of \(shape.vocabulary); copy both from the same model"
      )
    }
    let needed = tokenizer.prefix + tokenizer.suffix + tokenizer.statedEnds
    if let wild = needed.first(where: { Int($0) >= shape.vocabulary }) {
      throw TransformerError(
        .corrupt,
        "the tokenizer of \(path) puts \(tokenizer.text([wild])) (id \(wild)) around texts, but config.json says "
          + "vocab_size \(shape.vocabulary); resize the model's embedding")
    }
  }

  /// Writes the tokenizer and its companions.
  func write(_ folder: String, template override: String?) throws {
    try File.write(folder + "/tokenizer.json", tokenizer.json)
    for (name, bytes) in companions where override == nil || name != "chat_template.jinja" {
      try File.write(folder + "/" + name, bytes)
    }
    if let override { try File.write(folder + "/chat_template.jinja", Array(override.utf8)) }
  }
}
