internal import PolyaKit

/// Which interface a server is spoken to in.
enum Dialects {
  /// Token ids in and out.
  static func ofIDs(_ flavor: Flavor, prefix: String) -> any Dialect {
    switch flavor {
    case .openAI, .vLLM: OpenAIDialect(isChat: false, flavor: flavor, prefix: prefix)
    case .sgLang: SGLangDialect()
    case .llamaCpp: LlamaCppDialect()
    }
  }

  /// What fits a prompt: conversations go where servers render them.
  static func of(_ content: SampleQuery.Content, _ flavor: Flavor, prefix: String) -> any Dialect {
    switch content {
    case .ids: ofIDs(flavor, prefix: prefix)
    case .text: OpenAIDialect(isChat: false, flavor: flavor, prefix: prefix)
    case .messages: OpenAIDialect(isChat: true, flavor: flavor, prefix: prefix)
    }
  }
}
