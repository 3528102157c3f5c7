internal import PolyaKit
internal import TransformerTexts
internal import TransformerTokenizer

/// The model's own tokenizer and chat template, on our side.
final class FolderTexts: ServerTexts {
  private let texts: ModelTexts
  /// Whether the server takes and gives token ids. If not, it gets the text of a prompt, and its answers are tokenized
  /// here, which may give other ids than were sampled.
  var exchangesIDs = true

  init(_ folder: String, _ style: PromptStyle) throws { texts = try ModelTexts(folder, style) }

  var tokenizer: Tokenizer { texts.tokenizer }
  var ends: [Int32] { texts.ends }
  var vocabularySize: Int { texts.vocabularySize }
  /// nil if unknown.
  var contextLength: Int? { texts.contextLength }
  var hasTemplate: Bool { texts.hasTemplate }
  var bos: Int32? { tokenizer.bos }
  var tokenizerHash: [UInt8] { texts.tokenizerHash }

  func encode(_ text: String) -> [Int32] { tokenizer.encode(text) }
  func decode(_ ids: [Int32]) -> [UInt8] { tokenizer.decode(ids) }
  func render(_ messages: [Message]) throws -> [Int32] { try texts.render(messages) }

  func content(_ prompt: [Int32]) -> SampleQuery.Content {
    guard !exchangesIDs else { return .ids(prompt) }
    // A server that tokenizes a text puts bos before it by itself.
    let own = tokenizer.prefix
    let rest = !own.isEmpty && prompt.starts(with: own) ? Array(prompt.dropFirst(own.count)) : prompt
    return .text(String(decoding: tokenizer.decode(rest), as: UTF8.self))
  }

  func sample(_ wire: WireSample, _ stop: [String]) -> Sample {
    let finish: Sample.Finish = wire.finish.host
    guard let ids = wire.tokens, exchangesIDs else {
      let end = wire.finish == .stop && stop.isEmpty ? ends.prefix(1) : []
      return Sample(
        finish: finish, text: Array(wire.text.utf8), tokens: tokenizer.encode(wire.text) + end, logprobs: [])
    }
    var words = ids[...]
    if wire.finish == .stop, let last = ids.last, ends.contains(last) || last == wire.endToken {
      words = words.dropLast()
    }
    return Sample(finish: finish, text: texts.text(of: words, stop: stop).bytes, tokens: ids, logprobs: [])
  }
}

extension WireSample.Finish {
  /// As the host knows it.
  var host: Sample.Finish {
    switch self {
    case .stop: .stop
    case .length: .length
    case .filtered: .filtered
    }
  }
}
