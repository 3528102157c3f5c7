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

  /// Of all norms except those of queries and keys, which are always RMSNorm (with `rmsPlusOne`, as that).
  package var normalization = Normalization.rms
  /// Of the feed-forward layer.
  package var activation = Activation.silu
  /// Whether a second product gates the activation (SwiGLU, GeGLU).
  package var isGated = true
  /// Which products have a bias.
  package var biases: Biases = []
  /// Whether queries and keys are normalized, head by head, before they are rotated (Qwen3, Gemma 3).
  package var normalizesQueriesAndKeys = false
  /// Whether the output of attention and of the feed-forward layer is normalized before it is added (Gemma).
  package var normalizesOutputs = false
  /// Whether positions are a learned table that is added to the embedding, instead of rotations.
  package var learnsPositions = false
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
  }

  /// "rope_theta".
  package var base: Double
  /// Change of the frequencies.
  package var scaling: Scaling

  /// Positions with a base and a scaling.
  package init(base: Double, scaling: Scaling = .none) {
    self.base = base
    self.scaling = scaling
  }

  /// Angle per position of pair i, for i below half the head size, in single precision as in transformers.
  func frequencies(headSize: Int) -> [Float] {
    (0..<headSize / 2).map { i in
      let plain = 1 / power(base, Double(2 * i) / Double(headSize))
      return Float(scaled(plain, pair: i, headSize: headSize))
    }
  }

  /// Multiplies cosines and sines.
  var magnitude: Double {
    if case .yarn(_, _, _, _, let magnitude, _) = scaling { return magnitude }
    return 1
  }

  private func scaled(_ plain: Double, pair: Int, headSize: Int) -> Double {
    switch scaling {
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
        Double(headSize) * logarithm(original / (rotations * 2 * Double.pi)) / (2 * logarithm(base))
      }
      var first = dimension(fast)
      var last = dimension(slow)
      if truncates { (first, last) = (first.rounded(.down), last.rounded(.up)) }
      (first, last) = (max(first, 0), min(last, Double(headSize - 1)))
      if first == last { last += 0.001 }
      let ramp = min(1, max(0, (Double(pair) - first) / (last - first)))
      return plain / factor * ramp + plain * (1 - ramp)
    }
  }
}
