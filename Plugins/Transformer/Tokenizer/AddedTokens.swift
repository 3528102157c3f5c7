internal import PolyaKit
internal import TransformerFiles

/// Tokens that are found in the text before anything else happens to it, leftmost and longest first.
struct AddedTokens {
  struct Entry: Equatable {
    let content: String
    /// What is searched in the text, and decoded.
    let normalizedContent: [UInt8]
    let id: Int32
    let isSpecial, stripsLeft, stripsRight, isNormalized, isWord: Bool
  }

  /// A part of the text: still text, or a token already.
  enum Part {
    /// - isFirst: whether the whole text begins here.
    case text([UInt8], Range<Int>, isFirst: Bool)
    case token(Int32)
  }

  private(set) var entries: [Entry]
  private let normalizer: Normalizer
  /// Strings that are searched in raw and in normalized text.
  private var raw = ByteTrie()
  private var normalized = ByteTrie()

  init(_ json: JSON?, name: String, normalizer: Normalizer, vocabulary: Vocabulary) throws {
    self.normalizer = normalizer
    entries = try (json?.array ?? []).compactMap { try Self.entry($0, name, vocabulary, normalizer) }
    // Special tokens come first, as they win over others of the same text.
    let numbers =
      entries.indices.filter { entries[$0].isSpecial } + entries.indices.filter { !entries[$0].isSpecial }
    for number in numbers {
      let entry = entries[number]
      guard !entry.normalizedContent.isEmpty else { continue }
      if entry.isNormalized {
        normalized.add(entry.normalizedContent, number)
      } else {
        raw.add(entry.normalizedContent, number)
      }
    }
  }

  private static func entry(_ item: JSON, _ name: String, _ vocabulary: Vocabulary, _ normalizer: Normalizer)
    throws -> Entry?
  {
    guard let content = item["content"]?.string, let number = item["id"]?.integer,
      let id = Int32(exactly: number), Vocabulary.validIDs.contains(id)
    else { throw TransformerError(.corrupt, "an added token of \(name) lacks its content or id") }
    guard !content.isEmpty else { return nil }
    let known = vocabulary.id(of: content)
    if known == nil, let other = vocabulary.text(of: id) {
      throw TransformerError(
        .corrupt, "added token \(content) of \(name) has id \(id), which the vocabulary gives to \(other)")
    }
    let isNormalized = item["normalized"]?.bool ?? true
    let bytes = Array(content.utf8)
    return Entry(
      content: content, normalizedContent: isNormalized ? normalizer(bytes) : bytes, id: known ?? id,
      isSpecial: item["special"]?.bool ?? false,
      stripsLeft: item["lstrip"]?.bool ?? false, stripsRight: item["rstrip"]?.bool ?? false,
      isNormalized: isNormalized, isWord: item["single_word"]?.bool ?? false)
  }

  /// Cuts raw text at its tokens, normalizes the rest, and cuts that again.
  func forEachPart(_ text: [UInt8], _ body: (Part) -> Void) {
    cut(text, 0..<text.count, raw, isFirst: true) { part in
      guard case .text(_, let range, let isFirst) = part else { return body(part) }
      if normalizer.isEmpty {
        cut(text, range, normalized, isFirst: isFirst, body)
      } else {
        let changed = normalizer(range.count == text.count ? text : Array(text[range]))
        cut(changed, 0..<changed.count, normalized, isFirst: isFirst, body)
      }
    }
  }

  private func cut(
    _ text: [UInt8], _ whole: Range<Int>, _ trie: ByteTrie, isFirst: Bool, _ body: (Part) -> Void
  ) {
    var start = whole.lowerBound
    func give(to end: Int) {
      guard start < end else { return }
      body(.text(text, start..<end, isFirst: isFirst && start == whole.lowerBound))
    }
    var at = trie.isEmpty ? whole.upperBound : whole.lowerBound
    while at < whole.upperBound {
      at = trie.firstCandidate(text, from: at, to: whole.upperBound)
      guard let match = trie.match(text, at: at, to: whole.upperBound) else {
        at += 1
        continue
      }
      let entry = entries[match.value]
      let found = at..<match.end
      at = match.end
      guard !entry.isWord || Self.standsAlone(text, found, in: whole) else { continue }
      let space = Self.widened(text, found, entry, in: start..<whole.upperBound)
      give(to: space.lowerBound)
      body(.token(entry.id))
      start = space.upperBound
    }
    give(to: whole.upperBound)
  }

  /// The match with the white space that its token swallows.
  private static func widened(_ bytes: [UInt8], _ match: Range<Int>, _ entry: Entry, in whole: Range<Int>)
    -> Range<Int>
  {
    guard entry.stripsLeft || entry.stripsRight else { return match }
    let text = ClassifiedText(bytes)
    var (start, end) = (match.lowerBound, match.upperBound)
    while entry.stripsLeft, start > whole.lowerBound {
      let previous = text.start(before: start)
      guard text.scalar(at: previous).scalar.properties.isWhitespace else { break }
      start = previous
    }
    while entry.stripsRight, end < whole.upperBound {
      let (scalar, next) = text.scalar(at: end)
      guard scalar.properties.isWhitespace else { break }
      end = next
    }
    return start..<end
  }

  private static func standsAlone(_ bytes: [UInt8], _ match: Range<Int>, in whole: Range<Int>) -> Bool {
    let text = ClassifiedText(bytes)
    if match.lowerBound > whole.lowerBound,
      text.scalar(at: text.start(before: match.lowerBound)).scalar.isWordCharacter
    {
      return false
    }
    return match.upperBound >= whole.upperBound || !text.scalar(at: match.upperBound).scalar.isWordCharacter
  }
}
