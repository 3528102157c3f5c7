internal import CTransformerKernels

/// Gradients of attention over one sequence.
extension BackwardPass {
  /// Gradients of queries, keys and values of the heads that share one key-value head, over one sequence.
  ///
  /// Probabilities are computed again from the log sums (Dao et al. 2022, arXiv:2205.14135, section 3.1).
  func attention(_ pass: LayerChunk, _ span: PackedBatch.Span, head: Int) {
    let kernels = network.kernels
    let (part, space) = (pass.part, pass.space)
    let count = span.count
    let (from, stride) = network.source(part.fused, span, head: head, joined: space.joined)
    kernels.pack(
      from.keys, rowStride: 1, columnStride: stride, depth: w.head, columns: count, into: space.keys)
    kernels.pack(
      from.keys, rowStride: stride, columnStride: 1, depth: count, columns: w.head, into: space.keyRows)
    kernels.pack(
      from.values, rowStride: 1, columnStride: stride, depth: w.head, columns: count,
      into: space.valuesAcross)
    space.dkeys.update(repeating: 0, count: 2 * count * w.head)
    let own = span.own.lowerBound
    for query in head * w.group..<(head + 1) * w.group {
      let doutput = space.attention + own * w.query + query * w.head
      table.row_dots(
        Int64(span.own.count), Int64(w.head), doutput, Int64(w.query),
        part.attention + own * w.query + query * w.head, Int64(w.query), space.dots)
      for row in Swift.stride(from: 0, to: span.own.count, by: Workspace.tile) {
        let tile = AttentionTile(
          rows: row..<min(row + Workspace.tile, span.own.count), before: span.before.count,
          window: network.window(pass.layer), panel: kernels.panel)
        self.tile(
          tile, of: count, queries: part.fused + (own + row) * w.fused + query * w.head,
          doutput: doutput + row * w.query, logSums: part.logSums + query * part.tokens + own + row,
          dqueries: space.fused + (own + row) * w.fused + query * w.head, space)
      }
    }
    giveBack(span, head: head, space)
  }

  /// Adds gradients of keys and values to those of the trunk, and stores the sequence's own.
  private func giveBack(_ span: PackedBatch.Span, head: Int, _ space: BackwardSpace) {
    let dkeys = space.fused + w.query + head * w.head
    let dvalues = space.dkeys + span.count * w.head
    for (index, row) in span.before.enumerated() {
      table.add(Int64(w.head), dkeys + row * w.fused, space.dkeys + index * w.head)
      table.add(Int64(w.head), dkeys + w.keyValue + row * w.fused, dvalues + index * w.head)
    }
    for (index, row) in span.own.enumerated() {
      let at = (span.before.count + index) * w.head
      (dkeys + row * w.fused).update(from: space.dkeys + at, count: w.head)
      (dkeys + w.keyValue + row * w.fused).update(from: dvalues + at, count: w.head)
    }
  }

  private func tile(
    _ tile: AttentionTile, of count: Int, queries: Floats, doutput: Floats, logSums: Floats,
    dqueries: Floats, _ space: BackwardSpace
  ) {
    let kernels = network.kernels
    let stride = kernels.padded(count)
    let (rows, low, width) = (tile.rows.count, tile.low, tile.width)
    let window = Int64(tile.window)
    let first = Int64(tile.firstValid)
    network.scores(tile, queries, by: space.keys, of: count, into: space.probabilities)
    let isCapped = network.architecture.attentionCap != nil
    let scale = network.capScores(tile, of: count, space.probabilities, slopes: isCapped ? space.caps : nil)
    table.causal_probabilities(
      Int64(rows), first, window, Int64(width), Int64(stride), scale, space.probabilities, logSums)
    kernels.multiply(
      rows: rows, columns: kernels.padded(width) - low, depth: w.head, doutput, stride: w.query,
      by: space.valuesAcross + low * w.head, into: space.slopes + low, stride)
    table.softmax_backward(
      Int64(rows), first, window, Int64(width), Int64(stride), scale, space.probabilities, space.slopes,
      space.dots + tile.rows.lowerBound)
    if isCapped {
      table.scale(Int64(rows), Int64(width - low), Int64(stride), 1, space.caps + low, space.slopes + low)
    }
    kernels.multiply(
      rows: rows, columns: w.head, depth: width - low, space.slopes + low, stride: stride,
      by: space.keyRows + low * kernels.panel, capacity: count, into: dqueries, w.fused)
    let dkeys = space.dkeys + low * w.head
    kernels.pack(queries, rowStride: w.fused, columnStride: 1, depth: rows, columns: w.head, into: space.rows)
    kernels.multiply(
      rows: width - low, columns: w.head, depth: rows, space.slopes + low, stride: stride, transposed: true,
      by: space.rows, into: dkeys, w.head, plus: dkeys, w.head)
    let dvalues = dkeys + count * w.head
    kernels.pack(doutput, rowStride: w.query, columnStride: 1, depth: rows, columns: w.head, into: space.rows)
    kernels.multiply(
      rows: width - low, columns: w.head, depth: rows, space.probabilities + low, stride: stride,
      transposed: true, by: space.rows, into: dvalues, w.head, plus: dvalues, w.head)
  }
}
