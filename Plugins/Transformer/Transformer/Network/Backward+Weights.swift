internal import CTransformerKernels

/// Gradients of weight matrices, strip by strip.
extension BackwardPass {
  /// Rows of the largest strip of a weight gradient.
  private static let strip = 192

  struct Strip { let matrix: Int; let rows: Range<Int> }

  /// Cuts matrices into strips of rows for the threads; the cuts change no bit of the result.
  func strips(_ matrices: [(rows: Int, columns: Int)]) -> [Strip] {
    let work = matrices.reduce(0) { $0 + $1.rows * $1.columns }
    var result: [Strip] = []
    for (index, matrix) in matrices.enumerated() {
      let wanted = max(1, work / (threads == 1 ? 1 : 6 * threads) / matrix.columns)
      let height = max(24, min(Self.strip, (wanted + 11) / 12 * 12))
      for first in stride(from: 0, to: matrix.rows, by: height) {
        result.append(Strip(matrix: index, rows: first..<min(first + height, matrix.rows)))
      }
    }
    return result
  }

  func weightGradients(_ layer: Int, _ tokens: Range<Int>, _ output: Floats) {
    let block = layout.blocks[layer]
    let products: [(left: Floats, rows: Int, right: Floats, columns: Int, to: Int)] = [
      (slab.gateUp, 2 * w.feedForward, slab.middleNormed, w.hidden, block.gateUp),
      (output, w.hidden, slab.inner, w.feedForward, block.down),
      (slab.fused, w.fused, slab.inputNormed, w.hidden, block.fused),
      (slab.middle, w.hidden, slab.attention, w.query, block.output),
    ]
    let strips = strips(products.map { ($0.rows, $0.columns) })
    network.pool.run(strips.count, threads: threads) { _, index in
      guard !stop.isRaised else { return }
      let rows = strips[index].rows
      let product = products[strips[index].matrix]
      network.kernels.accumulate(
        rows: rows.count, columns: product.columns, depth: tokens.count, product.left + rows.lowerBound,
        stride: product.rows, by: product.right,
        into: gradients + product.to + rows.lowerBound * product.columns)
    }
  }

  func embeddingGradients(_ tokens: Range<Int>, _ output: Floats) {
    let slice = 64
    network.pool.run((w.hidden + slice - 1) / slice, threads: threads) { _, index in
      guard !stop.isRaised else { return }
      let first = index * slice
      let count = min(slice, w.hidden - first)
      for row in 0..<tokens.count {
        let token = Int(tape.batch.tokens[tokens.lowerBound + row])
        table.add(
          Int64(count), gradients + layout.embedding + token * w.hidden + first,
          output + row * w.hidden + first)
      }
    }
  }
}
