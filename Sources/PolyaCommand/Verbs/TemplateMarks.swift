internal import PolyaCore

/// Shows prompts and answers with everything that nobody wrote in brackets: what the chat template put around the messages, and
/// the tokens that begin and end texts.
struct TemplateMarks {
  private let model: any LanguageModel

  init(_ model: any LanguageModel) { self.model = model }

  /// - Parameter messages: The conversation that became the prompt.
  func text(ofPrompt tokens: [Int32], made messages: [Message]) throws -> String {
    var rest = try model.text(of: [tokens])[0][...]
    var marked = ""
    for message in messages {
      // Templates may trim what they are given, but keep the order of messages.
      let content = Self.trimmed(message.content)
      guard !content.isEmpty, let place = rest.firstRange(of: content) else { continue }
      marked += Self.bracketed(rest[..<place.lowerBound]) + content
      rest = rest[place.upperBound...]
    }
    return marked + Self.bracketed(rest)
  }

  /// - Parameter before: Tokens in front, since many tokenizers drop a space at the beginning of a text.
  func text(ofAnswer tokens: [Int32], after before: [Int32]) throws -> String {
    let ends = [model.info.eos, model.info.bos].compactMap { $0 }
    guard let last = tokens.last, ends.contains(last) else { return try text(tokens, after: before) }
    return try text(tokens.dropLast(), after: before) + Self.bracketed(model.text(of: [[last]])[0][...])
  }

  private func text(_ tokens: [Int32], after before: [Int32]) throws -> String {
    let front = Array(before.suffix(1))
    let texts = try model.decode([front, front + tokens])
    return String(decoding: texts[1].dropFirst(texts[0].count), as: UTF8.self)
  }

  private static func trimmed(_ text: String) -> Substring {
    let front = text.drop(while: \.isWhitespace)
    return front.prefix(
      upTo: front.lastIndex { !$0.isWhitespace }.map(front.index(after:)) ?? front.startIndex)
  }

  private static func bracketed(_ text: Substring) -> String { text.isEmpty ? "" : "⟦\(text)⟧" }
}
