internal import TransformerFiles

/// What to sample.
package struct GenerationPrompt: Sendable {
  /// What the samples continue; at least one token.
  package var tokens: [Int32]
  /// With sample index and position the only source of randomness.
  package var seed: UInt64
  /// How many continuations.
  package var samples: Int
  /// Index of the first of them, so that a prompt may be sampled in parts.
  package var firstSample: Int
  /// At most so many new tokens each.
  package var maxTokens: Int
  /// 0: the most likely token.
  package var temperature: Double
  /// Keeps the k most likely tokens; nil: all.
  package var topK: Int?
  /// Keeps the fewest most likely tokens with at least this share, after `topK`; 1: all.
  package var topP: Double
  /// Drops tokens below this share of the most likely one's probability; 0: none.
  package var minP: Double
  /// Byte strings that end a sample.
  package var stop: [[UInt8]]
  /// Whether continuations tell which tokens truncation left.
  package var wantsMask: Bool

  /// A prompt with its sampling parameters.
  package init(
    tokens: [Int32], seed: UInt64, samples: Int = 1, firstSample: Int = 0, maxTokens: Int,
    temperature: Double = 1, topK: Int? = nil, topP: Double = 1, minP: Double = 0, stop: [[UInt8]] = [],
    wantsMask: Bool = false
  ) {
    self.wantsMask = wantsMask
    self.tokens = tokens
    self.seed = seed
    self.samples = samples
    self.firstSample = firstSample
    self.maxTokens = maxTokens
    self.temperature = temperature
    self.topK = topK
    self.topP = topP
    self.minP = minP
    self.stop = stop
  }

  /// Whether truncation leaves only some tokens.
  var isCut: Bool { temperature > 0 && (topK != nil || topP < 1 || minP > 0) }

  func check(_ index: Int, _ shape: Shape) throws {
    func refuse(_ kind: TransformerError.Kind, _ sentence: String) -> TransformerError {
      TransformerError(kind, "prompt \(index) \(sentence)")
    }
    guard !tokens.isEmpty else { throw refuse(.badArgument, "has no tokens; give at least one") }
    guard tokens.count < shape.context else {
      throw refuse(
        .limit, "has \(tokens.count) tokens; the context of \(shape.context) leaves no room to answer")
    }
    guard samples >= 0, maxTokens >= 1, firstSample >= 0 else {
      throw refuse(
        .badArgument,
        "asks for \(samples) samples of \(maxTokens) tokens; give 0 or more samples of 1 token or more")
    }
    guard temperature.isFinite, temperature >= 0 else {
      throw refuse(.badArgument, "has temperature \(temperature); give 0 or more")
    }
    guard topP > 0, topP <= 1 else {
      throw refuse(.badArgument, "has top_p \(topP); give more than 0 and at most 1")
    }
    guard minP >= 0, minP <= 1 else { throw refuse(.badArgument, "has min_p \(minP); give 0 to 1") }
    guard topK.map({ $0 >= 1 }) ?? true else {
      throw refuse(.badArgument, "has top_k \(topK ?? 0); give 1 or more")
    }
    guard !stop.contains(where: \.isEmpty) else {
      throw refuse(.badArgument, "has an empty stop string; leave it out")
    }
    if let bad = tokens.first(where: { $0 < 0 || Int($0) >= shape.vocabulary }) {
      throw refuse(.badArgument, "has token id \(bad), but the vocabulary has \(shape.vocabulary) entries")
    }
  }
}

/// One continuation of a prompt.
package struct Continuation: Sendable, Equatable {
  /// Why a continuation ended.
  package enum Finish: Sendable {
    /// End token or stop string.
    case stop
    /// `maxTokens` or the context length.
    case length
  }

  /// Why it ended.
  package var finish: Finish
  /// Without end token and stop string; may end inside a code point.
  package var text: [UInt8]
  /// All that was sampled, end token included.
  package var tokens: [Int32]
  /// Of the distribution at the prompt's temperature before truncation; one per token.
  package var logprobs: [Float]
  /// Which tokens truncation left; empty unless the prompt wants it and truncates.
  package var mask = TokenMask()
}

/// Which tokens can be drawn at each position.
package struct TokenMask: Sendable, Equatable {
  /// The ids of all positions, one after the other.
  package var ids: [Int32] = []
  /// Where the ids of each position end in `ids`.
  package var ends: [Int32] = []
  /// ln of the probability that they have together before truncation, at each position; empty if it is not known.
  package var logMass: [Float] = []

  /// A mask; by default one that leaves all tokens.
  package init(ids: [Int32] = [], ends: [Int32] = []) {
    self.ids = ids
    self.ends = ends
  }
}
