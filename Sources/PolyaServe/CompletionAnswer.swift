internal import PolyaCore

/// What all answers to one request have in common.
struct AnswerHead {
  /// The request's number in this server, from 1.
  let number: UInt64
  /// What clients call the model.
  let model: String
  /// When the request arrived, in seconds since 1970.
  let created: Int

  func json(_ prefix: String, _ object: String, _ rest: JSON.Members) -> JSON {
    var members: JSON.Members = [
      "id": .string("\(prefix)-\(number)"), "object": .string(object), "created": JSON(created),
      "model": .string(model),
    ]
    for (key, value) in rest { members[key] = value }
    return .object(members)
  }
}

/// The numbers of tokens that a request took.
struct Usage {
  var prompt = 0
  var completion = 0

  init(_ prompts: [[Int32]], _ choices: [Choice]) {
    prompt = prompts.reduce(0) { $0 + $1.count }
    completion = choices.reduce(0) { $0 + $1.completion.tokens.count }
  }

  var json: JSON {
    [
      "prompt_tokens": JSON(prompt), "completion_tokens": JSON(completion),
      "total_tokens": JSON(prompt + completion),
    ]
  }
}

/// Answers of `POST /v1/completions`.
struct CompletionAnswer {
  let head: AnswerHead
  let task: GenerationTask
  let usage: Usage

  func whole(_ choices: [Choice]) -> JSON {
    head.json(
      "cmpl", "text_completion",
      [
        "choices": .array(
          choices.map { choice in
            var json = self.choice(
              choice, String(decoding: choice.text, as: UTF8.self), choice.tokens.indices,
              finish: choice.finish)
            if task.returnsTokens {
              json["prompt_token_ids"] = .tokens(choice.prompt)
              json["token_ids"] = .tokens(choice.completion.tokens)
            }
            return .object(json)
          }),
        "usage": usage.json,
      ])
  }

  func events(_ choices: [Choice]) -> [JSON] {
    var events: [JSON] = []
    for choice in choices {
      // The end has an event of its own, as there may be no token to send it with.
      let pieces = choice.pieces + [(tokens: 0..<0, text: "")]
      for (index, piece) in pieces.enumerated() {
        let isLast = index == pieces.count - 1
        var json = self.choice(choice, piece.text, piece.tokens, finish: isLast ? choice.finish : .null)
        if task.returnsTokens {
          if index == 0 { json["prompt_token_ids"] = .tokens(choice.prompt) }
          json["token_ids"] = .tokens(choice.sampled(piece.tokens))
        }
        events.append(head.json("cmpl", "text_completion", ["choices": [.object(json)]]))
      }
    }
    if task.streamsUsage {
      events.append(head.json("cmpl", "text_completion", ["choices": [], "usage": usage.json]))
    }
    return events
  }

  private func choice(_ choice: Choice, _ text: String, _ tokens: Range<Int>, finish: JSON) -> JSON.Members {
    [
      "index": JSON(choice.index), "text": .string(text),
      "logprobs": task.alternatives == nil || (tokens.isEmpty && task.streams)
        ? .null : logprobs(choice, tokens),
      "finish_reason": finish,
    ]
  }

  /// OpenAI's lists, one element per token. Offsets count code points of the answer's text.
  private func logprobs(_ choice: Choice, _ range: Range<Int>) -> JSON {
    // A token that begins within a code point counts as beginning with it.
    let ends =
      choice.text.isEmpty ? [] : Array(TokenTexts.codePoints(choice.text).dropFirst()) + [choice.text.count]
    var (offsets, next): ([JSON], Int) = ([], 0)
    for token in choice.tokens {
      while next < ends.count, ends[next] <= token.start { next += 1 }
      offsets.append(JSON(next))
    }
    let tokens = choice.tokens[range]
    return [
      "tokens": .array(tokens.map { .string(TokenTexts.name($0.bytes)) }),
      "token_logprobs": .array(tokens.map { .logprob($0.logprob) }),
      "top_logprobs": .array(tokens.map { top($0) }),
      "text_offset": .array(Array(offsets[range])),
    ]
  }

  private func top(_ token: Choice.Token) -> JSON {
    guard token.logprob != nil else { return .null }
    var members: JSON.Members = [TokenTexts.name(token.bytes): .logprob(token.logprob)]
    if let other = token.likelier { members[TokenTexts.name(other.bytes)] = .logprob(other.logprob) }
    return .object(members)
  }
}

extension Choice {
  /// The ids of the sampled ones among the shown tokens.
  func sampled(_ range: Range<Int>) -> [Int32] {
    let echoed = tokens.count - completion.tokens.count
    return range.filter { $0 >= echoed }.map { tokens[$0].id }
  }
}

extension JSON {
  static func tokens(_ ids: [Int32]) -> JSON { .array(ids.map { JSON($0) }) }

  /// The same number as `polya model score` writes.
  static func logprob(_ value: Float?) -> JSON { value.map { JSON(Double($0)) } ?? .null }
}
