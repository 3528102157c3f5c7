/// The required form of an answer.
enum Pattern: String, CaseIterable {
  case anything = "none", thinkAnswer = "think-answer", thinkTags = "think-tags", box

  /// For `polya plugin help`.
  var help: String {
    switch self {
    case .anything: "any form"
    case .thinkAnswer: "<think>…</think> and then text, with each tag once and nothing before"
    case .thinkTags:
      "<think>…</think><answer>…</answer>, with each tag once and nothing but white space around"
    case .box: "a \\boxed{…} that is closed and not empty"
    }
  }

  func matches(_ text: String) -> Bool {
    switch self {
    case .anything: true
    case .thinkAnswer: Self.behindThinking(text).map { $0.contains { !$0.isWhitespace } } ?? false
    case .thinkTags:
      Self.behindThinking(text).map { rest in
        guard let inner = Self.between("<answer>", "</answer>", rest) else { return false }
        return Self.isBlank(inner.before) && Self.isBlank(inner.after) && !Self.isBlank(inner.inside)
      } ?? false
    case .box: Self.hasBox(text)
    }
  }

  private static func behindThinking(_ text: String) -> Substring? {
    guard let parts = between("<think>", "</think>", text[...]), isBlank(parts.before) else { return nil }
    return parts.after
  }

  /// The parts of a text in which both tags stand once, in this order.
  private static func between(_ open: String, _ close: String, _ text: Substring) -> (
    before: Substring, inside: Substring, after: Substring
  )? {
    let opens = text.ranges(of: open)
    let closes = text.ranges(of: close)
    guard opens.count == 1, closes.count == 1, opens[0].upperBound <= closes[0].lowerBound else { return nil }
    return (
      text[..<opens[0].lowerBound], text[opens[0].upperBound..<closes[0].lowerBound],
      text[closes[0].upperBound...]
    )
  }

  private static func isBlank(_ text: Substring) -> Bool { text.allSatisfy(\.isWhitespace) }

  /// Goes through the text once, however deep boxes nest.
  private static func hasBox(_ text: String) -> Bool {
    var braces: [(isBox: Bool, hasContents: Bool)] = []
    var rest = text[...]
    while let character = rest.first {
      let isBox = character == "\\" && rest.hasPrefix("\\boxed{")
      if character == "}", let closed = braces.popLast(), closed.isBox, closed.hasContents { return true }
      if !character.isWhitespace, !braces.isEmpty { braces[braces.count - 1].hasContents = true }
      if isBox || character == "{" { braces.append((isBox, false)) }
      rest = rest.dropFirst(isBox ? "\\boxed{".count : 1)
    }
    return false
  }
}
