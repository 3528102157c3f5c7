internal import TransformerTokenizer

/// Memory of one decoding thread: keys and values of its rows, and the activations of one step.
struct DecoderSpace {
  let rows: Int
  /// Residual stream, before and after a norm: [rows, hidden].
  let x, normed: Floats
  /// [rows, qkv]
  let qkv: Floats
  /// Output of attention, and of rows that share a prompt: [rows, query].
  let attention, mixed: Floats
  /// Queries of each row, and of rows that share a prompt, as attention wants them: [rows, heads, capacity of head size].
  let queries, gathered: Packed
  /// [rows, gate], [rows, feedForward] and [rows, branch].
  let gate, inner, branch: Floats
  /// [rows, padded vocabulary]
  let logits: Floats
  /// [rows, heads, scoreStride]
  let scores: Floats
  /// [vocabulary]
  let probabilities: Floats
  let scoreStride: Int
  let memory: KeyValueBlocks

  /// - Parameters:
  ///   - blocks: of keys and values.
  ///   - longest: most positions of a sequence.
  init?(_ carver: inout FloatCarver, _ network: Network, rows: Int, blocks: Int, longest: Int) {
    let w = network.widths
    let kernels = network.kernels
    let laid = network.attentionKernels.floats(rows * w.heads * network.attentionKernels.capacity(w.headSize))
    self.rows = rows
    // The last block of a prompt and of a row's own tokens are scored in full.
    scoreStride = KeyValueBlocks.blocks(longest + KeyValueBlocks.positions) * KeyValueBlocks.positions
    let sizes = [
      rows * w.hidden, rows * w.hidden, rows * w.qkv, rows * w.query, rows * w.gate,
      rows * w.feedForward, rows * kernels.padded(w.vocabulary), laid, rows * w.query,
      rows * w.heads * scoreStride, w.vocabulary, rows * w.branch, blocks * KeyValueBlocks.size(network),
      laid,
    ]
    let pieces = sizes.map { carver.carve($0) }.compactMap { $0 }
    guard pieces.count == sizes.count else { return nil }
    (x, normed, qkv, attention) = (pieces[0], pieces[1], pieces[2], pieces[3])
    (gate, inner, logits, queries) = (pieces[4], pieces[5], pieces[6], Packed(pieces[7]))
    gathered = Packed(pieces[13])
    (mixed, scores, probabilities, branch) = (pieces[8], pieces[9], pieces[10], pieces[11])
    memory = KeyValueBlocks(network, pieces[12], count: blocks)
  }
}
