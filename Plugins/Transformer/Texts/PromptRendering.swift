package import TransformerChatTemplate
internal import TransformerFiles
package import TransformerTokenizer

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
package struct PromptRendering {
  /// The template in use; nil for a model without one.
  package let template: ChatTemplate?
  /// The token with which the assistant ends its turn, as the template prints it; nil without a template, or when it
  /// prints none.
  package private(set) var turnEnd: Int32?
  /// What the template prints around the assistant's words; nil for one that takes no messages of the assistant.
  private var turn: AssistantTurn?
  private let settings: TemplateSettings
  private let bos, eos: String

  /// Finds out how the template ends a turn.
  ///
  /// - Parameter template: The model's own.
  /// - Throws: when a rendered prompt begins with two bos tokens.
  package init(_ style: PromptStyle, own template: ChatTemplate?, tokenizer: Tokenizer) throws {
    self.template = style.template ?? template
    settings = style.settings
    func text(_ id: Int32?) -> String {
      id.map { String(decoding: tokenizer.pieces[$0], as: UTF8.self) } ?? ""
    }
    bos = text(tokenizer.bos)
    eos = text(tokenizer.eos)
    guard let template = self.template else { return }
    if let turn = try probe() {
      self.turn = turn
      turnEnd = tokenizer.encode(turn.rest).first { tokenizer.isSpecial($0) }
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
  package func tokens(
    _ messages: [(role: String, content: String)], _ tokenizer: Tokenizer, end: Int32?
  ) throws -> [Int32] {
    guard let answer = messages.last, answer.role == "assistant" else {
      return try prompt(messages, tokenizer)
    }
    let end = end.map { [$0] } ?? []
    guard template != nil else { return try prompt(messages, tokenizer) + end }
    guard let turn else {
      return try prompt(Array(messages.dropLast()), tokenizer) + tokenizer.encode(answer.content) + end
    }
    let ids = tokenizer.encode(try text(messages, answer.content, turn))
    guard let last = turnEnd.flatMap({ ids.lastIndex(of: $0) }) else { return ids + end }
    return Array(ids[...last])
  }

  /// A conversation that ends with the assistant's words, as the template renders it; where the template leaves some of
  /// these words out, such as earlier thoughts, or refuses them, they follow the prompt as they are.
  private func text(
    _ messages: [(role: String, content: String)], _ answer: String, _ turn: AssistantTurn
  ) throws -> String {
    do {
      let text = try self.text(messages, addGenerationPrompt: false)
      if turn.shows(answer, in: text) { return text }
    } catch let error as TransformerError where error.kind == .badArgument {
      // If it is the rest of the conversation that is refused, so is the prompt.
    }
    return try self.text(Array(messages.dropLast()), addGenerationPrompt: true)
      + turn.continuing(with: answer)
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

  /// What the template prints around the assistant's words; nil for a template that refuses them or shows others.
  private func probe() throws -> AssistantTurn? {
    let words = "polya's answer"
    let text: String
    do {
      text = try self.text([("user", "x"), ("assistant", words)], addGenerationPrompt: false)
    } catch is TransformerError { return nil }
    guard let place = text.ranges(of: words).last else { return nil }
    let prompt = try self.text([("user", "x")], addGenerationPrompt: true)
    return AssistantTurn(
      before: String(text[..<place.lowerBound]), prompt: prompt, rest: String(text[place.upperBound...]))
  }
}

/// What a chat template prints around the assistant's words.
private struct AssistantTurn {
  /// What the prompt opens for the assistant and a finished turn does not show, such as a section for thoughts.
  private let opening: String
  /// After the words.
  let rest: String

  /// - Parameters:
  ///   - before: What stands before the words in a finished turn.
  ///   - prompt: The same conversation as a prompt.
  init(before: String, prompt: String, rest: String) {
    let shared = zip(before.utf8, prompt.utf8).prefix { $0 == $1 }.count
    opening =
      shared == before.utf8.count ? String(decoding: prompt.utf8.dropFirst(shared), as: UTF8.self) : ""
    self.rest = rest
  }

  /// Whether a rendered conversation ends with all of an answer, up to white space, which templates trim and normalize.
  func shows(_ answer: String, in text: String) -> Bool {
    Self.squeezed(text).reversed().starts(with: Self.squeezed(answer + rest).reversed())
  }

  /// What follows the prompt; an answer that brings the opening itself does not get it twice.
  func continuing(with answer: String) -> String {
    let mark = Self.trimmed(opening)
    let words = Self.trimmed(answer)
    guard !mark.isEmpty, words.starts(with: mark) else { return answer + rest }
    let after = Array(answer.unicodeScalars.drop(while: \.properties.isWhitespace).dropFirst(mark.count))
    let space = Array(opening.unicodeScalars.reversed().prefix(while: \.properties.isWhitespace).reversed())
    let shared = after.starts(with: space) ? space.count : 0
    var view = String.UnicodeScalarView()
    view.append(contentsOf: after.dropFirst(shared))
    return String(view) + rest
  }

  private static func squeezed(_ text: String) -> [Unicode.Scalar] {
    text.unicodeScalars.filter { !$0.properties.isWhitespace }
  }

  private static func trimmed(_ text: String) -> [Unicode.Scalar] {
    let scalars = text.unicodeScalars.drop(while: \.properties.isWhitespace)
    return Array(scalars.reversed().drop(while: \.properties.isWhitespace).reversed())
  }
}
