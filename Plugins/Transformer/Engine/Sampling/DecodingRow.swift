internal import TransformerTokenizer

/// A sample while it grows.
struct DecodingRow {
  let sample: Generation.Sample
  let cache: PromptCache
  /// Where its own keys and values are.
  var blocks: [Int] = []
  var tokens: [Int32] = []
  var logprobs: [Float] = []
  var text: [UInt8] = []
  var mask = TokenMask()

  init(_ sample: Generation.Sample, cache: PromptCache) {
    self.sample = sample
    self.cache = cache
  }

  /// Takes a sampled token; the finish when it was the last.
  mutating func append(
    _ token: Int32, _ logprob: Float, _ prompt: GenerationPrompt, context: Int, ends: [Int32],
    pieces: TokenPieces
  ) -> Continuation.Finish? {
    tokens.append(token)
    logprobs.append(logprob)
    if ends.contains(token) { return .stop }
    let before = text.count
    text.append(contentsOf: pieces[token])
    if let at = Self.firstMatch(text, prompt.stop, changedFrom: before) {
      text.removeLast(text.count - at)
      return .stop
    }
    return tokens.count >= prompt.maxTokens || prompt.tokens.count + tokens.count >= context ? .length : nil
  }

  /// Where the earliest stop string begins that ends in the new part.
  private static func firstMatch(_ text: [UInt8], _ stops: [[UInt8]], changedFrom: Int) -> Int? {
    var best: Int?
    for stop in stops {
      var at = max(0, changedFrom - stop.count + 1)
      while at + stop.count <= text.count, at < best ?? .max {
        if text[at..<at + stop.count].elementsEqual(stop) {
          best = at
          break
        }
        at += 1
      }
    }
    return best
  }
}
