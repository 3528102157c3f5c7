internal import NetworkService
internal import PolyaKit
internal import TransformerTexts

/// What a manifest may say about the model at the server.
struct TinkerOptions: Sendable {
  static let declared: [Option] =
    [
      Option("url", .text, required: true, help: "Base URL of the server, without /api/v1."),
      Option("model", .text, required: true, help: "Name of the base model at the server."),
      Option(
        "folder", .path, required: true,
        help: "Folder with the base model's tokenizer.json, chat template and config.json."),
      Option("lora-rank", .integer(1...4096), default: "32", help: "Rank of the adapters that are trained."),
      Option("concurrency", .integer(1...4096), default: "64", help: "Requests in flight."),
      Option(
        "timeout", .seconds, default: "600",
        help: "Seconds that one request may take, more than 0; servers hold some for 300."),
      Option(
        "export", .bool, default: "false",
        help:
          "Whether each checkpoint also gets its adapters from the server, as adapter.tar.gz in PEFT's layout."
      ),
      Option("price-in", .real(0...1e6), help: "Cost of a million prompt tokens, for polya plan."),
      Option("price-out", .real(0...1e6), help: "Cost of a million sampled tokens, for polya plan."),
      Option("price-train", .real(0...1e6), help: "Cost of a million trained tokens, for polya plan."),
    ] + ServiceKey.declared + PromptOptions.declared

  let url, model, folder: String
  let rank, concurrency: Int
  let timeout: Double
  let exports: Bool
  private let key: ServiceKey?

  init(_ values: OptionValues) throws {
    var url = values.text("url") ?? ""
    while url.hasSuffix("/") { url.removeLast() }
    guard !url.contains("@") else {
      throw Failure(.badOption, "url must have no user or password; give the key by key-env or key-file")
    }
    self.url = url
    model = values.text("model") ?? ""
    folder = values.text("folder") ?? ""
    rank = values.integer("lora-rank") ?? 32
    concurrency = values.integer("concurrency") ?? 64
    timeout = values.real("timeout") ?? 600
    guard timeout > 0 else {
      throw Failure(.badOption, "timeout is 0; give the seconds that a request may take")
    }
    exports = values.bool("export") ?? false
    key = try ServiceKey(values)
  }

  /// What shows the server who asks.
  var headers: [(name: String, value: String)] { key.map { [(name: "X-API-Key", value: $0.value)] } ?? [] }

  /// - Parameters:
  ///   - limit: Seconds that one request may take; by default the option's.
  ///   - attempts: Of a request that fails.
  func service(timeout limit: Double? = nil, attempts: Int = 6) throws -> TinkerService {
    try TinkerService(
      url, headers: headers,
      secrets: key.map { [$0.value] } ?? [], concurrency: concurrency, timeout: limit ?? timeout,
      attempts: attempts)
  }
}
