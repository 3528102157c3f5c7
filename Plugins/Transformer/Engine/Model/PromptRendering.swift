internal import TransformerChatTemplate
internal import TransformerFiles
internal import TransformerTokenizer

/// Turns conversations into the token ids that a model wants to see: by its chat template, or, of a model without one,
/// the contents one after the other behind what its tokenizer puts before a text.
struct PromptRendering {
  let template: ChatTemplate?
  private let bos, eos: String

  /// - Parameters:
  ///   - bos, eos: texts of the special tokens, which templates may print.
  /// - Throws: when a rendered prompt begins with two bos tokens.
  init(_ template: ChatTemplate?, tokenizer: Tokenizer) throws {
    self.template = template
    func text(_ id: Int32?) -> String {
      id.map { String(decoding: tokenizer.pieces[$0], as: UTF8.self) } ?? ""
    }
    bos = text(tokenizer.bos)
    eos = text(tokenizer.eos)
    guard let template, let first = tokenizer.bos else { return }
    let ids = try tokens([(role: "user", content: "x")], tokenizer)
    guard !ids.starts(with: [first, first]) else {
      throw TransformerError(
        .unsupported,
        "the chat template \(template.name) puts \(bos) twice before a prompt; remove one of them")
    }
  }

  /// Token ids of a prompt that the assistant is to answer.
  func tokens(_ messages: [(role: String, content: String)], _ tokenizer: Tokenizer) throws -> [Int32] {
    guard let template else {
      return tokenizer.prefix + tokenizer.encode(messages.map(\.content).joined())
    }
    // As in transformers, the template alone says which special tokens there are.
    return tokenizer.encode(
      try template.render(messages: messages, bos: bos, eos: eos, addGenerationPrompt: true))
  }
}
