package import PolyaKit
internal import TransformerFiles

extension TokenizerSettings {
  /// Reads the content of a `tokenizer_config.json`.
  package init(json: [UInt8], name: String) throws {
    try self.init(configuration: try JSON(parsing: json, name: name), map: nil, added: nil)
  }

  /// Reads the files beside a `tokenizer.json`, as far as there are any.
  ///
  /// - Parameter folder: its path with a slash at the end, or nothing.
  init(beside folder: String) throws {
    func json(_ name: String) throws -> JSON? {
      let path = folder + name
      return File.exists(path) ? try JSON(parsing: File.bytes(path), name: path) : nil
    }
    try self.init(
      configuration: try json("tokenizer_config.json"), map: try json("special_tokens_map.json"),
      added: try json("added_tokens.json"))
  }

  /// From `tokenizer_config.json`, `special_tokens_map.json` and `added_tokens.json`, as far as there are any.
  package init(configuration: JSON?, map: JSON?, added: JSON?) throws {
    self.init()
    let files = SettingsFiles(configuration: configuration, map: map, added: added)
    addsBos = files.configuration?["add_bos_token"]?.bool
    addsEos = files.configuration?["add_eos_token"]?.bool
    splitsSpecials = files.configuration?["split_special_tokens"]?.bool ?? false
    declared = try files.tokens()
  }
}

/// What transformers 5 reads beside a `tokenizer.json`. `special_tokens_map.json` and `added_tokens.json` count only in
/// folders without an `added_tokens_decoder`.
private struct SettingsFiles {
  var configuration: JSON?
  var map: JSON?
  var added: JSON?

  private static let config = "tokenizer_config.json"
  private static let map = "special_tokens_map.json"

  func tokens() throws -> DeclaredTokens {
    var tokens = DeclaredTokens()
    tokens.decoder = try configuration?["added_tokens_decoder"].map(decoder)
    // The first that has something counts.
    var extra = configuration?["extra_special_tokens"]
    var hasExtra = extra != nil
    if isEmpty(extra), let additional = configuration?["additional_special_tokens"] {
      (extra, hasExtra) = (additional, true)
    }
    if case .object? = extra { hasExtra = false }
    try addNamed(configuration, Self.config, to: &tokens)
    try add(extra, Self.config, to: &tokens)
    guard tokens.decoder == nil else { return tokens }
    try addNamed(map, Self.map, to: &tokens)
    if let more = map?["extra_special_tokens"] {
      if case .object = more { tokens.extras = [] }
      try add(more, Self.map, to: &tokens)
      hasExtra = true
    }
    // Not yet with the map's additional tokens: transformers lists tokens before it looks at these.
    try list(to: &tokens)
    if !hasExtra { try add(map?["additional_special_tokens"], Self.map, to: &tokens) }
    return tokens
  }

  private func isEmpty(_ json: JSON?) -> Bool {
    (json?.array?.isEmpty ?? json?.members?.isEmpty) ?? (json == nil)
  }

  private func decoder(_ json: JSON) throws -> [DeclaredToken] {
    let source = "added_tokens_decoder of \(Self.config)"
    guard let members = json.members else {
      throw TransformerError(.corrupt, "\(source) is not an object")
    }
    return try members.map { key, value in
      var token = try DeclaredToken(value, isSpecial: false, source: source)
      token.id = try id(Int(key), key, source)
      return token
    }.sorted { ($0.id ?? 0) < ($1.id ?? 0) }
  }

  private func list(to tokens: inout DeclaredTokens) throws {
    guard let added else { return }
    let source = "added_tokens.json"
    guard let members = added.members else {
      throw TransformerError(.corrupt, "\(source) is not an object of tokens and their ids")
    }
    let special = Set(
      tokens.named.filter { DeclaredTokens.isUsual($0.key) }.map(\.token.content)
        + tokens.extras.map(\.content))
    tokens.listed = try members.map { content, value in
      var token = DeclaredToken(content, isSpecial: special.contains(content))
      token.isNormalized = !token.isSpecial
      token.id = try id(value.integer, content, source)
      token.source = source
      return token
    }.sorted { ($0.id ?? 0) < ($1.id ?? 0) }
  }

  private func id(_ number: Int?, _ what: String, _ source: String) throws -> Int32 {
    guard let id = number.flatMap({ Int32(exactly: $0) }), Vocabulary.validIDs.contains(id) else {
      throw TransformerError(.corrupt, "\(source) has no valid id for \(JSON.quoted(what))")
    }
    return id
  }

  /// A list of tokens, or an object of tokens with names of their own.
  private func add(_ json: JSON?, _ file: String, to tokens: inout DeclaredTokens) throws {
    guard let json else { return }
    if let members = json.members {
      for (key, value) in members {
        let token = try DeclaredToken(value, isSpecial: true, source: "\(key) of \(file)")
        tokens.set(key, token, isLate: true)
      }
      return
    }
    guard let items = json.array else {
      throw TransformerError(
        .corrupt, "the special tokens of \(file) are neither a list nor an object of tokens")
    }
    for item in items {
      tokens.extras.append(
        try DeclaredToken(item, isSpecial: true, source: "the special tokens of \(file)"))
    }
  }

  /// `bos_token` and whatever else is called so.
  private func addNamed(_ json: JSON?, _ file: String, to tokens: inout DeclaredTokens) throws {
    for (key, value) in json?.members ?? [] {
      let isUsual = DeclaredTokens.isUsual(key)
      guard isUsual || (key.hasSuffix("_token") && (value.string ?? value["content"]?.string) != nil) else {
        continue
      }
      if value == .null {
        tokens[key] = nil
        continue
      }
      let token = try DeclaredToken(value, isSpecial: true, source: "\(key) of \(file)")
      let isLate = !isUsual && value.string != nil && file == Self.config
      tokens.set(key, token.content.isEmpty ? nil : token, isLate: isLate)
    }
  }
}
