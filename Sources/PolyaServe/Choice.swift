internal import PolyaCore

/// One sample of one prompt, with everything that an answer may show of it.
struct Choice {
  /// A token of the answer's text, with what the model says about it.
  struct Token {
    var id: Int32
    /// What it contributes to the text; its end may be cut off by a stop string.
    var bytes: [UInt8]
    /// Nil for the first token of a prompt, before which there is nothing, and if log-probs are not wanted.
    var logprob: Float?
    /// The most likely token at this position, if that is wanted and another one.
    var likelier: Alternative?
    /// The beginning in the text, in bytes.
    var start = 0
  }

  /// A token that was not chosen.
  struct Alternative {
    var id: Int32
    var bytes: [UInt8]
    var logprob: Float
  }

  var index: Int
  var prompt: [Int32]
  var completion: Completion
  /// The bytes of the answer's text; of the prompt as well if it is echoed.
  var text: [UInt8]
  /// The tokens of the text; empty if neither log-probs nor a stream are wanted.
  var tokens: [Token] = []

  /// Sets the tokens, and where they begin in the text.
  mutating func show(_ tokens: [Token]) {
    var position = 0
    self.tokens = tokens.map { token in
      var token = token
      token.start = min(position, text.count)
      position += token.bytes.count
      return token
    }
  }

  /// The reason of the end in OpenAI's words.
  var finish: JSON {
    switch completion.finish {
    case .stop: "stop"
    case .length: "length"
    case .filtered: "content_filter"
    case .cancelled: .null
    }
  }

  /// The tokens with whose end a code point of the text ends, as ranges that can be sent one by one.
  var pieces: [(tokens: Range<Int>, text: String)] {
    let boundaries = Set(TokenTexts.codePoints(text) + [text.count])
    var (pieces, first, sent): ([(tokens: Range<Int>, text: String)], Int, Int) = ([], 0, 0)
    for index in tokens.indices {
      let end = index + 1 < tokens.count ? tokens[index + 1].start : text.count
      guard boundaries.contains(end) else { continue }
      pieces.append((first..<(index + 1), String(decoding: text[sent..<end], as: UTF8.self)))
      (first, sent) = (index + 1, end)
    }
    return pieces
  }
}
