internal import PolyaKit
package import TransformerChatTemplate
internal import TransformerFiles
package import TransformerTokenizer

/// Where the text files of a model are.
package protocol TextSource {
  /// Of all of it, for errors.
  var path: String { get }
  /// The content of a file, and what to call it in errors; nil when there is no such file.
  func text(_ name: String) throws -> (bytes: [UInt8], name: String)?
}

/// The text files in the folder of a checkpoint.
package struct CheckpointTexts: TextSource {
  /// The folder.
  package let path: String

  /// The folder may have no such files, or not exist.
  package init(_ path: String) { self.path = path }

  /// A file of the folder.
  package func text(_ name: String) throws -> (bytes: [UInt8], name: String)? {
    let path = path + "/" + name
    guard File.exists(path) else { return nil }
    return (try File.bytes(path), path)
  }
}

/// What a checkpoint says of texts: its tokenizer, chat template and end tokens, and the files to store again.
package struct TokenizerFolder {
  /// The tokenizer with all its added tokens.
  package let tokenizer: Tokenizer
  /// The checkpoint's own chat template.
  package let template: ChatTemplate?
  /// Tokens that end an answer, beside those of `config.json`.
  package let ends: [Int32]
  /// Files beside `tokenizer.json` that belong to it.
  private(set) var companions: [(name: String, bytes: [UInt8])] = []
  /// Whether adapters bring files of their own, which are stored with them.
  package private(set) var isOfAdapters = false

  private static let names = [
    "tokenizer_config.json", "chat_template.jinja", "generation_config.json", "special_tokens_map.json",
    "added_tokens.json",
  ]

  /// Reads all of it.
  ///
  /// - Parameter adapters: the folder of the model's adapters, whose files come before the model's.
  package init(_ model: any TextSource, adapters: String? = nil) throws {
    let places: [any TextSource] = (adapters.map { [CheckpointTexts($0)] } ?? []) + [model]
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
      try $0.tokens("eos_token_id", in: files["generation_config.json"]?.name ?? "generation_config.json")
    }
    ends = (generation ?? []) + tokenizer.statedEnds
  }

  /// Of a model from scratch.
  package init(_ tokenizer: Tokenizer) {
    self.tokenizer = tokenizer
    template = nil
    ends = []
  }

  /// Writes the tokenizer and its companions.
  package func write(_ folder: String, template override: String?) throws {
    try File.write(folder + "/tokenizer.json", tokenizer.json)
    for (name, bytes) in companions where override == nil || name != "chat_template.jinja" {
      try File.write(folder + "/" + name, bytes)
    }
    if let override { try File.write(folder + "/chat_template.jinja", Array(override.utf8)) }
  }
}
