internal import TransformerTokenizer

/// Weight matrices as right-hand sides of gradients x W, packed from their storage just before they are needed: one
/// layer's at a time, and the unembedding's in strips, so that no second copy of all weights exists.
struct BackwardPanels {
  let qkv, output, gate, down, unembedding: Packed

  /// Rows of the unembedding that are packed at a time.
  static let unembeddingStrip = 4096

  init?(_ carver: inout FloatCarver, _ network: Network) {
    let w = network.widths
    let kernels = network.kernels
    let pieces = [
      (w.qkv, w.hidden), (w.hidden, w.query), (w.gate, w.hidden), (w.hidden, w.feedForward),
      (min(Self.unembeddingStrip, kernels.padded(w.vocabulary)), w.hidden),
    ].map { carver.carve(kernels.packedSize(depth: kernels.padded($0.0), columns: $0.1)) }.compactMap {
      $0.map { Packed($0) }
    }
    guard pieces.count == 5 else { return nil }
    (qkv, output, gate, down, unembedding) = (pieces[0], pieces[1], pieces[2], pieces[3], pieces[4])
  }

  /// Packs the matrices of one layer.
  func update(_ network: Network, layer: Int, threads: Int) {
    let w = network.widths
    let block = network.layout.blocks[layer]
    let matrices = [
      (block.qkv, w.qkv, w.hidden, qkv), (block.output, w.hidden, w.query, output),
      (block.gate, w.gate, w.hidden, gate), (block.down, w.hidden, w.feedForward, down),
    ]
    network.pool.run(matrices.count, threads: threads) { _, index in
      let (from, rows, columns, to) = matrices[index]
      network.kernels.packTransposed(network.weights.matrix(from), rows: rows, columns: columns, into: to)
    }
  }

  /// Packs some rows of the unembedding.
  func updateUnembedding(_ network: Network, rows: Range<Int>) {
    let hidden = network.widths.hidden
    network.kernels.packTransposed(
      network.kernels.columns(
        network.weights.matrix(network.layout.unembedding), from: rows.lowerBound, depth: hidden),
      rows: rows.count, columns: hidden, into: unembedding)
  }
}
