/// Turns the bytes of an extracted answer into its normal form.
struct AnswerParser {
  let limits: AnswerLimits

  /// The answer that `source` spells, or nil when nothing is left of it.
  func parse(_ source: ArraySlice<UInt8>) throws(AnswerLimitExceeded) -> Answer? {
    guard source.count <= limits.bytes else { throw .bytes(source.count, limit: limits.bytes) }
    let surface = MathSurface.normalise(source)
    return try parse(surface: surface[...], depth: 0)
  }

  private func parse(surface: ArraySlice<UInt8>, depth: Int) throws(AnswerLimitExceeded) -> Answer? {
    guard depth <= limits.depth else { throw .depth(limit: limits.depth) }
    let text = Self.trimmed(surface)
    guard !text.isEmpty else { return nil }
    if let number = try NumberReader.read(text, limits: limits) {
      return .number(number.value, percent: number.isPercent)
    }
    if let group = AnswerSplitter.enclosed(text) { return try parse(group: group, depth: depth) }
    if let parts = AnswerSplitter.parts(of: text) {
      return .collection(try flattened(parts, depth: depth) ?? [.text(AnswerText(surface: text))])
    }
    if let value = AnswerSplitter.assignedValue(text) { return try parse(surface: value, depth: depth + 1) }
    if text.hasText("\\pm\u{1}", at: text.startIndex),
      let number = try NumberReader.read(text.dropFirst(4), limits: limits), !number.value.isNegative,
      !number.isPercent
    {
      return .collection([
        .number(number.value, percent: false), .number(-number.value, percent: false),
      ])
    }
    return .text(AnswerText(surface: text))
  }

  private func parse(group: AnswerSplitter.Group, depth: Int) throws(AnswerLimitExceeded) -> Answer? {
    let parts = AnswerSplitter.parts(of: group.inside, inBrackets: true) ?? [group.inside]
    let isRound = group.open == UInt8(ascii: "(") && group.close == UInt8(ascii: ")")
    let isBrace = group.open == UInt8(ascii: "{") || group.open == MathSurface.setOpen
    if parts.count == 1, isRound || isBrace { return try parse(surface: group.inside, depth: depth + 1) }
    if isBrace { return try flattened(parts, depth: depth).map(Answer.collection) }
    var items: [Answer] = []
    for part in parts {
      guard let item = try parse(surface: part, depth: depth + 1) else { return nil }
      items.append(item)
    }
    return .tuple(items, open: group.open, close: group.close)
  }

  /// The answers of all parts, with collections among them opened; nil when a part is empty.
  private func flattened(
    _ parts: [ArraySlice<UInt8>], depth: Int
  ) throws(AnswerLimitExceeded) -> [Answer]? {
    var items: [Answer] = []
    for part in parts {
      guard let item = try parse(surface: part, depth: depth + 1) else { return nil }
      if case .collection(let inner) = item { items += inner } else { items.append(item) }
    }
    return items
  }

  /// Without white space, Markdown emphasis and the punctuation that ends a sentence; a text that is all inside
  /// `\text{…}` without it.
  private static func trimmed(_ surface: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    var text = surface.trimming { $0.isSpace || $0 == UInt8(ascii: "*") || $0 == UInt8(ascii: "`") }
    while let last = text.last {
      let endsSentence = last == UInt8(ascii: ".") || last == UInt8(ascii: ",") || last == UInt8(ascii: ";")
      let exclaims = last == UInt8(ascii: "!") && text.dropLast().last.map(\.isLetter) == true
      guard endsSentence || exclaims else { break }
      text = text.dropLast().trimming { $0.isSpace || $0 == UInt8(ascii: "*") || $0 == UInt8(ascii: "`") }
    }
    if text.first == MathSurface.quote,
      text.dropFirst().firstIndex(of: MathSurface.quote) == text.endIndex - 1
    {
      return trimmed(text.dropFirst().dropLast())
    }
    return text
  }
}
