internal import PolyaCore

/// A request to the tokenizer, in the form of vLLM.
enum TokenizerTask: Sendable {
  case tokenize(text: String, returnsTexts: Bool)
  case tokenizeChat([Message], returnsTexts: Bool)
  case detokenize([Int32])

  /// Reads the body of `POST /tokenize`.
  init(tokenize fields: RequestFields) throws {
    let returnsTexts = try fields.bool("return_token_strs")
    if fields.value("messages") != nil {
      self = .tokenizeChat(try ChatMessages.read(fields), returnsTexts: returnsTexts)
    } else {
      let text = try fields.required("prompt", fields.string("prompt"))
      self = .tokenize(text: text, returnsTexts: returnsTexts)
    }
    try fields.finish()
  }

  /// Reads the body of `POST /detokenize`.
  init(detokenize fields: RequestFields, _ info: ModelInfo) throws {
    let json = try fields.required("tokens", fields.value("tokens"))
    self = .detokenize(try TokenIDs.read(json, "tokens", fields, info))
    try fields.finish()
  }

  /// Asks the model.
  func answer(_ model: any LanguageModel) throws -> JSON {
    switch self {
    case .tokenize(let text, let returnsTexts):
      return try Self.json(model.encode([text])[0], returnsTexts, model)
    case .tokenizeChat(let messages, let returnsTexts):
      return try Self.json(model.promptTokens(for: [messages])[0], returnsTexts, model)
    case .detokenize(let tokens): return ["prompt": .string(try model.text(of: [tokens])[0])]
    }
  }

  private static func json(_ tokens: [Int32], _ returnsTexts: Bool, _ model: any LanguageModel) throws -> JSON
  {
    let texts = returnsTexts ? try TokenTexts.pieces(of: tokens, model).map { TokenTexts.name($0) } : []
    return [
      "count": JSON(tokens.count),
      "max_model_len": model.info.contextLength.map { JSON($0) } ?? .null,
      "tokens": .array(tokens.map { JSON($0) }),
      "token_strs": returnsTexts ? .array(texts.map { .string($0) }) : .null,
    ]
  }
}
