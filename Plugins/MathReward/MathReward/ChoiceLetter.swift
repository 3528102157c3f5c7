internal import AnswerText

/// A reference that is one capital letter: the option of a multiple-choice question.
struct ChoiceLetter {
  private let letter: UInt8

  init?(_ expected: Answer) {
    switch expected {
    case .text(let text), .expression(_, let text):
      guard text.compact.count == 1, let letter = text.compact.first, Self.isOption(letter) else {
        return nil
      }
      self.letter = letter
    default: return nil
    }
  }

  private static func isOption(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "A")...UInt8(ascii: "H")).contains(byte)
  }

  /// The verdict on prose that names options; nil where the answer is marked, or no option stands by itself.
  func grade(_ completion: [UInt8]) -> Grade? {
    let text = completion[...]
    guard BoxScanner.lastBox(in: text) == nil, text.lastIndex(ofFolded: "####") == nil,
      text.lastIndex(ofFolded: "</answer>") == nil
    else { return nil }
    // What is said first after "answer" counts, else what is said last.
    let marker = text.lastIndex(ofFolded: "answer is") ?? text.lastIndex(ofFolded: "answer:")
    let named = Self.options(in: text[(marker ?? text.startIndex)...]).filter { !Self.isDenied(text, at: $0) }
    guard let place = marker == nil ? named.last : named.first else { return nil }
    // One of several that stand beside each other is not chosen.
    let isChosen = !named.contains {
      $0 != place && text[$0] != text[place] && Self.isBeside(text, $0, place)
    }
    return Grade(
      verdict: isChosen && text[place] == letter ? .right : .wrong, range: place..<place + 1,
      source: marker == nil ? .whole : .sentence)
  }

  /// "not B", "none of A".
  private static func isDenied(_ text: ArraySlice<UInt8>, at place: Int) -> Bool {
    let before = text[..<place].suffix(12).trimming { $0.isSpace || "(*".utf8.contains($0) }
    let denials: [StaticString] = ["not", "n't", "none of", "neither", "nor"]
    return denials.contains { word in
      before.count >= word.utf8CodeUnitCount
        && before.hasFoldedText(word, at: before.endIndex - word.utf8CodeUnitCount)
    }
  }

  /// Whether only "or", "and" or a mark stands between two options.
  private static func isBeside(_ text: ArraySlice<UInt8>, _ one: Int, _ other: Int) -> Bool {
    guard abs(one - other) <= 16 else { return false }
    let between = text[(min(one, other) + 1)..<max(one, other)].filter { !"()*. ".utf8.contains($0) }.map(
      \.lowercased)
    return ["or", "and", ",", "/", ",or", ",and", ""].contains { between.elementsEqual($0.utf8) }
  }

  /// Letters that stand by themselves and are not the article.
  private static func options(in text: ArraySlice<UInt8>) -> [Int] {
    text.indices.filter { index in
      guard isOption(text[index]) else { return false }
      let before = index > text.startIndex ? text[index - 1] : 0x20
      let after = index + 1 < text.endIndex ? text[index + 1] : 0x20
      let isInside = { (byte: UInt8) in
        byte.isLetter || byte.isDigit || byte >= 0x80 || byte == UInt8(ascii: "'")
      }
      guard !isInside(before), !isInside(after) else { return false }
      guard text[index] == UInt8(ascii: "A"), after.isSpace, index + 2 < text.endIndex,
        text[index + 2].isLetter
      else {
        return true
      }
      let next = String(decoding: text[(index + 2)...].prefix { $0.isLetter }, as: UTF8.self)
      return ["because", "since", "or", "and", "is", "as"].contains(next)
    }
  }
}
