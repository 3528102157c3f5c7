internal import NetworkService
internal import PolyaKit

/// OpenAI's interface for completions of a text or of token ids, and for the next message of a conversation, with what
/// vLLM adds to both.
struct OpenAIDialect: Dialect {
  /// Whether the assistant's next message is asked for, rather than a continuation.
  var isChat: Bool
  /// What the server knows beside OpenAI's parameters.
  var flavor: Flavor
  var prefix: String

  var path: String { prefix + (isChat ? "/chat/completions" : "/completions") }

  func body(_ query: SampleQuery) -> JSON {
    var members: [(key: String, value: JSON)] = [("model", .string(query.model))]
    switch query.content {
    case .ids(let ids): members.append(("prompt", .ids(ids)))
    case .text(let text): members.append(("prompt", .string(text)))
    case .messages(let messages):
      let list = messages.map { message -> JSON in
        .object([("role", .string(message.role)), ("content", .string(message.content))])
      }
      members.append(("messages", .array(list)))
    }
    members += [
      (isChat ? query.chatLimit : "max_tokens", .number(query.maxTokens)),
      ("temperature", .number(query.temperature)),
      ("top_p", .number(query.topP)), ("n", .number(query.samples)),
      ("presence_penalty", .number(0)), ("frequency_penalty", .number(0)), ("stream", .bool(false)),
    ]
    if let seed = query.seed { members.append(("seed", .number(seed))) }
    if !query.stop.isEmpty { members.append(("stop", .array(query.stop.map { .string($0) }))) }
    return .object(members + extensions(query))
  }

  /// A server without extensions gets those that a prompt needs, and refuses them rather than ignoring what was asked.
  private func extensions(_ query: SampleQuery) -> [(key: String, value: JSON)] {
    guard flavor != .openAI else {
      return (query.topK.map { [("top_k", .number($0))] } ?? [])
        + (query.minP > 0 ? [("min_p", .number(query.minP))] : [])
    }
    let cutting: [(key: String, value: JSON)] = [
      ("top_k", .number(query.topK ?? -1)), ("min_p", .number(query.minP)),
      ("repetition_penalty", .number(1)),
    ]
    guard flavor == .vLLM else { return cutting }
    var members =
      cutting + [
        ("min_tokens", .number(0)), ("ignore_eos", .bool(false)), ("stop_token_ids", .ids(query.ends)),
        ("include_stop_str_in_output", .bool(false)), ("watermarking", .bool(false)),
      ]
    guard !isChat else { return members }
    members += [("add_special_tokens", .bool(true))]
    if case .ids = query.content {
      members += [
        ("logprobs", .number(0)), ("return_token_ids", .bool(true)),
        ("return_tokens_as_token_ids", .bool(true)),
        ("skip_special_tokens", .bool(false)), ("spaces_between_special_tokens", .bool(false)),
      ]
    }
    return members
  }

  func answer(_ json: JSON, to query: SampleQuery) throws -> WireAnswer {
    guard let choices = json["choices"]?.array else { throw ServiceFault("the answer has no choices") }
    guard choices.count == query.samples else {
      throw ServiceFault("the answer has \(choices.count) choices instead of \(query.samples)")
    }
    var samples: [WireSample?] = Array(repeating: nil, count: query.samples)
    for choice in choices {
      guard let index = choice["index"]?.integer ?? (query.samples == 1 ? 0 : nil),
        samples.indices.contains(index),
        samples[index] == nil
      else { throw ServiceFault("the answer's choices are not numbered from 0") }
      samples[index] = try sample(choice)
    }
    return WireAnswer(
      samples: samples.compactMap { $0 }, id: json["id"]?.string,
      promptTokens: choices.first?["prompt_token_ids"]?.ids, usage: Usage(json["usage"]))
  }

  private func sample(_ choice: JSON) throws -> WireSample {
    let text: String
    if isChat {
      guard let message = choice["message"] else { throw ServiceFault("a choice has no message") }
      text = message["content"]?.string ?? ""
    } else {
      guard let given = choice["text"]?.string else { throw ServiceFault("a choice has no text") }
      text = given
    }
    let logprobs = choice["logprobs"]
    let tokens = choice["token_ids"]?.ids ?? logprobs?["tokens"]?.array.flatMap(Self.namedIDs)
    return WireSample(
      text: text, tokens: tokens, logprobs: logprobs?["token_logprobs"]?.array.flatMap(Self.floats),
      finish: try WireSample.Finish(choice["finish_reason"]?.string),
      endToken: choice["stop_reason"]?.integer.flatMap { Int32(exactly: $0) })
  }

  /// Tokens that are written as "token_id:7".
  private static func namedIDs(_ names: [JSON]) -> [Int32]? {
    let ids = names.compactMap { name -> Int32? in
      guard let text = name.string, text.hasPrefix("token_id:") else { return nil }
      return Int32(text.dropFirst(9))
    }
    return ids.count == names.count ? ids : nil
  }

  private static func floats(_ values: [JSON]) -> [Float]? {
    let floats = values.compactMap { $0.double.map { Float($0) } }
    return floats.count == values.count ? floats : nil
  }
}

extension WireSample.Finish {
  init(_ reason: String?) throws {
    switch reason {
    case "stop", "eos", "stop_sequence": self = .stop
    case "length": self = .length
    case "content_filter": self = .filtered
    default:
      throw ServiceFault("a sample ended for the reason \(JSON.quoted(reason ?? "null")), which is unknown")
    }
  }
}

extension Usage {
  init?(_ json: JSON?) {
    guard let prompt = json?["prompt_tokens"]?.integer, prompt >= 0 else { return nil }
    self.init(prompt: prompt, completion: max(0, json?["completion_tokens"]?.integer ?? 0))
  }
}
