internal import NetworkService
internal import PolyaKit

/// The own interface of llama.cpp's server, `/completion`: token ids in and out. One sample per request.
///
/// Its defaults draw from a cut distribution (temperature 0.8, top-k 40, top-p 0.95, min-p 0.05) and cut before they apply
/// the temperature; `samplers` names what is applied, in our order.
struct LlamaCppDialect: Dialect {
  var path: String { "/completion" }

  func body(_ query: SampleQuery) -> JSON {
    let prompt: JSON =
      switch query.content {
      case .ids(let ids): .ids(ids)
      case .text(let text): .string(text)
      case .messages(let messages): .string(messages.map(\.content).joined())
      }
    var members: [(key: String, value: JSON)] = [
      ("prompt", prompt), ("n_predict", .number(query.maxTokens)),
      ("temperature", .number(query.temperature)),
      ("top_k", .number(query.topK ?? 0)), ("top_p", .number(query.topP)), ("min_p", .number(query.minP)),
      ("samplers", .array(["temperature", "top_k", "top_p", "min_p"].map { .string($0) })),
      ("typical_p", .number(1)), ("top_n_sigma", .number(-1)), ("xtc_probability", .number(0)),
      ("dynatemp_range", .number(0)), ("repeat_penalty", .number(1)), ("presence_penalty", .number(0)),
      ("frequency_penalty", .number(0)), ("dry_multiplier", .number(0)), ("mirostat", .number(0)),
      ("ignore_eos", .bool(false)), ("n_probs", .number(1)), ("post_sampling_probs", .bool(false)),
      ("return_tokens", .bool(true)), ("cache_prompt", .bool(true)), ("stream", .bool(false)),
    ]
    if let seed = query.seed { members.append(("seed", .number(seed))) }
    if !query.stop.isEmpty { members.append(("stop", .array(query.stop.map { .string($0) }))) }
    return .object(members)
  }

  func answer(_ json: JSON, to query: SampleQuery) throws -> WireAnswer {
    guard let text = json["content"]?.string else { throw ServiceFault("the answer has no content") }
    var finish: WireSample.Finish
    switch json["stop_type"]?.string {
    case "eos", "word": finish = .stop
    case "limit": finish = .length
    default: throw ServiceFault("the answer's stop_type is unknown")
    }
    // A full context is a limit, too, and a character of several tokens may exceed n_predict.
    let all = tokens(json)
    let isLong = (all?.count ?? 0) > query.maxTokens
    if isLong || json["truncated"]?.bool == true { finish = .length }
    let usage = json["tokens_evaluated"]?.integer.map {
      Usage(prompt: max(0, $0), completion: max(0, json["tokens_predicted"]?.integer ?? 0))
    }
    let kept = all.map { Array($0.prefix(query.maxTokens)) }
    let (logprobs, isPartial) = try logprobs(json, of: all ?? [])
    let sample = WireSample(
      text: text, tokens: kept, logprobs: logprobs.map { Array($0.prefix(query.maxTokens)) },
      givesSomeLogprobs: isPartial, finish: finish,
      endToken: finish == .stop && json["stop_type"]?.string == "eos" ? kept?.last : nil)
    return WireAnswer(samples: [sample], id: nil, promptTokens: nil, usage: usage)
  }

  /// The server leaves out tokens that end within a character, and some before a stop string.
  ///
  /// - Returns: nil unless all tokens have a log-prob, and whether at least some have.
  private func logprobs(_ json: JSON, of tokens: [Int32]) throws -> (all: [Float]?, isPartial: Bool) {
    let rows = json["completion_probabilities"]?.array ?? []
    guard !rows.isEmpty else { return (nil, false) }
    guard let ids = JSON.array(rows.map { $0["id"] ?? .null }).ids else {
      throw ServiceFault("a log-prob has no token id")
    }
    var rest = ids[...]
    for token in tokens where rest.first == token { rest = rest.dropFirst() }
    guard rest.isEmpty else { throw ServiceFault("the log-probs belong to other tokens") }
    guard ids.count == tokens.count else { return (nil, true) }
    return (rows.compactMap { $0["logprob"]?.double.map { Float($0) } }, false)
  }

  /// An empty list means that the server returns none.
  private func tokens(_ json: JSON) -> [Int32]? {
    if let ids = json["tokens"]?.ids, !ids.isEmpty { return ids }
    guard let rows = json["completion_probabilities"]?.array else { return nil }
    return JSON.array(rows.map { $0["id"] ?? .null }).ids
  }
}
