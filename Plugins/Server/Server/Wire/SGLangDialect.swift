internal import NetworkService
internal import PolyaKit

/// SGLang's own interface, `/generate`: token ids in and out.
struct SGLangDialect: Dialect {
  var path: String { "/generate" }

  func body(_ query: SampleQuery) -> JSON {
    var sampling: [(key: String, value: JSON)] = [
      ("max_new_tokens", .number(query.maxTokens)), ("temperature", .number(query.temperature)),
      ("top_p", .number(query.topP)), ("top_k", .number(query.topK ?? -1)), ("min_p", .number(query.minP)),
      ("n", .number(query.samples)), ("frequency_penalty", .number(0)), ("presence_penalty", .number(0)),
      ("repetition_penalty", .number(1)), ("min_new_tokens", .number(0)), ("ignore_eos", .bool(false)),
      ("skip_special_tokens", .bool(false)), ("spaces_between_special_tokens", .bool(false)),
      ("no_stop_trim", .bool(false)), ("stop_token_ids", .ids(query.ends)),
    ]
    if let seed = query.seed { sampling.append(("sampling_seed", .number(seed))) }
    if !query.stop.isEmpty { sampling.append(("stop", .array(query.stop.map { .string($0) }))) }
    let input: (key: String, value: JSON) =
      switch query.content {
      case .ids(let ids): ("input_ids", .ids(ids))
      case .text(let text): ("text", .string(text))
      case .messages(let messages): ("text", .string(messages.map(\.content).joined()))
      }
    return .object([
      input, ("sampling_params", .object(sampling)), ("return_logprob", .bool(true)),
      ("logprob_start_len", .number(-1)), ("top_logprobs_num", .number(0)), ("stream", .bool(false)),
    ])
  }

  func answer(_ json: JSON, to query: SampleQuery) throws -> WireAnswer {
    let items = json.array ?? [json]
    guard items.count == query.samples else {
      throw ServiceFault("the answer has \(items.count) samples instead of \(query.samples)")
    }
    let samples = try items.map(sample)
    let metas = items.compactMap { $0["meta_info"] }
    let usage = Usage(
      prompt: metas.first?["prompt_tokens"]?.integer ?? 0,
      completion: metas.reduce(0) { $0 + Usage.sane($1["completion_tokens"]?.integer ?? 0) })
    return WireAnswer(samples: samples, id: metas.first?["id"]?.string, promptTokens: nil, usage: usage)
  }

  private func sample(_ item: JSON) throws -> WireSample {
    guard let text = item["text"]?.string, let meta = item["meta_info"] else {
      throw ServiceFault("a sample has no text or no meta_info")
    }
    let reason = meta["finish_reason"]
    if reason?["type"]?.string == "abort" { throw ServiceFault("a sample was aborted by the server") }
    // Each is [log-prob, id, text].
    let pairs = meta["output_token_logprobs"]?.array?.map { $0.array ?? [] }
    let tokens = pairs.flatMap { rows in JSON.array(rows.map { $0.count > 1 ? $0[1] : .null }).ids }
    let logprobs = pairs?.compactMap { $0.first?.double.map { Float($0) } }
    return WireSample(
      text: text, tokens: tokens ?? item["output_ids"]?.ids,
      logprobs: logprobs?.count == pairs?.count ? logprobs : nil,
      finish: try WireSample.Finish(reason?["type"]?.string),
      endToken: reason?["matched"]?.integer.flatMap { Int32(exactly: $0) })
  }
}
