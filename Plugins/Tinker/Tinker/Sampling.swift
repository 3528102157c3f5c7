internal import PolyaKit

/// One sample as the server gave it.
struct DrawnSample {
  var tokens: [Int32]
  var logprobs: [Float]
  var isStopped: Bool
}

extension TinkerModel {
  /// All samples of all prompts, prompt by prompt.
  ///
  /// - Parameter ends: Tokens that end a sample of a prompt without stop strings; the protocol takes one or the other.
  func draw(
    _ prompts: [Prompt], ends: [Int32], _ weights: [(key: String, value: JSON)], _ stop: () -> Bool
  ) throws -> [[DrawnSample]] {
    let operations = prompts.map { prompt in
      let stops =
        prompt.stop.isEmpty ? ends.map { JSON.number("\($0)") } : prompt.stop.map { JSON.string($0) }
      let parameters: [(key: String, value: JSON)] = [
        ("max_tokens", Wire.number(prompt.maxTokens)), ("seed", Wire.number(Int(prompt.seed % (1 << 31)))),
        ("temperature", Wire.number(prompt.temperature)), ("top_k", Wire.number(prompt.topK ?? -1)),
        ("top_p", Wire.number(prompt.topP)), ("stop", .array(stops)),
      ]
      return TinkerService.Operation(
        path: "asample",
        body: .object(
          [
            ("prompt", Wire.input(prompt.tokens[...])), ("num_samples", Wire.number(prompt.samples)),
            ("sampling_params", .object(parameters)), ("type", .string("sample")),
          ] + weights), isRepeatable: true)
    }
    let answers = try session.service.results(of: operations, stop)
    return try zip(answers, prompts).map { answer, prompt in
      let sequences = answer["sequences"]?.array ?? []
      guard sequences.count == prompt.samples else {
        throw Failure(
          .unavailable, "the server gave \(sequences.count) samples of a prompt that wants \(prompt.samples)")
      }
      return try sequences.map(Self.sample)
    }
  }

  private static func sample(_ json: JSON) throws -> DrawnSample {
    let tokens = try (json["tokens"]?.array ?? []).map { token -> Int32 in
      guard let id = token.integer.flatMap({ Int32(exactly: $0) }), id >= 0 else {
        throw Failure(.unavailable, "a sample of the server has \(token.compact) for a token id")
      }
      return id
    }
    let logprobs = try Wire.values(json["logprobs"], "log-probs of a sample")
    guard logprobs.count == tokens.count, let reason = json["stop_reason"]?.string else {
      throw Failure(
        .unavailable,
        "a sample of the server has \(tokens.count) tokens, \(logprobs.count) log-probs, and "
          + (json["stop_reason"] == nil ? "no stop_reason" : "a stop_reason"))
    }
    return DrawnSample(tokens: tokens, logprobs: logprobs, isStopped: reason == "stop")
  }

  /// Log-probs of a prompt's tokens after the first one, where samples come from; nil if the server gives none.
  func promptLogprobs(_ tokens: [Int32], _ weights: [(key: String, value: JSON)], _ stop: () -> Bool) throws
    -> [Float]?
  {
    let answer = try session.service.result(
      of: "asample",
      [
        ("prompt", Wire.input(tokens[...])), ("num_samples", Wire.number(1)),
        (
          "sampling_params",
          .object([
            ("max_tokens", Wire.number(1)), ("seed", Wire.number(0)), ("temperature", Wire.number(1.0)),
          ])
        ), ("prompt_logprobs", .bool(true)), ("type", .string("sample")),
      ] + weights, isRepeatable: true, stop)
    // The first token has none, or null.
    let values = (answer["prompt_logprobs"]?.array ?? []).suffix(tokens.count - 1)
    guard values.count == tokens.count - 1, !tokens.isEmpty else { return nil }
    return try Wire.values(.array(Array(values)), "prompt_logprobs")
  }
}
