internal import PolyaKit

/// Bytes as the carrier of text to a server that has the only tokenizer. These ids are nobody's tokens, so there are no
/// log-probs, and the model shares its ids with no other.
///
/// Ids 0 to 255 are bytes of UTF-8; `end` is the end of an answer; a message of a conversation is `role`, the bytes of its
/// role, `content`, and the bytes of its content. No text has these ids, so none can pretend to be a message.
struct ByteTexts: ServerTexts {
  static let end: Int32 = 256
  static let role: Int32 = 257
  static let content: Int32 = 258

  /// For conversations that have no system message.
  let system: String?

  var hasTemplate: Bool { true }
  var vocabularySize: Int { 259 }
  var bos: Int32? { nil }
  var ends: [Int32] { [Self.end] }
  var tokenizerHash: [UInt8] { [] }

  func encode(_ text: String) -> [Int32] { text.utf8.map { Int32($0) } }

  /// Marks are shown as people write them.
  func decode(_ ids: [Int32]) -> [UInt8] {
    ids.flatMap { id -> [UInt8] in
      switch id {
      case 0...255: [UInt8(id)]
      case Self.end: Array("<|end|>".utf8)
      case Self.role: Array("<|".utf8)
      case Self.content: Array("|>\n".utf8)
      default: []
      }
    }
  }

  func render(_ messages: [Message]) -> [Int32] {
    var messages = messages
    if let system, messages.first?.role != "system" { messages.insert(Message("system", system), at: 0) }
    let ids = messages.flatMap { [Self.role] + encode($0.role) + [Self.content] + encode($0.content) }
    return ids
      + (messages.last?.role == "assistant" ? [Self.end] : [Self.role] + encode("assistant") + [Self.content])
  }

  func content(_ prompt: [Int32]) -> SampleQuery.Content {
    guard prompt.first == Self.role else { return .text(text(prompt[...])) }
    var messages = prompt.split(separator: Self.role).map { part -> Message in
      let halves = part.split(separator: Self.content, maxSplits: 1, omittingEmptySubsequences: false)
      return Message(text(halves[0]), halves.count > 1 ? text(halves[1]) : "")
    }
    // The turn that is asked for is open, not a message.
    if let last = messages.last, last.role == "assistant", last.content.isEmpty { messages.removeLast() }
    return .messages(messages)
  }

  private func text(_ ids: ArraySlice<Int32>) -> String {
    String(decoding: ids.compactMap { UInt8(exactly: $0) }, as: UTF8.self)
  }

  func sample(_ wire: WireSample, _ stop: [String]) -> Sample {
    let text = Array(wire.text.utf8)
    let end = wire.finish == .stop ? [Self.end] : []
    return Sample(
      finish: wire.finish.host, text: text, tokens: text.map { Int32($0) } + end, logprobs: [])
  }
}
