internal import PolyaCore

/// A request for samples, of either endpoint.
struct GenerationTask: Sendable {
  enum Prompts: Sendable, Equatable {
    case texts([String])
    case tokens([[Int32]])
    case chat([Message])

    var count: Int {
      switch self {
      case .texts(let texts): texts.count
      case .tokens(let tokens): tokens.count
      case .chat: 1
      }
    }
  }

  var prompts: Prompts
  /// The samples of each prompt.
  var samples: Int
  /// Its `maxTokens` may be 0, which only asks about the prompt.
  var sampling: Sampling
  var seed: Int64?
  /// The number of most likely tokens to report at each position, 0 or 1; nil: no log-probs at all.
  var alternatives: Int?
  var echoes = false
  var streams = false
  var streamsUsage = false
  var returnsTokens = false

  /// Whether the answer is a chat's.
  var isChat: Bool {
    if case .chat = prompts { true } else { false }
  }

  /// The most samples of all prompts of one request.
  static let mostSamples = 4096

  /// Reads the body of `POST /v1/completions`.
  init(completion fields: RequestFields, _ info: ModelInfo) throws {
    prompts = try Self.prompts(fields, info)
    let maxTokens = try fields.integer("max_tokens", in: 0...SamplingFields.mostTokens) ?? 16
    (samples, sampling, seed) = try SamplingFields.read(fields, maxTokens: maxTokens)
    if let best = try fields.integer("best_of", in: 1...SamplingFields.mostPerPrompt), best != samples {
      throw fields.wrong("best_of", "must be the same as 'n' (\(samples)), not \(best)")
    }
    alternatives = try Self.alternatives(fields, "logprobs")
    echoes = try fields.bool("echo")
    try readForm(fields)
  }

  /// Reads the body of `POST /v1/chat/completions`.
  init(chat fields: RequestFields, _ info: ModelInfo) throws {
    prompts = .chat(try ChatMessages.read(fields))
    let range = 1...SamplingFields.mostTokens
    let (old, new) = (
      try fields.integer("max_tokens", in: range), try fields.integer("max_completion_tokens", in: range)
    )
    if let old, let new, old != new {
      throw fields.wrong("max_completion_tokens", "is \(new), but 'max_tokens' is \(old); leave one out")
    }
    // Samples end with the context.
    let maxTokens = new ?? old ?? min(info.contextLength ?? 4096, SamplingFields.mostTokens)
    (samples, sampling, seed) = try SamplingFields.read(fields, maxTokens: maxTokens)
    let top = try Self.alternatives(fields, "top_logprobs")
    let wants = try fields.bool("logprobs")
    guard wants || top ?? 0 == 0 else {
      throw fields.wrong("top_logprobs", "needs 'logprobs' to be true")
    }
    alternatives = wants ? top ?? 0 : nil
    try readForm(fields)
  }

  /// Reads how the answer is to be sent, and refuses all other fields.
  private mutating func readForm(_ fields: RequestFields) throws {
    guard prompts.count * samples <= Self.mostSamples else {
      throw fields.wrong(
        "n",
        "asks for \(prompts.count * samples) samples; at most \(Self.mostSamples) are possible in a request")
    }
    streams = try fields.bool("stream")
    streamsUsage = fields.value("stream_options")?["include_usage"]?.bool ?? false
    returnsTokens = try fields.bool("return_token_ids")
    try fields.finish()
  }

  private static func alternatives(_ fields: RequestFields, _ key: String) throws -> Int? {
    guard let count = try fields.integer(key, in: 0...Int(Int32.max)) else { return nil }
    guard count <= 1 else {
      throw fields.wrong(
        key, "must be 0 or 1, not \(count): a model plugin gives only the most likely token")
    }
    return count
  }

  private static func prompts(_ fields: RequestFields, _ info: ModelInfo) throws -> Prompts {
    let json = try fields.required("prompt", fields.value("prompt"))
    let form = "must be a string, a list of strings, a list of token ids, or a list of such lists, not empty"
    if let text = json.string { return .texts([text]) }
    guard let items = json.array, let first = items.first else { throw fields.wrong("prompt", form) }
    switch first {
    case .string:
      let texts = items.compactMap(\.string)
      guard texts.count == items.count else { throw fields.wrong("prompt", form) }
      return .texts(texts)
    case .array:
      return .tokens(try items.map { try TokenIDs.read($0, "prompt", fields, info) })
    default: return .tokens([try TokenIDs.read(json, "prompt", fields, info)])
    }
  }
}

/// Reads token ids.
enum TokenIDs {
  static func read(_ json: JSON, _ key: String, _ fields: RequestFields, _ info: ModelInfo) throws -> [Int32]
  {
    let limit = Int64(info.vocabularySize ?? Int(Int32.max))
    guard let items = json.array else {
      throw fields.wrong(key, "must be a list of token ids, not \(json.shown)")
    }
    return try items.map { item in
      guard let id = item.integer, (0..<limit).contains(id) else {
        throw fields.wrong(key, "must be token ids from 0 to \(limit - 1), not \(item.shown)")
      }
      return Int32(id)
    }
  }
}

/// Reads the messages of a chat.
enum ChatMessages {
  static func read(_ fields: RequestFields) throws -> [Message] {
    let messages = try fields.required("messages", fields.objects("messages")).map { message in
      let role = try message.required("role", message.string("role"))
      let content = try message.required("content", content(message))
      try message.finish()
      return Message(role: role, content: content)
    }
    guard let last = messages.last else { throw fields.wrong("messages", "must not be empty") }
    guard last.role != "assistant" else {
      throw fields.wrong("messages", "must not end with a message of the assistant, which is to answer")
    }
    return messages
  }

  /// The text of a message, which may come in parts.
  private static func content(_ message: RequestFields) throws -> String? {
    guard let json = message.value("content"), json.string == nil else {
      return try message.string("content")
    }
    return try message.objects("content")?.map { part in
      let type = try part.required("type", part.string("type"))
      guard type == "text" else { throw part.wrong("type", "must be 'text', not '\(type)'") }
      let text = try part.required("text", part.string("text"))
      try part.finish()
      return text
    }.joined()
  }
}
