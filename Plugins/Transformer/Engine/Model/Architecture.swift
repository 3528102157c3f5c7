internal import TransformerFiles

/// How the blocks of a decoder are made; families of models are points in this space.
///
/// The default is Llama's: RMSNorm before each half of a block, rotary positions, SwiGLU, no biases.
package struct Architecture: Sendable, Equatable {
  /// How a vector is normalized.
  package enum Normalization: Sendable {
    /// x / rms(x) * w
    case rms
    /// x / rms(x) * (1 + w), Gemma's
    case rmsPlusOne
    /// (x - mean) / deviation * w + b, GPT-2's
    case layer
  }

  /// The non-linearity of the feed-forward layer.
  package enum Activation: Sendable {
    /// x sigmoid(x)
    case silu
    /// GELU in its tanh form
    case gelu
  }

  /// Which products have a bias.
  package struct Biases: OptionSet, Sendable {
    /// Bits.
    package let rawValue: Int
    /// From bits.
    package init(rawValue: Int) { self.rawValue = rawValue }
    /// Queries, keys and values.
    package static let queryKeyValue = Biases(rawValue: 1)
    /// The output of attention.
    package static let output = Biases(rawValue: 2)
    /// Both products of the feed-forward layer.
    package static let feedForward = Biases(rawValue: 4)
  }

  /// How tensors are named and laid out in files.
  package enum Naming: Sendable {
    /// Llama, Mistral, Qwen, Gemma
    case llama
    /// As `llama`, with fused query-key-value and gate-up tensors
    case phi3
    /// GPT-2: its own names, matrices stored as [in, out]
    case gpt2
  }

  /// What queries and keys are normalized by before they are rotated.
  package enum HeadNorms: Sendable {
    case none
    /// Head by head (Qwen3, Gemma 3)
    case heads
    /// All queries together, and all keys (OLMo 2)
    case whole
  }

  /// Of all norms except those of queries and keys, which are always RMSNorm (with `rmsPlusOne`, as that).
  package var normalization = Normalization.rms
  /// Of the feed-forward layer.
  package var activation = Activation.silu
  /// Whether a second product gates the activation (SwiGLU, GeGLU).
  package var isGated = true
  /// Which products have a bias.
  package var biases: Biases = []
  /// Norms of queries and keys.
  package var headNorms = HeadNorms.none
  /// Whether attention and the feed-forward layer read the residual stream normalized (all but OLMo 2).
  package var normalizesInputs = true
  /// Whether the output of attention and of the feed-forward layer is normalized before it is added (Gemma, OLMo 2).
  package var normalizesOutputs = false
  /// Whether positions are a learned table that is added to the embedding, instead of rotations.
  package var learnsPositions = false
  /// By layer, whether queries and keys are rotated (SmolLM3). Empty: in all layers.
  package var rotates: [Bool] = []
  /// Multiplies embeddings on their way in.
  package var embeddingScale: Float = 1
  /// Multiplies scores of attention; 1 / sqrt(head size) when nil.
  package var attentionScale: Float?
  /// Scores of attention s become cap tanh(s / cap) (Gemma 2).
  package var attentionCap: Float?
  /// The same for logits.
  package var logitCap: Float?
  /// Sliding windows by layer: a token sees itself and the window - 1 before it; nil: all. Empty: none slides.
  package var windows: [Int?] = []
  /// Names and forms of tensors in files.
  package var naming = Naming.llama

  /// Llama's.
  package init() {}
}

/// How positions become angles.
package struct RotaryPositions: Sendable, Equatable {
  /// Changes of the frequencies that let a model read beyond the length it was first trained with.
  package enum Scaling: Sendable, Equatable {
    /// Position / base^(2i / head size).
    case none
    /// All frequencies divided by a factor.
    case linear(factor: Double)
    /// Llama 3.1's: long wavelengths divided, short ones kept, a ramp between.
    case llama3(factor: Double, low: Double, high: Double, original: Double)
    /// YaRN (Peng et al. 2023, arXiv:2309.00071): a ramp over dimensions, and cosines and sines times `magnitude`.
    case yarn(
      factor: Double, fast: Double, slow: Double, original: Double, magnitude: Double, truncates: Bool)
    /// LongRoPE (Ding et al. 2024, arXiv:2402.13753): each frequency divided by a factor of its own, and cosines and
    /// sines times `magnitude`.
    case pairs(factors: [Double], magnitude: Double)
  }

  /// "rope_theta".
  package var base: Double
  /// Change of the frequencies.
  package var scaling: Scaling
  /// Share of each head that is rotated, from its beginning on (Phi-4-mini).
  package var share = 1.0
  /// Tokens up to which these frequencies are right; nil: all.
  package var longest: Int?

  /// Positions with a base and a scaling.
  package init(base: Double, scaling: Scaling = .none) {
    self.base = base
    self.scaling = scaling
  }

  /// Elements of a head that are rotated.
  func width(headSize: Int) -> Int { Int(Double(headSize) * share) }

  /// Angle per position of pair i, for i below half the rotated width, in single precision as in transformers.
  func frequencies(headSize: Int) -> [Float] {
    let width = width(headSize: headSize)
    return (0..<width / 2).map { i in
      let plain = 1 / power(base, Double(2 * i) / Double(width))
      return Float(scaled(plain, pair: i, width: width))
    }
  }

  /// Refuses what makes no angles.
  func validate(headSize: Int) throws {
    func require(_ condition: Bool, _ sentence: @autoclosure () -> String) throws {
      guard condition else { throw TransformerError(.badOption, sentence()) }
    }
    try require(base.isFinite && base > 0, "rope_theta is \(base); give a positive number")
    try require(
      share > 0 && share <= 1, "partial_rotary_factor is \(share); give a number above 0, and at most 1")
    let width = width(headSize: headSize)
    try require(
      width > 0 && width % 2 == 0,
      "\(width) elements of a head of size \(headSize) are rotated; rotary positions need an even number of them"
    )
    guard case .pairs(let factors, let magnitude) = scaling else { return }
    try require(
      factors.count == width / 2 && factors.allSatisfy { $0.isFinite && $0 > 0 } && magnitude.isFinite,
      "longrope has \(factors.count) factors; \(width / 2) positive ones are needed")
  }

  /// Multiplies cosines and sines.
  var magnitude: Double {
    switch scaling {
    case .yarn(_, _, _, _, let magnitude, _), .pairs(_, let magnitude): magnitude
    case .none, .linear, .llama3: 1
    }
  }

  private func scaled(_ plain: Double, pair: Int, width: Int) -> Double {
    switch scaling {
    case .pairs(let factors, _): return pair < factors.count ? plain / factors[pair] : plain
    case .none: return plain
    case .linear(let factor): return plain / factor
    case .llama3(let factor, let low, let high, let original):
      let wavelength = 2 * Double.pi / plain
      if wavelength < original / high { return plain }
      if wavelength > original / low { return plain / factor }
      let share = (original / wavelength - low) / (high - low)
      return (1 - share) * plain / factor + share * plain
    case .yarn(let factor, let fast, let slow, let original, _, let truncates):
      // The dimension at which a full turn is made `rotations` times within the original length.
      func dimension(_ rotations: Double) -> Double {
        Double(width) * logarithm(original / (rotations * 2 * Double.pi)) / (2 * logarithm(base))
      }
      var first = dimension(fast)
      var last = dimension(slow)
      if truncates { (first, last) = (first.rounded(.down), last.rounded(.up)) }
      (first, last) = (max(first, 0), min(last, Double(width - 1)))
      if first == last { last += 0.001 }
      let ramp = min(1, max(0, (Double(pair) - first) / (last - first)))
      return plain / factor * ramp + plain * (1 - ramp)
    }
  }
}
