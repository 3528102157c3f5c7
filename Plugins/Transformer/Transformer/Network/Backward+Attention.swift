internal import CTransformerKernels

/// Gradients of attention over one sequence.
extension BackwardPass {
  /// Gradients of queries, keys and values of the heads that share one key-value head, over one sequence.
  ///
  /// Probabilities are computed again from the log sums (Dao et al. 2022, arXiv:2205.14135, section 3.1).
  func attention(
    _ part: LayerActivations, _ sequence: PackedBatch.Sequence, _ rows: Range<Int>, _ tokens: Range<Int>,
    head: Int,
    _ space: BackwardSpace
  ) {
    let kernels = network.kernels
    let first = sequence.start - tokens.lowerBound
    let count = sequence.count
    let fused = part.fused + first * w.fused
    let keys = fused + w.query + head * w.head
    let values = keys + w.keyValue
    let dkeys = slab.fused + first * w.fused + w.query + head * w.head
    kernels.pack(keys, rowStride: 1, columnStride: w.fused, depth: w.head, columns: count, into: space.keys)
    kernels.pack(
      keys, rowStride: w.fused, columnStride: 1, depth: count, columns: w.head, into: space.keyRows)
    kernels.pack(
      values, rowStride: 1, columnStride: w.fused, depth: w.head, columns: count, into: space.valuesAcross)
    for row in 0..<count {
      (dkeys + row * w.fused).update(repeating: 0, count: w.head)
      (dkeys + w.keyValue + row * w.fused).update(repeating: 0, count: w.head)
    }
    for query in head * w.group..<(head + 1) * w.group {
      let doutput = space.attention + (first - rows.lowerBound) * w.query + query * w.head
      let output = part.attention + first * w.query + query * w.head
      table.row_dots(
        Int64(count), Int64(w.head), doutput, Int64(w.query), output, Int64(w.query), space.dots)
      for row in stride(from: 0, to: count, by: Workspace.tile) {
        tile(
          row..<min(row + Workspace.tile, count), of: count, queries: fused + query * w.head,
          doutput: doutput, logSums: part.logSums + query * tape.activations.tokens + first,
          dqueries: slab.fused + first * w.fused + query * w.head, dkeys: dkeys, space)
      }
    }
  }

  private func tile(
    _ rows: Range<Int>, of count: Int, queries: Floats, doutput: Floats, logSums: Floats, dqueries: Floats,
    dkeys: Floats, _ space: BackwardSpace
  ) {
    let kernels = network.kernels
    let stride = kernels.padded(count)
    let width = rows.upperBound
    let scale = 1 / Float(w.head).squareRoot()
    let first = Int64(rows.lowerBound + 1)
    let q = queries + rows.lowerBound * w.fused
    let d = doutput + rows.lowerBound * w.query
    kernels.multiply(
      rows: rows.count, columns: kernels.padded(width), depth: w.head, q, stride: w.fused, by: space.keys,
      into: space.probabilities, stride)
    table.causal_probabilities(
      Int64(rows.count), first, Int64(width), Int64(stride), scale, space.probabilities,
      logSums + rows.lowerBound)
    kernels.multiply(
      rows: rows.count, columns: kernels.padded(width), depth: w.head, d, stride: w.query,
      by: space.valuesAcross,
      into: space.slopes, stride)
    table.softmax_backward(
      Int64(rows.count), first, Int64(width), Int64(stride), scale, space.probabilities, space.slopes,
      space.dots + rows.lowerBound)
    kernels.multiply(
      rows: rows.count, columns: w.head, depth: width, space.slopes, stride: stride, by: space.keyRows,
      capacity: count, into: dqueries + rows.lowerBound * w.fused, w.fused)
    kernels.pack(q, rowStride: w.fused, columnStride: 1, depth: rows.count, columns: w.head, into: space.rows)
    kernels.multiply(
      rows: width, columns: w.head, depth: rows.count, space.slopes, stride: stride, transposed: true,
      by: space.rows, into: dkeys, w.fused, plus: dkeys, w.fused)
    let dvalues = dkeys + w.keyValue
    kernels.pack(d, rowStride: w.query, columnStride: 1, depth: rows.count, columns: w.head, into: space.rows)
    kernels.multiply(
      rows: width, columns: w.head, depth: rows.count, space.probabilities, stride: stride, transposed: true,
      by: space.rows, into: dvalues, w.fused, plus: dvalues, w.fused)
  }
}
