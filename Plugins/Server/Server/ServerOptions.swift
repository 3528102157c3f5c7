internal import NetworkService
internal import PolyaKit
internal import TransformerTexts

/// What a manifest may say of the servers and the model on them.
struct ServerOptions {
  static let declared: [Option] =
    [
      Option(
        "url", .text, required: true, list: true,
        help: "Base URLs of servers that all serve the model, such as [\"http://127.0.0.1:8000\"]."),
      Option("model", .text, required: true, help: "The model, as the servers call it."),
      Option(
        "folder", .path,
        help:
          "Folder with the model's tokenizer.json and chat template (Hugging Face layout); without it, only text is exchanged."
      ),
      Option("concurrency", .integer(1...4096), default: "64", help: "Requests in flight."),
      Option(
        "timeout", .seconds, default: "300",
        help: "Seconds that one attempt of a request may take; more than 0."),
      Option(
        "flavor",
        .choice([
          (value: "auto", help: "What the first server says of itself."),
          (value: Flavor.openAI.rawValue, help: "Any server with OpenAI's interface: text in, text out."),
          (value: Flavor.vLLM.rawValue, help: "vLLM: token ids in and out, log-probs, scores."),
          (value: Flavor.sgLang.rawValue, help: "SGLang: token ids in and out, log-probs, scores."),
          (
            value: Flavor.llamaCpp.rawValue, help: "The server of llama.cpp: token ids in and out, log-probs."
          ),
        ]), default: "\"auto\"", help: "Which program the servers are."),
      Option(
        "chat-limit",
        .choice([
          (value: "max_tokens", help: "What nearly all servers understand."),
          (value: "max_completion_tokens", help: "What newer models of OpenAI want instead."),
        ]), default: "\"max_tokens\"",
        help: "What the limit on tokens of a conversation's answer is called; without folder only."),
      Option(
        "cache", .path,
        help:
          "A folder that keeps all answers, so that the same requests cost nothing again; name it in the plugin's `writable`, too."
      ),
      Option("price-in", .real(0...1e6), help: "Cost of a million prompt tokens."),
      Option("price-out", .real(0...1e6), help: "Cost of a million completion tokens."),
      Option(
        "budget", .real(0...1e12),
        help: "The cost that a process of this model may cause, in the unit of the prices."),
    ] + ServiceKey.declared + PromptOptions.declared

  let addresses: [ServerAddress]
  let model: String
  let folder: String?
  let key: String?
  let concurrency: Int
  let timeout: Double
  /// nil: what the server says.
  let flavor: Flavor?
  let chatLimit: String
  let cache: String?
  let prices: Prices

  init(_ values: OptionValues) throws {
    addresses = try values.texts("url").map { try ServerAddress($0) }
    guard !addresses.isEmpty, Set(addresses.map(\.root)).count == addresses.count,
      Set(addresses.map(\.prefix)).count == 1
    else {
      throw Failure(
        .badOption, "url must list one address or several different ones of one form, all with /v1 or none")
    }
    guard let model = values.text("model"), !model.isEmpty else {
      throw Failure(.badOption, "model is empty; write the name that the server gives the model")
    }
    self.model = model
    folder = values.text("folder")
    key = try ServiceKey(values)?.value
    concurrency = values.integer("concurrency") ?? 64
    timeout = values.real("timeout") ?? 300
    guard timeout > 0 else {
      throw Failure(.badOption, "timeout is 0; give the seconds that a request may take")
    }
    flavor = values.text("flavor").flatMap { Flavor(rawValue: $0) }
    chatLimit = values.text("chat-limit") ?? "max_tokens"
    cache = values.text("cache")
    prices = try Prices(
      input: values.real("price-in"), output: values.real("price-out"), budget: values.real("budget"))
    guard folder == nil || chatLimit == "max_tokens" else {
      throw Failure(
        .badOption, "chat-limit has no effect with folder, which renders conversations here; omit it")
    }
    if folder == nil {
      for key in PromptOptions.declared.map(\.key) where key != "system" && values[key] != .absent {
        throw Failure(
          .badOption, "\(key) is given without folder, so that the server renders conversations; omit \(key)")
      }
    }
  }
}
