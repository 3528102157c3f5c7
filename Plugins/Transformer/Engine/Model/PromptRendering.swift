package import TransformerChatTemplate
internal import TransformerFiles
internal import TransformerTokenizer

/// How conversations become prompts: the template, and what it gets beside the conversation.
package struct PromptStyle: Sendable {
  /// Renders conversations instead of the model's own template; nil: the model's own.
  package var template: ChatTemplate?
  /// What templates get beside the conversation.
  package var settings: TemplateSettings

  /// Creates a style that is the model's own.
  package init(template: ChatTemplate? = nil, settings: TemplateSettings = TemplateSettings()) {
    self.template = template
    self.settings = settings
  }
}

/// Turns conversations into the token ids that a model wants to see: by its chat template, or, of a model without one,
/// the contents one after the other behind what its tokenizer puts before a text.
struct PromptRendering {
  let template: ChatTemplate?
  /// The token with which the assistant ends its turn, as the template prints it; nil without a template, or when it
  /// prints none.
  private(set) var turnEnd: Int32?
  /// Whether the template takes messages of the assistant.
  private var rendersTurns = false
  private let settings: TemplateSettings
  private let bos, eos: String

  /// - Parameter template: The model's own.
  /// - Throws: when a rendered prompt begins with two bos tokens.
  init(_ style: PromptStyle, own template: ChatTemplate?, tokenizer: Tokenizer) throws {
    self.template = style.template ?? template
    settings = style.settings
    func text(_ id: Int32?) -> String {
      id.map { String(decoding: tokenizer.pieces[$0], as: UTF8.self) } ?? ""
    }
    bos = text(tokenizer.bos)
    eos = text(tokenizer.eos)
    guard let template = self.template else { return }
    if let rest = try afterTurn() {
      rendersTurns = true
      turnEnd = tokenizer.encode(rest).first { tokenizer.isSpecial($0) }
    }
    guard let first = tokenizer.bos else { return }
    let ids = try prompt([(role: "user", content: "x")], tokenizer)
    guard !ids.starts(with: [first, first]) else {
      throw TransformerError(
        .unsupported,
        "the chat template \(template.name) puts \(bos) twice before a prompt; remove one of them")
    }
  }

  /// Token ids of a prompt that the assistant is to answer, or of a conversation that ends with its turn.
  ///
  /// - Parameter end: Ends a turn where no template says how.
  func tokens(
    _ messages: [(role: String, content: String)], _ tokenizer: Tokenizer, end: Int32?
  ) throws -> [Int32] {
    guard let answer = messages.last, answer.role == "assistant" else {
      return try prompt(messages, tokenizer)
    }
    let end = end.map { [$0] } ?? []
    guard template != nil else { return try prompt(messages, tokenizer) + end }
    guard rendersTurns else {
      return try prompt(Array(messages.dropLast()), tokenizer) + tokenizer.encode(answer.content) + end
    }
    let ids = tokenizer.encode(try text(messages, addGenerationPrompt: false))
    guard let last = turnEnd.flatMap({ ids.lastIndex(of: $0) }) else { return ids + end }
    return Array(ids[...last])
  }

  private func prompt(_ messages: [(role: String, content: String)], _ tokenizer: Tokenizer) throws -> [Int32]
  {
    guard template != nil else {
      return tokenizer.prefix + tokenizer.encode(messages.map(\.content).joined())
    }
    // As in transformers, the template alone says which special tokens there are.
    return tokenizer.encode(try text(messages, addGenerationPrompt: true))
  }

  private func text(_ messages: [(role: String, content: String)], addGenerationPrompt: Bool) throws -> String
  {
    try template?.render(
      messages: messages, bos: bos, eos: eos, addGenerationPrompt: addGenerationPrompt, settings: settings)
      ?? ""
  }

  /// What the template prints after the assistant's words; nil for a template that refuses them or shows others.
  private func afterTurn() throws -> String? {
    let words = "polya's answer"
    let text: String
    do {
      text = try self.text([("user", "x"), ("assistant", words)], addGenerationPrompt: false)
    } catch is TransformerError { return nil }
    return text.ranges(of: words).last.map { String(text[$0.upperBound...]) }
  }
}
