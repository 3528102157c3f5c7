/// Tokens that are found in the text before anything else happens to it, leftmost and longest first.
struct AddedTokens {
  struct Entry: Equatable {
    let content: String
    let id: Int32
    let isSpecial, stripsLeft, stripsRight, isNormalized: Bool
  }

  /// A part of the text: still text, or a token already.
  enum Part {
    case text(ArraySlice<Unicode.Scalar>)
    case token(Int32)
  }

  let entries: [Entry]
  /// Entries by first scalar, longest first; those matched in raw and in normalised text.
  private let raw, normalized: [Unicode.Scalar: [(scalars: [Unicode.Scalar], entry: Entry)]]

  init(_ json: JSON?, name: String) throws {
    entries = try (json?.array ?? []).map { item in
      guard let content = item["content"]?.string, let id = item["id"]?.integer, let id = Int32(exactly: id),
        id >= 0
      else { throw TransformerError(.corrupt, "an added token of \(name) lacks its content or id") }
      guard item["single_word"]?.bool != true else {
        throw TransformerError(.unsupported, "added token \(content) of \(name) is a single_word one")
      }
      return Entry(
        content: content, id: id, isSpecial: item["special"]?.bool ?? false,
        stripsLeft: item["lstrip"]?.bool ?? false, stripsRight: item["rstrip"]?.bool ?? false,
        isNormalized: item["normalized"]?.bool ?? true)
    }
    func index(_ chosen: [Entry]) -> [Unicode.Scalar: [(scalars: [Unicode.Scalar], entry: Entry)]] {
      var table: [Unicode.Scalar: [(scalars: [Unicode.Scalar], entry: Entry)]] = [:]
      for entry in chosen {
        let scalars = Array(entry.content.unicodeScalars)
        guard let first = scalars.first else { continue }
        table[first, default: []].append((scalars, entry))
      }
      return table.mapValues { $0.sorted { $0.scalars.count > $1.scalars.count } }
    }
    raw = index(entries.filter { !$0.isNormalized })
    normalized = index(entries.filter(\.isNormalized))
  }

  /// Cuts raw text at its tokens, normalises the rest, and cuts that again.
  func parts(_ text: [Unicode.Scalar], normalise: ([Unicode.Scalar]) -> [Unicode.Scalar]) -> [Part] {
    Self.cut(text, raw).flatMap { part -> [Part] in
      guard case .text(let slice) = part else { return [part] }
      return Self.cut(normalise(Array(slice)), normalized)
    }
  }

  private static func cut(
    _ text: [Unicode.Scalar], _ table: [Unicode.Scalar: [(scalars: [Unicode.Scalar], entry: Entry)]]
  ) -> [Part] {
    guard !table.isEmpty else { return [.text(text[...])] }
    var parts: [Part] = []
    var start = 0
    var at = 0
    while at < text.count {
      guard
        let match = table[text[at]]?.first(where: {
          at + $0.scalars.count <= text.count && text[at..<at + $0.scalars.count].elementsEqual($0.scalars)
        })
      else {
        at += 1
        continue
      }
      var end = at
      if match.entry.stripsLeft { while end > start, text[end - 1].properties.isWhitespace { end -= 1 } }
      if end > start { parts.append(.text(text[start..<end])) }
      parts.append(.token(match.entry.id))
      at += match.scalars.count
      if match.entry.stripsRight { while at < text.count, text[at].properties.isWhitespace { at += 1 } }
      start = at
    }
    if start < text.count { parts.append(.text(text[start...])) }
    return parts
  }
}
