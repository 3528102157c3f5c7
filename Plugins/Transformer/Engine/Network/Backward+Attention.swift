internal import CTransformerKernels

/// Gradients of attention over one sequence.
extension BackwardPass {
  /// Gradients of queries, keys and values of the heads that share one key-value head, over one sequence.
  ///
  /// Probabilities are computed again from the log sums (Dao et al. 2022, arXiv:2205.14135, section 3.1).
  func attention(_ pass: LayerChunk, _ span: PackedBatch.Span, head: Int) {
    let kernels = network.attentionKernels
    let (part, space) = (pass.part, pass.space)
    let count = span.count
    let (from, stride) = network.source(part.qkv, span, head: head, joined: space.joined)
    kernels.pack(
      from.keys, rowStride: 1, columnStride: stride, depth: w.headSize, columns: count, into: space.keys)
    kernels.pack(
      from.keys, rowStride: stride, columnStride: 1, depth: count, columns: w.headSize, into: space.keyRows)
    kernels.pack(
      from.values, rowStride: 1, columnStride: stride, depth: w.headSize, columns: count,
      into: space.valuesAcross)
    space.dkeys.update(repeating: 0, count: 2 * count * w.headSize)
    let own = span.own.lowerBound
    for query in head * w.group..<(head + 1) * w.group {
      let doutput = space.attention + own * w.query + query * w.headSize
      table.row_dots(
        Int64(span.own.count), Int64(w.headSize), doutput, Int64(w.query),
        part.attention + own * w.query + query * w.headSize, Int64(w.query), space.dots)
      for row in Swift.stride(from: 0, to: span.own.count, by: Workspace.tile) {
        let tile = AttentionTile(
          rows: row..<min(row + Workspace.tile, span.own.count), before: span.before.count,
          window: network.window(pass.layer), panel: kernels.panel)
        self.tile(
          tile, of: count, queries: part.qkv + (own + row) * w.qkv + query * w.headSize,
          doutput: doutput + row * w.query, logSums: part.logSums + query * part.tokens + own + row,
          dqueries: space.qkv + (own + row) * w.qkv + query * w.headSize, space)
      }
    }
    giveBack(span, head: head, space)
  }

  /// Adds gradients of keys and values to those of the trunk, and stores the sequence's own.
  private func giveBack(_ span: PackedBatch.Span, head: Int, _ space: BackwardSpace) {
    let dkeys = space.qkv + w.query + head * w.headSize
    let dvalues = space.dkeys + span.count * w.headSize
    for (index, row) in span.before.enumerated() {
      table.add(Int64(w.headSize), dkeys + row * w.qkv, space.dkeys + index * w.headSize)
      table.add(Int64(w.headSize), dkeys + w.keyValue + row * w.qkv, dvalues + index * w.headSize)
    }
    for (index, row) in span.own.enumerated() {
      let at = (span.before.count + index) * w.headSize
      (dkeys + row * w.qkv).update(from: space.dkeys + at, count: w.headSize)
      (dkeys + w.keyValue + row * w.qkv).update(from: dvalues + at, count: w.headSize)
    }
  }
  /// Gradients of one tile of queries, and its share of those of all keys and values.
  ///
  /// Shapes: queries, dqueries [tile rows, head size] by qkv; doutput [tile rows, head size] by query;
  /// logSums [tile rows].
  private func tile(
    _ tile: AttentionTile, of count: Int, queries: Floats, doutput: Floats, logSums: Floats,
    dqueries: Floats, _ space: BackwardSpace
  ) {
    let kernels = network.attentionKernels
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
      rows: rows, columns: kernels.padded(width) - low, depth: w.headSize, doutput, stride: w.query,
      by: kernels.columns(space.valuesAcross, from: low, depth: w.headSize), into: space.slopes + low, stride)
    table.softmax_backward(
      Int64(rows), first, window, Int64(width), Int64(stride), scale, space.probabilities, space.slopes,
      space.dots + tile.rows.lowerBound)
    if isCapped {
      table.scale(Int64(rows), Int64(width - low), Int64(stride), 1, space.caps + low, space.slopes + low)
    }
    kernels.multiply(
      rows: rows, columns: w.headSize, depth: width - low, space.slopes + low, stride: stride,
      by: kernels.rows(space.keyRows, from: low), capacity: count, into: dqueries, w.qkv)
    let dkeys = space.dkeys + low * w.headSize
    kernels.pack(
      queries, rowStride: w.qkv, columnStride: 1, depth: rows, columns: w.headSize, into: space.rows)
    kernels.multiply(
      rows: width - low, columns: w.headSize, depth: rows, space.slopes + low, stride: stride,
      transposed: true,
      by: space.rows, into: dkeys, w.headSize, plus: dkeys, w.headSize)
    let dvalues = dkeys + count * w.headSize
    kernels.pack(
      doutput, rowStride: w.query, columnStride: 1, depth: rows, columns: w.headSize, into: space.rows)
    kernels.multiply(
      rows: width - low, columns: w.headSize, depth: rows, space.probabilities + low, stride: stride,
      transposed: true, by: space.rows, into: dvalues, w.headSize, plus: dvalues, w.headSize)
  }
}
