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
    tokenizer = try Self.tokenizer(places)
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
    template = try ChatTemplate.find(
      folder: try json("tokenizer_config.json"),
      jinja: files["chat_template.jinja"].map { String(decoding: $0.bytes, as: UTF8.self) })
    let generation = try json("generation_config.json").map {
      try ConfigurationReader(json: $0, path: files["generation_config.json"]?.name ?? "").tokens(
        "eos_token_id")
    }
    ends = (generation ?? []) + (tokenizer.settings.eos == nil ? [] : tokenizer.eos.map { [$0] } ?? [])
  }

  /// Of the first place that has one, with the settings that lie beside it.
  private static func tokenizer(_ places: [StoredModel]) throws -> Tokenizer {
    for place in places {
      guard let file = try place.text("tokenizer.json") else { continue }
      let settings = try place.text("tokenizer_config.json").map {
        try TokenizerSettings(json: $0.bytes, name: $0.name)
      }
      return try Tokenizer(json: file.bytes, name: file.name, settings: settings ?? TokenizerSettings())
    }
    throw TransformerError(
      .unsupported,
      "\(places.first?.path ?? "the model") has no tokenizer.json; copy the model's there (transformers writes it with save_pretrained)"
    )
  }

  /// Of a model from scratch.
  init(_ tokenizer: Tokenizer) {
    self.tokenizer = tokenizer
    template = nil
    ends = []
  }

  /// - Throws: when the tokenizer has more ids than the model.
  func check(fits shape: Shape, in path: String) throws {
    guard tokenizer.vocabularySize <= shape.vocabulary else {
      throw TransformerError(
        .corrupt,
        "the tokenizer of \(path) has \(tokenizer.vocabularySize) ids, but its model has a vocabulary of \(shape.vocabulary); copy both from the same model"
      )
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
