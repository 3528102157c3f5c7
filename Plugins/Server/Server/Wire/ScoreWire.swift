internal import NetworkService
internal import PolyaKit

/// How a server is asked for the log-probs of given tokens, at temperature 1.
struct ScoreWire {
  let flavor: Flavor
  let path: String

  /// nil for a server that has no such thing.
  init?(_ flavor: Flavor, prefix: String) {
    self.flavor = flavor
    switch flavor {
    case .vLLM: path = prefix + "/completions"
    case .sgLang: path = "/generate"
    case .openAI, .llamaCpp: return nil
    }
  }

  func body(_ sequence: TokenSequence, model: String) -> JSON {
    if flavor == .vLLM {
      return .object([
        ("model", .string(model)), ("prompt", .ids(sequence.tokens)), ("max_tokens", .number(1)),
        ("temperature", .number(0)), ("top_p", .number(1)), ("top_k", .number(-1)), ("min_p", .number(0)),
        ("repetition_penalty", .number(1)), ("presence_penalty", .number(0)),
        ("frequency_penalty", .number(0)),
        ("n", .number(1)), ("prompt_logprobs", .number(0)), ("return_token_ids", .bool(true)),
        ("stream", .bool(false)),
      ])
    }
    let sampling: JSON = .object([("max_new_tokens", .number(1)), ("temperature", .number(0))])
    return .object([
      ("input_ids", .ids(sequence.tokens)), ("sampling_params", sampling), ("return_logprob", .bool(true)),
      ("logprob_start_len", .number(sequence.from - 1)), ("top_logprobs_num", .number(0)),
      ("stream", .bool(false)),
    ])
  }

  /// - Throws: ``ServiceFault`` for an answer that does not belong to this sequence.
  func logprobs(_ json: JSON, of sequence: TokenSequence) throws -> [Float] {
    let tail = sequence.tokens[sequence.from...]
    return try flavor == .vLLM ? prompt(json, sequence, tail) : input(json, tail)
  }

  /// A list with one object per token of the prompt, from its id to its log-prob; of the first token, null.
  private func prompt(_ json: JSON, _ sequence: TokenSequence, _ tail: ArraySlice<Int32>) throws -> [Float] {
    guard let choice = json["choices"]?.array?.first,
      let rows = (choice["prompt_logprobs"] ?? json["prompt_logprobs"])?.array
    else { throw ServiceFault("the answer has no prompt_logprobs") }
    if let given = choice["prompt_token_ids"]?.ids, given != sequence.tokens {
      throw ServiceFault("the answer belongs to another prompt")
    }
    guard rows.count == sequence.tokens.count else {
      throw ServiceFault(
        "the answer has log-probs of \(rows.count) tokens instead of \(sequence.tokens.count)")
    }
    return try tail.indices.map { index in
      guard let value = rows[index]["\(tail[index])"]?["logprob"]?.double else {
        throw ServiceFault("the answer has no log-prob of token \(tail[index])")
      }
      return Float(value)
    }
  }

  /// A list of [log-prob, id, text] from `logprob_start_len` on; of the first token, the log-prob is null.
  private func input(_ json: JSON, _ tail: ArraySlice<Int32>) throws -> [Float] {
    guard let rows = json["meta_info"]?["input_token_logprobs"]?.array, rows.count >= tail.count else {
      throw ServiceFault("the answer has too few input_token_logprobs")
    }
    return try zip(rows.suffix(tail.count), tail).map { row, token in
      guard let pair = row.array, pair.count >= 2, pair[1].integer == Int(token), let value = pair[0].double
      else {
        throw ServiceFault("the answer belongs to another prompt")
      }
      return Float(value)
    }
  }
}
