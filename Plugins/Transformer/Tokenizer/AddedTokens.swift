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

  private(set) var entries: [Entry] = []
  /// Whether the files beside `tokenizer.json` change what it says of tokens.
  private(set) var isExtended = false
  private let normalizer: Normalizer
  private var places: [[UInt8]: Int] = [:]
  private var largestID: Int32 = -1
  /// Strings that are searched in raw and in normalized text.
  private var raw = ByteTrie()
  private var normalized = ByteTrie()

  /// - Parameter settings: what the files beside the tokenizer's add.
  /// - Throws: where a file gives a token another id than its place, from which transformers takes it.
  init(
    _ json: JSON?, name: String, normalizer: Normalizer, vocabulary: Vocabulary,
    settings: TokenizerSettings = TokenizerSettings()
  ) throws {
    self.normalizer = normalizer
    let own = try (json?.array ?? []).map { try Self.token($0, name) }.filter { !$0.content.isEmpty }
    for token in own { try add(token, name, vocabulary) }
    let alone = entries
    for token in settings.declared.additions(to: own) where !token.content.isEmpty {
      try add(token, name, vocabulary)
    }
    isExtended = entries != alone
    index(splitting: settings.splitsSpecials)
  }

  private mutating func index(splitting: Bool) {
    // Special tokens come first, as they win over others of the same text.
    let numbers =
      entries.indices.filter { entries[$0].isSpecial } + entries.indices.filter { !entries[$0].isSpecial }
    for number in numbers {
      let entry = entries[number]
      guard !entry.normalizedContent.isEmpty, !(splitting && entry.isSpecial) else { continue }
      if entry.isNormalized {
        normalized.add(entry.normalizedContent, number)
      } else {
        raw.add(entry.normalizedContent, number)
      }
    }
  }

  private static func token(_ item: JSON, _ name: String) throws -> DeclaredToken {
    guard let content = item["content"]?.string, let number = item["id"]?.integer,
      let id = Int32(exactly: number), Vocabulary.validIDs.contains(id)
    else { throw TransformerError(.corrupt, "an added token of \(name) lacks its content or id") }
    var token = DeclaredToken(content, isSpecial: item["special"]?.bool ?? false)
    token.id = id
    token.isNormalized = item["normalized"]?.bool ?? true
    token.stripsLeft = item["lstrip"]?.bool ?? false
    token.stripsRight = item["rstrip"]?.bool ?? false
    token.isWord = item["single_word"]?.bool ?? false
    token.source = name
    return token
  }

  /// Adds a token, or changes how one that is there is found.
  private mutating func add(_ token: DeclaredToken, _ name: String, _ vocabulary: Vocabulary) throws {
    let bytes = token.bytes
    let place = places[bytes]
    let id = try place.map { entries[$0].id } ?? id(of: token, name, vocabulary)
    if let stated = token.id, stated != id {
      throw TransformerError(
        .corrupt,
        "\(token.source) gives \(token.content) the id \(stated), but by its place in \(name) transformers gives it "
          + "\(id); correct the file that is wrong")
    }
    let isNormalized = token.isNormalized ?? !token.isSpecial
    let entry = Entry(
      content: token.content, normalizedContent: isNormalized ? normalizer(bytes) : bytes, id: id,
      // Once special, always special to decoders.
      isSpecial: token.isSpecial || place.map { entries[$0].isSpecial } ?? false,
      stripsLeft: token.stripsLeft, stripsRight: token.stripsRight, isNormalized: isNormalized,
      isWord: token.isWord)
    if let place {
      entries[place] = entry
    } else {
      places[bytes] = entries.count
      entries.append(entry)
      largestID = max(largestID, id)
    }
  }

  /// The id of a token that is not there yet: the vocabulary's, or the next one after all others.
  private func id(of token: DeclaredToken, _ name: String, _ vocabulary: Vocabulary) throws -> Int32 {
    if let known = vocabulary.id(of: token.content) { return known }
    if let stated = token.id, let other = vocabulary.text(of: stated) {
      throw TransformerError(
        .corrupt,
        "added token \(token.content) of \(token.source) has id \(stated), which the vocabulary gives to \(other)"
      )
    }
    let next = max(largestID + 1, Int32(clamping: vocabulary.count))
    guard Vocabulary.validIDs.contains(next), vocabulary.text(of: next) == nil else {
      throw TransformerError(
        .corrupt,
        "\(name) has no free id for \(token.content): the ids of its vocabulary are not numbered without gaps"
      )
    }
    return next
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
