internal import PolyaCore

/// Shows prompts and answers with everything that nobody wrote in brackets: what the chat template put around the messages, and
/// the tokens that begin and end texts.
struct TemplateMarks {
  private let model: any LanguageModel

  init(_ model: any LanguageModel) { self.model = model }

  /// What belongs to a message is what changes when another text takes its place; all the rest is the template's.
  ///
  /// - Parameter messages: The conversation that became the prompt.
  func text(ofPrompt tokens: [Int32], made messages: [Message]) throws -> String {
    let whole = Array(try model.text(of: [tokens])[0].unicodeScalars)
    let others = messages.indices.map { index in
      var other = messages
      other[index].content = Self.placeholder
      return other
    }
    let changed = try model.text(of: try model.promptTokens(for: others))
    var (marked, end) = ("", 0)
    for text in changed {
      let own = Self.change(in: whole, against: Array(text.unicodeScalars))
      guard own.lowerBound >= end else { continue }
      marked += Self.bracketed(Self.text(whole[end..<own.lowerBound])) + Self.text(whole[own])
      end = own.upperBound
    }
    return marked + Self.bracketed(Self.text(whole[end...]))
  }

  /// A text that no message begins or ends with.
  private static let placeholder = "\u{2042}"

  /// Where one text differs from another: between what both begin and what both end with.
  private static func change(in one: [Unicode.Scalar], against other: [Unicode.Scalar]) -> Range<Int> {
    let shorter = min(one.count, other.count)
    let start = (0..<shorter).first { one[$0] != other[$0] } ?? shorter
    let tail = (0..<shorter - start).first { one[one.count - 1 - $0] != other[other.count - 1 - $0] }
    return start..<one.count - (tail ?? shorter - start)
  }

  private static func text(_ scalars: ArraySlice<Unicode.Scalar>) -> String {
    var text = String.UnicodeScalarView()
    text.append(contentsOf: scalars)
    return String(text)
  }

  /// - Parameter before: Tokens in front, since many tokenizers drop a space at the beginning of a text.
  func text(ofAnswer tokens: [Int32], after before: [Int32]) throws -> String {
    let ends = [model.info.eos, model.info.bos].compactMap { $0 }
    guard let last = tokens.last, ends.contains(last) else { return try text(tokens, after: before) }
    return try text(tokens.dropLast(), after: before) + Self.bracketed(model.text(of: [[last]])[0])
  }

  private func text(_ tokens: [Int32], after before: [Int32]) throws -> String {
    let front = Array(before.suffix(1))
    let texts = try model.decode([front, front + tokens])
    return String(decoding: texts[1].dropFirst(texts[0].count), as: UTF8.self)
  }

  private static func bracketed(_ text: String) -> String { text.isEmpty ? "" : "⟦\(text)⟧" }
}
