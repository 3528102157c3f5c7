/// What the model said, without what is not its own.
enum Reply {
  /// Without white space at the ends, and without the heading, which chat models tend to repeat.
  static func text(_ reply: String, of phase: Phase) -> String {
    let text = trimmed(reply)
    return text.hasPrefix(phase.heading) ? trimmed(text.dropFirst(phase.heading.count)) : text
  }

  static func trimmed(_ text: some StringProtocol) -> String {
    var rest = text[...]
    while rest.first?.isWhitespace == true { rest.removeFirst() }
    while rest.last?.isWhitespace == true { rest.removeLast() }
    return String(rest)
  }
}
