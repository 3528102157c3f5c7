internal import PolyaCore

/// Answers of `POST /v1/chat/completions`.
struct ChatAnswer {
  let head: AnswerHead
  let task: GenerationTask
  let usage: Usage

  func whole(_ choices: [Choice]) -> JSON {
    var rest: JSON.Members = [
      "choices": .array(
        choices.map { choice in
          var json: JSON.Members = [
            "index": JSON(choice.index),
            "message": [
              "role": "assistant", "content": .string(String(decoding: choice.text, as: UTF8.self)),
              "refusal": .null,
            ],
            "logprobs": logprobs(choice.tokens[...]), "finish_reason": choice.finish,
          ]
          if task.returnsTokens { json["token_ids"] = .tokens(choice.completion.tokens) }
          return .object(json)
        }),
      "usage": usage.json,
    ]
    if task.returnsTokens { rest["prompt_token_ids"] = .tokens(choices.first?.prompt ?? []) }
    return head.json("chatcmpl", "chat.completion", rest)
  }

  func events(_ choices: [Choice]) -> [JSON] {
    var events: [JSON] = []
    func add(_ choice: Choice, _ delta: JSON, _ pieces: Range<Int>? = nil, finish: JSON = .null) {
      var json: JSON.Members = [
        "index": JSON(choice.index), "delta": delta,
        "logprobs": pieces.map { logprobs(choice.tokens[$0]) } ?? .null, "finish_reason": finish,
      ]
      if task.returnsTokens, let pieces { json["token_ids"] = .tokens(choice.sampled(pieces)) }
      var members: JSON.Members = ["choices": [.object(json)]]
      if task.returnsTokens, delta["role"] != nil { members["prompt_token_ids"] = .tokens(choice.prompt) }
      events.append(head.json("chatcmpl", "chat.completion.chunk", members))
    }
    for choice in choices {
      add(choice, ["role": "assistant", "content": ""])
      for piece in choice.pieces { add(choice, ["content": .string(piece.text)], piece.tokens) }
      add(choice, [:], finish: choice.finish)
    }
    if task.streamsUsage {
      events.append(
        head.json("chatcmpl", "chat.completion.chunk", ["choices": [], "usage": usage.json]))
    }
    return events
  }

  private func logprobs(_ tokens: ArraySlice<Choice.Token>) -> JSON {
    guard let alternatives = task.alternatives else { return .null }
    return [
      "content": .array(
        tokens.map { token in
          var json = Self.json(token.bytes, token.logprob)
          let top = token.likelier.map { Self.json($0.bytes, $0.logprob) } ?? json
          json["top_logprobs"] = alternatives == 0 ? [] : [.object(top)]
          return .object(json)
        }),
      "refusal": .null,
    ]
  }

  private static func json(_ bytes: [UInt8], _ logprob: Float?) -> JSON.Members {
    [
      "token": .string(String(decoding: bytes, as: UTF8.self)), "logprob": .logprob(logprob),
      "bytes": .array(bytes.map { JSON($0) }),
    ]
  }
}
