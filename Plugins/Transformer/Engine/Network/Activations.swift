/// Intermediate results of some tokens, layer by layer. With a layer stride of 0 each layer overwrites the last.
struct Activations {
  enum Keeping {
    /// Each layer overwrites the last.
    case nothing
    /// The inputs of all layers, from which backward computes the rest again.
    case inputs
    /// Everything that backward needs.
    case all
  }

  /// Residual stream before each layer, and after the last: [tokens, hidden].
  private(set) var input: Floats
  private let inputStride: Int
  private var parts: [Floats]
  private let widths, strides: [Int]
  /// Of attention: [heads, tokens].
  private var logSums: Floats
  private let logSumStride: Int
  /// Tokens between one head's log sums and the next's.
  let tokens: Int
  let keeping: Keeping

  /// Carves storage for `tokens`.
  init?(_ carver: inout FloatCarver, _ w: Widths, tokens: Int, keeping: Keeping) {
    let keepsInputs = keeping != .nothing
    let layers = keeping == .all ? w.layers : 1
    let inputs = carver.carve(tokens * w.hidden * (keepsInputs ? w.layers + 1 : 1))
    widths = [
      w.qkv, w.query, w.hidden, w.gate, 1, 1, w.raw, w.raw == 0 ? 0 : w.heads + w.keyValueHeads, w.branch,
      w.branch,
    ]
    let carved = widths.map { carver.carve(tokens * $0 * layers) }.compactMap(\.self)
    let sums = carver.carve(tokens * w.heads * layers)
    guard let inputs, carved.count == widths.count, let sums else { return nil }
    (input, parts, logSums) = (inputs, carved, sums)
    self.tokens = tokens
    self.keeping = keeping
    inputStride = keepsInputs ? tokens * w.hidden : 0
    strides = widths.map { keeping == .all ? tokens * $0 : 0 }
    logSumStride = keeping == .all ? tokens * w.heads : 0
  }

  /// The same, starting at a token.
  func from(_ token: Int, _ w: Widths) -> Activations {
    var result = self
    result.input += token * w.hidden
    for index in parts.indices { result.parts[index] += token * widths[index] }
    result.logSums += token
    return result
  }

  /// Pointers of one layer.
  func layer(_ index: Int) -> LayerActivations {
    func part(_ number: Int) -> Floats { parts[number] + index * strides[number] }
    return LayerActivations(
      input: input + index * inputStride, output: input + (index + 1) * inputStride, qkv: part(0),
      attention: part(1), middle: part(2), gate: part(3), inputInverse: part(4),
      postAttentionInverse: part(5),
      raw: part(6), rawInverse: part(7), attentionBranch: part(8), feedForwardBranch: part(9),
      logSums: logSums + index * logSumStride, tokens: tokens)
  }
}

/// What one layer computes of some tokens.
struct LayerActivations {
  /// Residual stream before and after: [tokens, hidden].
  var input, output: Floats
  /// Queries and keys, normalized and rotated, and values: [tokens, query + 2 key-value].
  let qkv: Floats
  /// Output of attention: [tokens, query].
  let attention: Floats
  /// Residual stream between attention and feed-forward: [tokens, hidden].
  let middle: Floats
  /// [tokens, gate]
  let gate: Floats
  /// 1 / rms of the two norms: [tokens] each.
  let inputInverse, postAttentionInverse: Floats
  /// Queries and keys before their norms, and 1 / rms of those; empty where there are none.
  let raw, rawInverse: Floats
  /// Outputs of attention and feed-forward before their norms; empty where there are none.
  let attentionBranch, feedForwardBranch: Floats
  /// [heads, tokens]
  let logSums: Floats
  /// Tokens between one head's log sums and the next's.
  let tokens: Int
}
