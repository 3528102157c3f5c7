internal import PolyaCore

/// Shows token ids as text in which the tokens that no text turns into stand in brackets.
///
/// Special tokens are such: `encode` never makes them. This needs nothing but the contract's functions, so that it holds for
/// every model.
struct TokenMarks {
  private let model: any LanguageModel

  init(_ model: any LanguageModel) { self.model = model }

  /// - Parameter before: Tokens in front, since many tokenizers drop a space at the beginning of a text.
  func text(of tokens: [Int32], after before: [Int32] = []) throws -> String {
    let special = try special(among: Set(tokens).sorted())
    // The text up to every change between special and other tokens; the differences are the parts.
    var ends: [Int] = []
    for index in tokens.indices
    where special.contains(tokens[index]) || index + 1 == tokens.count || special.contains(tokens[index + 1])
    {
      ends.append(index + 1)
    }
    let front = Array(before.suffix(1))
    let texts = try model.decode(([0] + ends).map { front + tokens[..<$0] })
    return zip(zip(texts, texts.dropFirst()), ends).map { pair, end in
      let part = String(decoding: pair.1.dropFirst(pair.0.count), as: UTF8.self)
      guard special.contains(tokens[end - 1]) else { return part }
      return "⟦\(part.isEmpty ? "\(tokens[end - 1])" : part)⟧"
    }.joined()
  }

  private func special(among ids: [Int32]) throws -> Set<Int32> {
    let texts = try model.decode(ids.map { [$0] })
    let valid = zip(ids, texts).compactMap { id, bytes in
      String(validating: bytes, as: UTF8.self).map { (id: id, text: $0) }
    }
    let again = try model.encode(valid.map(\.text))
    return Set(zip(valid, again).compactMap { $0.id == $1.first && $1.count == 1 ? nil : $0.id })
  }
}
