internal import TransformerTokenizer

/// One thread's private memory during a pass.
struct Workspace {
  /// Rows that go through a layer's products together.
  static let rows = 96
  /// Query rows of one attention tile.
  static let tile = 48

  /// [rows, hidden] and [rows, feedForward].
  let normed, inner: Floats
  /// [tile, padded vocabulary]
  let logits: Floats
  /// Keys and values of one head, packed, of the longest sequence.
  let keys, values: Packed
  /// [tile, padded longest]
  let scores: Floats
  /// [longest, 2, head size]
  let joined: Floats
  /// Of the largest chunk, where activations are kept in bf16.
  let unrounded: Unrounded

  /// - Parameters:
  ///   - longest: the longest sequence in tokens.
  ///   - unrounded: tokens of the largest chunk, if activations are kept in bf16.
  init?(_ carver: inout FloatCarver, _ network: Network, longest: Int, unrounded tokens: Int = 0) {
    let w = network.widths
    let kernels = network.attentionKernels
    let sizes = [
      Self.rows * w.hidden, Self.rows * w.feedForward, Self.tile * network.kernels.padded(w.vocabulary),
      kernels.packedSize(depth: w.headSize, columns: longest),
      kernels.packedSize(depth: longest, columns: w.headSize),
      Self.tile * kernels.padded(longest), longest * 2 * w.headSize,
    ]
    let pieces = sizes.map { carver.carve($0) }.compactMap(\.self)
    let unrounded = Unrounded(&carver, w, tokens: tokens)
    guard pieces.count == sizes.count, let unrounded else { return nil }
    self.unrounded = unrounded
    (normed, inner, logits) = (pieces[0], pieces[1], pieces[2])
    (keys, values, scores, joined) = (Packed(pieces[3]), Packed(pieces[4]), pieces[5], pieces[6])
  }
}
