/// The required form of an answer.
enum Pattern: String, CaseIterable {
  case anything = "none", thinkAnswer = "think-answer", thinkTags = "think-tags", box

  /// For `polya plugin help`.
  var help: String {
    switch self {
    case .anything: "any form"
    case .thinkAnswer:
      "<think>…</think> and then text, with each tag exactly once and only white space before"
    case .thinkTags:
      "<think>…</think><answer>…</answer>, with each tag exactly once and only white space around them"
    case .box: "a closed, non-empty \\boxed{…}"
    }
  }

  /// Looks at every byte a fixed number of times.
  func matches(_ text: String) -> Bool {
    let bytes = Array(text.utf8)
    switch self {
    case .anything: return true
    case .thinkAnswer: return Self.behindThinking(bytes[...]).map { !Self.isBlank($0) } ?? false
    case .thinkTags:
      guard let rest = Self.behindThinking(bytes[...]),
        let parts = Self.between("<answer>", "</answer>", rest)
      else { return false }
      return Self.isBlank(parts.before) && Self.isBlank(parts.after) && !Self.isBlank(parts.inside)
    case .box: return Self.hasBox(text)
    }
  }

  private static func behindThinking(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
    guard let parts = between("<think>", "</think>", text), isBlank(parts.before) else { return nil }
    return parts.after
  }

  /// The parts of a text in which both tags stand once, in this order.
  private static func between(_ open: String, _ close: String, _ text: ArraySlice<UInt8>) -> (
    before: ArraySlice<UInt8>, inside: ArraySlice<UInt8>, after: ArraySlice<UInt8>
  )? {
    guard let opening = only(open, in: text), let closing = only(close, in: text),
      opening.upperBound <= closing.lowerBound
    else { return nil }
    return (
      text[..<opening.lowerBound], text[opening.upperBound..<closing.lowerBound], text[closing.upperBound...]
    )
  }

  /// Where a tag stands that stands only once.
  private static func only(_ tag: String, in text: ArraySlice<UInt8>) -> Range<Int>? {
    let tag = Array(tag.utf8)
    let places = text.indices.lazy.filter { text[$0] == tag[0] && text[$0...].starts(with: tag) }.prefix(2)
    guard let place = places.first, places.count == 1 else { return nil }
    return place..<place + tag.count
  }

  private static func isBlank(_ text: ArraySlice<UInt8>) -> Bool {
    String(decoding: text, as: UTF8.self).unicodeScalars.allSatisfy(\.properties.isWhitespace)
  }

  private static func hasBox(_ text: String) -> Bool {
    let command = Array("\\boxed{".unicodeScalars)
    /// How much of the command stands before the next sign.
    var matched = 0
    /// Where the inside of each open brace begins, if it belongs to a box.
    var open: [Int?] = []
    var lastVisible = -1
    for (index, scalar) in text.unicodeScalars.enumerated() {
      matched = scalar == command[matched] ? matched + 1 : scalar == command[0] ? 1 : 0
      if scalar == "{" { open.append(matched == command.count ? index + 1 : nil) }
      if matched == command.count { matched = 0 }
      if scalar == "}", let start = open.popLast() ?? nil, lastVisible >= start { return true }
      if !scalar.properties.isWhitespace { lastVisible = index }
    }
    return false
  }
}
