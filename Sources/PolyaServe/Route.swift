/// The paths that the server knows.
enum Route: Equatable {
  case health, models, model(String), tokenizerInfo
  case completions, chat, tokenize, detokenize

  private static let modelsPath = "/v1/models"

  init?(_ path: String) {
    switch path {
    case "/health": self = .health
    case Self.modelsPath: self = .models
    case "/tokenizer_info": self = .tokenizerInfo
    case "/v1/completions": self = .completions
    case "/v1/chat/completions": self = .chat
    case "/tokenize": self = .tokenize
    case "/detokenize": self = .detokenize
    default:
      guard path.hasPrefix(Self.modelsPath + "/") else { return nil }
      self = .model(String(path.dropFirst(Self.modelsPath.count + 1)))
    }
  }

  /// The list for those who asked for something else.
  static let list =
    "/v1/models, /v1/completions, /v1/chat/completions, /tokenize, /detokenize, /tokenizer_info, /health"

  /// Whether it is for the model, and not answered from what is known.
  var asksModel: Bool {
    switch self {
    case .completions, .chat, .tokenize, .detokenize: true
    case .health, .models, .model, .tokenizerInfo: false
    }
  }

  /// The only method that it takes.
  var method: String { asksModel ? "POST" : "GET" }
}
