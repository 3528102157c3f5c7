internal import TransformerFiles

/// Sizes and constants of a network.
package struct Shape: Sendable, Equatable {
  /// Numbers of blocks.
  static let layersAllowed = 1...4096

  /// Width of the residual stream.
  package var hidden: Int
  /// Number of blocks.
  package var layers: Int
  /// Query heads.
  package var heads: Int
  /// Key and value heads; divides `heads`.
  package var keyValueHeads: Int
  /// Width of one head; even.
  package var headSize: Int
  /// Inner width of the SwiGLU layer.
  package var feedForward: Int
  /// Number of token ids.
  package var vocabulary: Int
  /// Longest sequence in tokens.
  package var context: Int
  /// Rotary positions; not used when positions are learned.
  package var rotary: RotaryPositions
  /// Positions of layers with a sliding window, where they differ (Gemma 3).
  package var windowRotary: RotaryPositions?
  /// Added to the mean square, or variance, in norms.
  package var normEpsilon: Double
  /// Whether the output matrix is the embedding.
  package var tied: Bool
  /// How the blocks are made.
  package var architecture = Architecture()

  /// A shape from its numbers; checked by ``validate()``.
  package init(
    hidden: Int, layers: Int, heads: Int, keyValueHeads: Int, headSize: Int? = nil, feedForward: Int,
    vocabulary: Int, context: Int = 512, rotaryBase: Double = 10_000, normEpsilon: Double = 1e-5,
    tied: Bool = true
  ) {
    self.hidden = hidden
    self.layers = layers
    self.heads = heads
    self.keyValueHeads = keyValueHeads
    self.headSize = headSize ?? (heads > 0 ? hidden / heads : 0)
    self.feedForward = feedForward
    self.vocabulary = vocabulary
    self.context = context
    rotary = RotaryPositions(base: rotaryBase)
    self.normEpsilon = normEpsilon
    self.tied = tied
  }

  /// 0.75M weights at 512 tokens of vocabulary: the quickstart's.
  package static func tiny(vocabulary: Int) -> Shape {
    Shape(
      hidden: 128, layers: 4, heads: 4, keyValueHeads: 2, feedForward: 352, vocabulary: vocabulary,
      context: 512)
  }

  /// 5.0M weights at 2048 tokens of vocabulary.
  package static func small(vocabulary: Int) -> Shape {
    Shape(
      hidden: 256, layers: 6, heads: 8, keyValueHeads: 4, feedForward: 704, vocabulary: vocabulary,
      context: 1024)
  }

  /// Number of weights.
  package var parameters: Int { ParameterLayout(self, Kernels()).tensors.reduce(0) { $0 + $1.count } }

  /// Sliding window of a layer; nil: it sees everything.
  func window(_ layer: Int) -> Int? {
    layer < architecture.windows.count ? architecture.windows[layer] : nil
  }

  /// Whether a layer rotates queries and keys.
  func rotates(_ layer: Int) -> Bool {
    !architecture.learnsPositions && (layer >= architecture.rotates.count || architecture.rotates[layer])
  }

  /// Refuses numbers that do not make a network.
  package func validate() throws {
    func require(_ condition: Bool, _ sentence: @autoclosure () -> String) throws {
      guard condition else { throw TransformerError(.badOption, sentence()) }
    }
    let sizes = [
      ("hidden size", hidden), ("number of heads", heads),
      ("number of key-value heads", keyValueHeads), ("head size", headSize),
      ("feed-forward size", feedForward),
      ("vocabulary size", vocabulary), ("context length", context),
    ]
    try require(
      Self.layersAllowed.contains(layers),
      "the number of layers is \(layers); give a number from 1 to \(Self.layersAllowed.upperBound)")
    for (name, size) in sizes {
      try require(
        (1...(1 << 24)).contains(size), "the \(name) is \(size); give a number from 1 to \(1 << 24)")
    }
    try require(
      (1...(1 << 16)).contains(layers),
      "the number of layers is \(layers); give a number from 1 to \(1 << 16)")
    if !architecture.learnsPositions {
      try rotary.validate(headSize: headSize)
      try windowRotary?.validate(headSize: headSize)
    }
    try require(
      heads % keyValueHeads == 0,
      "\(heads) heads cannot share \(keyValueHeads) key-value heads evenly; give a divisor of \(heads)")
    try require(
      normEpsilon.isFinite && normEpsilon > 0, "the norm's epsilon is \(normEpsilon); give a positive number")
    // Heads have at most 2^48 values here, so that nothing below overflows.
    let widest = max(vocabulary, feedForward * 3, heads * headSize * 3)
    let (product, overflow) = hidden.multipliedReportingOverflow(by: widest)
    try require(
      !overflow && product < 1 << 36,
      "hidden size \(hidden) with \(heads) heads of \(headSize) and vocabulary \(vocabulary) is too large for this engine; give smaller ones"
    )
  }

  /// Refuses matrices whose rows cannot be grouped.
  func checkWidths(multipleOf group: Int) throws {
    for (name, size) in [
      ("hidden size", hidden), ("feed-forward size", feedForward), ("size of all heads", heads * headSize),
    ] where size % group != 0 {
      throw TransformerError(
        .badOption,
        "the \(name) is \(size), but precision bf16 requires a multiple of \(group); use precision float32")
    }
  }
}

/// Derived widths, by the names used throughout the network code, also in the shapes that its comments give.
struct Widths: Sendable {
  let hidden, query, keyValue, qkv, feedForward, vocabulary, headSize, heads, keyValueHeads, group,
    layers: Int
  /// Rows of the first product of the feed-forward layer: gate and up, or gate alone.
  let gate: Int
  /// Queries and keys before their norms, where there are such; else 0.
  let raw: Int
  /// Outputs of attention and feed-forward before their norms, where there are such; else 0.
  let branch: Int

  init(_ shape: Shape) {
    hidden = shape.hidden
    query = shape.heads * shape.headSize
    keyValue = shape.keyValueHeads * shape.headSize
    qkv = query + 2 * keyValue
    feedForward = shape.feedForward
    vocabulary = shape.vocabulary
    headSize = shape.headSize
    heads = shape.heads
    keyValueHeads = shape.keyValueHeads
    group = shape.heads / shape.keyValueHeads
    layers = shape.layers
    gate = shape.architecture.isGated ? 2 * shape.feedForward : shape.feedForward
    raw = shape.architecture.headNorms == .none ? 0 : query + keyValue
    branch = shape.architecture.normalizesOutputs ? shape.hidden : 0
  }
}
