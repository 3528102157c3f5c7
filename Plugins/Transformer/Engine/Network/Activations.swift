internal import CTransformerKernels

/// Intermediate results of some tokens, layer by layer. With a layer stride of 0 each layer overwrites the last.
///
/// In bf16, what products made is stored as bf16 for the backward pass; the residual stream stays float32.
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
  private var parts: [Packed]
  /// Of each part: numbers of a token, bytes of a number, bytes of a layer.
  private let widths, sizes, strides: [Int]
  /// Whether ``Unrounded/parts`` are bf16.
  let isRounded: Bool
  /// Of attention: [heads, tokens].
  private var logSums: Floats
  private let logSumStride: Int
  /// Tokens between one head's log sums and the next's.
  let tokens: Int
  let keeping: Keeping

  /// Carves storage for `tokens`.
  ///
  /// - Parameter isRounded: whether what is kept of products is bf16.
  init?(
    _ carver: inout FloatCarver, _ w: Widths, tokens: Int, keeping: Keeping, isRounded: Bool = false
  ) {
    let isRounded = isRounded && keeping == .all
    let keepsInputs = keeping != .nothing
    let layers = keeping == .all ? w.layers : 1
    let inputs = carver.carve(tokens * w.hidden * (keepsInputs ? w.layers + 1 : 1))
    widths = [
      w.qkv, w.query, w.hidden, w.gate, 1, 1, w.raw, w.raw == 0 ? 0 : w.heads + w.keyValueHeads, w.branch,
      w.branch,
    ]
    sizes = widths.indices.map { isRounded && Unrounded.parts.contains($0) ? 2 : 4 }
    let carved = zip(widths, sizes).map { width, size in
      carver.carve((tokens * width * layers * size + 3) / 4)
    }.compactMap { $0.map { Packed($0) } }
    let sums = carver.carve(tokens * w.heads * layers)
    guard let inputs, carved.count == widths.count, let sums else { return nil }
    (input, parts, logSums) = (inputs, carved, sums)
    self.tokens = tokens
    self.keeping = keeping
    inputStride = keepsInputs ? tokens * w.hidden : 0
    strides = zip(widths, sizes).map { keeping == .all ? tokens * $0 * $1 : 0 }
    self.isRounded = isRounded
    logSumStride = keeping == .all ? tokens * w.heads : 0
  }

  /// The same, starting at a token.
  func from(_ token: Int, _ w: Widths) -> Activations {
    var result = self
    result.input += token * w.hidden
    for index in parts.indices { result.parts[index] += token * widths[index] * sizes[index] }
    result.logSums += token
    return result
  }

  /// The residual stream before a layer: [tokens, hidden].
  func input(of layer: Int) -> Floats { input + layer * inputStride }

  /// Pointers of one layer.
  ///
  /// - Parameter unrounded: where what is kept in bf16 is computed.
  func layer(_ index: Int, _ unrounded: Unrounded) -> LayerActivations {
    func place(_ number: Int) -> Packed { parts[number] + index * strides[number] }
    func part(_ number: Int) -> Floats {
      if isRounded, let at = Unrounded.parts.firstIndex(of: number) { return unrounded.places[at] }
      return place(number).assumingMemoryBound(to: Float.self)
    }
    return LayerActivations(
      input: input(of: index), output: input(of: index + 1), qkv: part(0),
      attention: part(1), middle: part(2), gate: part(3), inputInverse: part(4),
      postAttentionInverse: part(5),
      raw: part(6), rawInverse: part(7), attentionBranch: part(8), feedForwardBranch: part(9),
      logSums: logSums + index * logSumStride, tokens: tokens,
      rounded: isRounded ? Unrounded.parts.map { place($0).assumingMemoryBound(to: UInt16.self) } : nil)
  }
}

/// Where one thread computes what is then kept in bf16: queries, keys and values, output of attention, gate and up of a
/// chunk.
struct Unrounded {
  /// Among the parts of ``Activations``.
  static let parts = [0, 1, 3]

  let places: [Floats]
  private let widths: [Int]

  /// Carves storage for `tokens`; none where nothing is rounded.
  init?(_ carver: inout FloatCarver, _ w: Widths, tokens: Int) {
    widths = [w.qkv, w.query, w.gate]
    let carved = widths.map { carver.carve(tokens * $0) }.compactMap(\.self)
    guard carved.count == widths.count else { return nil }
    places = carved
  }

  /// Keeps what was computed of some tokens.
  func keep(_ part: LayerActivations, rows: Int, _ kernels: Kernels) {
    guard let rounded = part.rounded else { return }
    for (index, to) in rounded.enumerated() {
      kernels.table.pointee.round(Int64(rows * widths[index]), places[index], to)
    }
  }

  /// Brings back what was kept of some tokens.
  func recall(_ part: LayerActivations, rows: Int, _ kernels: Kernels) {
    guard let rounded = part.rounded else { return }
    for (index, from) in rounded.enumerated() {
      kernels.table.pointee.widen(Int64(rows * widths[index]), from, places[index])
    }
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
  /// Where ``Unrounded/parts`` are kept in bf16, if they are.
  let rounded: [Halves]?
}
