internal import PolyaKit

/// Answers what the code asks of the models that the option `models` names.
struct PythonModels {
  let call: Call

  /// What travels back: `given`, or an `error`, which is an exception there.
  func answer(_ ask: Value) -> Value {
    do { return .map(["given": try given(ask)]) } catch {
      return .map(["error": .text((error as? Failure)?.message ?? "\(error)")])
    }
  }

  private func given(_ ask: Value) throws -> Value {
    let model = try call.model(ask["model"].text ?? "")
    switch ask["function"].text {
    case "encode": return Self.ids(try model.encode(ask["texts"].texts))
    case "render": return Self.ids(try model.promptTokens(try (ask["chats"].list ?? []).map(Self.chat)))
    case "generate": return try generate(ask, model)
    case "score": return try score(ask, model)
    case let other: throw Failure(.unsupported, "models have no function '\(other ?? "")'")
    }
  }

  private func generate(_ ask: Value, _ model: BoundModel) throws -> Value {
    let seed = UInt64(bitPattern: ask["seed"].integer ?? 0)
    let prompts = try (ask["prompts"].list ?? []).enumerated().map { index, tokens in
      Prompt(
        id: UInt64(index), seed: seed, tokens: try Self.tokens(tokens),
        samples: Int(ask["samples"].integer ?? 1), maxTokens: Int(ask["max_tokens"].integer ?? 0),
        temperature: ask["temperature"].real ?? 1,
        topK: ask["top_k"].integer.flatMap { $0 > 0 ? Int($0) : nil },
        topP: ask["top_p"].real ?? 1, stop: ask["stop"].texts)
    }
    return .list(
      try model.generate(prompts).map { sample in
        .map([
          "text": .text(String(decoding: sample.text, as: UTF8.self)), "tokens": Self.list(sample.tokens),
          "logprobs": .list(sample.logprobs.map { .real(Double($0)) }),
          "finish": .text(sample.finish == .stop ? "stop" : sample.finish == .length ? "length" : "other"),
        ])
      })
  }

  private func score(_ ask: Value, _ model: BoundModel) throws -> Value {
    let temperature = ask["temperature"].real ?? 1
    let sequences = try (ask["sequences"].list ?? []).map { pair in
      TokenSequence(
        tokens: try Self.tokens(pair["tokens"]), from: Int(pair["from"].integer ?? 0),
        temperature: temperature)
    }
    return .list(try model.score(sequences).map { .list($0.logprobs.map { .real(Double($0)) }) })
  }

  private static func chat(_ value: Value) throws -> [Message] {
    try (value.list ?? []).map { message in
      guard let role = message["role"].text, let content = message["content"].text else {
        throw Failure(.badArgument, "a message must have the strings 'role' and 'content'")
      }
      return Message(role, content)
    }
  }

  private static func tokens(_ value: Value) throws -> [Int32] {
    let ids = (value.list ?? []).compactMap { $0.integer.flatMap { Int32(exactly: $0) } }
    guard let count = value.list?.count, count == ids.count else {
      throw Failure(.badArgument, "token ids must be a list of integers")
    }
    return ids
  }

  private static func list(_ ids: [Int32]) -> Value { .list(ids.map { .integer(Int64($0)) }) }

  private static func ids(_ texts: [[Int32]]) -> Value { .list(texts.map(list)) }
}
