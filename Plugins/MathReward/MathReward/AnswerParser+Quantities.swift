internal import AnswerText

/// Numbers that are put together in other ways than in a formula.
extension AnswerParser {
  /// `seven apples`, `2 hours 30 minutes`, `3 out of 8`, `exactly 5`; nil for anything else.
  func amount(_ text: ArraySlice<UInt8>, depth: Int, _ budget: ReadingBudget) throws(AnswerLimitExceeded)
    -> Answer?
  {
    if let share = try share(text, depth: depth, budget) { return share }
    if let compound = try compound(text, depth: depth, budget) { return compound }
    if let counted = Self.counted(text) { return counted }
    for word in ["minus ", "negative "] as [StaticString] where text.hasFoldedText(word, at: text.startIndex)
    {
      let rest = text.dropFirst(word.utf8CodeUnitCount).trimmingSpaces()
      guard rest.first?.isDigit == true || NumberWords.occur(in: rest) else { return nil }
      return try parse(surface: rest, depth: depth + 1, budget)?.negated
    }
    let plain = Self.withoutHedge(text)
    guard plain.count < text.count else { return nil }
    let answer = try parse(surface: plain, depth: depth + 1, budget)
    return answer.flatMap { $0.hasText ? nil : $0 }
  }

  /// Words before a number that leave it as it is.
  private static func withoutHedge(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    for word in hedges where text.hasFoldedText(word, at: text.startIndex) {
      return text.dropFirst(word.utf8CodeUnitCount).trimmingSpaces()
    }
    return text
  }

  static let hedges: [StaticString] = [
    "exactly ", "a total of ", "precisely ", "only ", "just ", "the number ", "the value ", "the point ",
    "point ", "approximately ", "about ",
    "roughly ", "them ", "him ", "her ", "us ", "you ", "me ", "genau ", "exactement ", "exactamente ",
  ]

  /// `3 out of 8`, `3 in 5`.
  private func share(_ text: ArraySlice<UInt8>, depth: Int, _ budget: ReadingBudget)
    throws(AnswerLimitExceeded)
    -> Answer?
  {
    for word in [" out of ", " in "] as [StaticString] {
      guard let place = text.firstRange(ofText: word) else { continue }
      guard let part = try NumberReader.read(text[..<place.lowerBound], limits: limits),
        let whole = try NumberReader.read(text[place.upperBound...], limits: limits),
        part.unit.isEmpty, whole.unit.isEmpty
      else { return nil }
      return .number(.quotient(part.value, whole.value), percent: false)
    }
    return nil
  }

  /// A number in words with what it counts.
  private static func counted(_ text: ArraySlice<UInt8>) -> Answer? {
    guard text.count <= 80, NumberWords.occur(in: text.prefix { $0.isLetter }) else { return nil }
    for end in text.indices.reversed() where text[end].isSpace {
      guard let number = NumberWords.value(text[..<end]) else { continue }
      var unit = UnitReader(text: text, from: end)
      guard unit.readToEnd() else { return nil }
      let value = Answer.number(unit.scale.map { .product([number, $0]) } ?? number, percent: unit.isPercent)
      return unit.unit.isEmpty ? value : .quantity(value, unit.unit)
    }
    return nil
  }

  /// Amounts of one dimension, each of a smaller unit than the one before: `5 feet 6 inches`.
  private func compound(_ text: ArraySlice<UInt8>, depth: Int, _ budget: ReadingBudget)
    throws(AnswerLimitExceeded) -> Answer?
  {
    let segments = Self.segments(text)
    guard (2...4).contains(segments.count) else { return nil }
    var terms: [Expression] = []
    var first: Unit?
    for segment in segments {
      guard let number = try NumberReader.read(segment, limits: limits), !number.unit.dimension.isEmpty,
        number.unit.words.isEmpty, number.unit.dimension == (first ?? number.unit).dimension
      else { return nil }
      terms.append(.product([number.value, number.unit.size]))
      first = first ?? number.unit
    }
    guard let first else { return nil }
    return .quantity(.expression(.quotient(.sum(terms), first.size), AnswerText(surface: [])), first)
  }

  /// Parts that each begin with a number behind a word, without what joins them.
  private static func segments(_ text: ArraySlice<UInt8>) -> [ArraySlice<UInt8>] {
    guard text.first?.isDigit == true, text.count <= 120 else { return [] }
    var segments: [ArraySlice<UInt8>] = []
    var start = text.startIndex
    var hasWord = false
    for index in text.indices {
      if text[index].isDigit, hasWord {
        segments.append(joined(text[start..<index]))
        (start, hasWord) = (index, false)
      }
      if text[index].isLetter { hasWord = true }
    }
    return segments + [text[start...].trimmingSpaces()]
  }

  private static func joined(_ segment: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    var part = segment.trimming { $0.isSpace || $0 == UInt8(ascii: ",") || $0 == MathSurface.quote }
    if part.count > 4, part.suffix(4).elementsEqual(" and".utf8) { part = part.dropLast(4).trimmingSpaces() }
    // Quotation marks that the cut has left without the other one.
    if part.count(where: { $0 == MathSurface.quote }) % 2 == 1 {
      return ArraySlice(part + [MathSurface.quote])
    }
    return part
  }
}
