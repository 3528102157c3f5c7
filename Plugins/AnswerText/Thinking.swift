/// What a model thinks before it answers is no answer.
package enum Thinking {
  /// The text behind all thinking, and before thinking that has no end.
  package static func answer(of text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    // Channels: only the final one is for the reader.
    if text.contains(UInt8(ascii: "|")), text.lastIndex(ofFolded: "<|channel|>") != nil {
      guard let final = text.lastIndex(ofFolded: "<|channel|>final"),
        let start = text[final...].firstRange(ofText: "<|message|>")?.upperBound
      else { return text[text.startIndex..<text.startIndex] }
      return text[start...]
    }
    guard hasTag(text) else { return text }
    var rest = text
    for (open, close) in tags {
      if let end = rest.lastIndex(ofFolded: close) { rest = rest[(end + close.utf8CodeUnitCount)...] }
      if let start = rest.lastIndex(ofFolded: open) { rest = rest[..<start] }
    }
    // Words that may as well stand in an answer, unless both do.
    if let end = rest.lastIndex(ofFolded: "...done thinking.") { rest = rest[(end + 17)...] }
    return rest
  }

  /// Whether there is one of the tags; most texts have none, and this is one pass.
  private static func hasTag(_ text: ArraySlice<UInt8>) -> Bool {
    for index in text.indices
    where text[index] == UInt8(ascii: "<") || text[index] == UInt8(ascii: "[") || text[index] >= 0xE2 {
      for (open, close) in tags
      where text.hasFoldedText(open, at: index) || text.hasFoldedText(close, at: index) {
        return true
      }
    }
    return text.lastIndex(ofFolded: "...done thinking.") != nil
  }

  private static let tags: [(open: StaticString, close: StaticString)] = [
    ("<think>", "</think>"), ("<thinking>", "</thinking>"), ("<thought>", "</thought>"),
    ("<thoughts>", "</thoughts>"), ("<reasoning>", "</reasoning>"), ("<reflection>", "</reflection>"),
    ("<analysis>", "</analysis>"), ("<scratchpad>", "</scratchpad>"), ("<seed:think>", "</seed:think>"),
    ("[think]", "[/think]"), ("◁think▷", "◁/think▷"), ("<|thinking|>", "<|/thinking|>"),
    ("<|start_thinking|>", "<|end_thinking|>"), ("<|begin_of_thought|>", "<|end_of_thought|>"),
  ]
}
