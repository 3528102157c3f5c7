internal import CTransformerKernels

/// Where packed keys and values of a prompt are kept while it is computed.
protocol KeyValueStore {
  func keys(layer: Int, head: Int) -> Floats
  func values(layer: Int, head: Int) -> Floats
}

extension Network {
  /// Runs one chunk through all layers; the result is `activations.input` after the last.
  func forward(
    _ batch: PackedBatch, _ chunk: PackedBatch.Chunk, _ packed: PackedWeights, _ activations: Activations,
    _ space: Workspace, store: (any KeyValueStore)? = nil
  ) {
    let tokens = chunk.tokens.count
    let embedding = weight(weights.layout.embedding)
    for row in 0..<tokens {
      let token = Int(batch.tokens[chunk.tokens.lowerBound + row])
      (activations.input + row * widths.hidden).update(
        from: embedding + token * widths.hidden, count: widths.hidden)
    }
    batch.positions.withUnsafeBufferPointer { positions in
      guard let positions = positions.baseAddress else { return }
      for layer in 0..<widths.layers {
        let part = activations.layer(layer)
        project(layer, packed, part, rows: tokens, positions + chunk.tokens.lowerBound, space)
        for index in chunk.sequences {
          let sequence = batch.sequences[index]
          let first = sequence.start - chunk.tokens.lowerBound
          for head in 0..<widths.keyValueHeads {
            attend(
              part, first: first, count: sequence.count, head: head, logSumStride: activations.tokens,
              keys: store?.keys(layer: layer, head: head) ?? space.keys,
              values: store?.values(layer: layer, head: head) ?? space.values, space)
          }
        }
        feedForward(layer, packed, part, rows: tokens, space)
      }
    }
  }

  /// Queries, keys and values of a layer, rotated.
  private func project(
    _ layer: Int, _ packed: PackedWeights, _ part: LayerActivations, rows: Int,
    _ positions: UnsafePointer<Int32>, _ space: Workspace
  ) {
    let w = widths
    let norm = weight(weights.layout.blocks[layer].inputNorm)
    for first in stride(from: 0, to: rows, by: Workspace.rows) {
      let count = min(Workspace.rows, rows - first)
      kernels.table.pointee.norm(
        Int64(count), Int64(w.hidden), part.input + first * w.hidden, norm, Float(shape.normEpsilon),
        space.normed,
        part.inputInverse + first)
      kernels.multiply(
        rows: count, columns: w.fused, depth: w.hidden, space.normed, stride: w.hidden,
        by: packed.blocks[layer].fused, into: part.fused + first * w.fused, w.fused)
    }
    kernels.table.pointee.rotate(
      Int64(rows), Int64(w.fused), Int64(w.heads + w.keyValueHeads), Int64(w.head), part.fused, positions,
      rotary.cosines.base, rotary.sines.base, false)
  }

  /// Attention of the query heads that share one key-value head, over one sequence.
  private func attend(
    _ part: LayerActivations, first: Int, count: Int, head: Int, logSumStride: Int, keys: Floats,
    values: Floats,
    _ space: Workspace
  ) {
    let w = widths
    let base = part.fused + first * w.fused
    kernels.pack(
      base + w.query + head * w.head, rowStride: 1, columnStride: w.fused, depth: w.head, columns: count,
      into: keys)
    kernels.pack(
      base + w.query + w.keyValue + head * w.head, rowStride: w.fused, columnStride: 1, depth: count,
      columns: w.head, into: values)
    let scale = 1 / Float(w.head).squareRoot()
    let stride = kernels.padded(count)
    for query in head * w.group..<(head + 1) * w.group {
      for row in Swift.stride(from: 0, to: count, by: Workspace.tile) {
        let rows = min(Workspace.tile, count - row)
        // Keys after the tile's last row are masked for all of it.
        let width = row + rows
        kernels.multiply(
          rows: rows, columns: kernels.padded(width), depth: w.head, base + row * w.fused + query * w.head,
          stride: w.fused, by: keys, into: space.scores, stride)
        kernels.table.pointee.causal_softmax(
          Int64(rows), Int64(row + 1), Int64(width), Int64(stride), scale, space.scores,
          part.logSums + query * logSumStride + first + row)
        kernels.multiply(
          rows: rows, columns: w.head, depth: width, space.scores, stride: stride, by: values,
          capacity: count,
          into: part.attention + (first + row) * w.query + query * w.head, w.query)
      }
    }
  }

  /// Output of attention and the SwiGLU layer, both added to the residual stream.
  private func feedForward(
    _ layer: Int, _ packed: PackedWeights, _ part: LayerActivations, rows: Int, _ space: Workspace
  ) {
    let w = widths
    let norm = weight(weights.layout.blocks[layer].middleNorm)
    let block = packed.blocks[layer]
    for first in stride(from: 0, to: rows, by: Workspace.rows) {
      let count = min(Workspace.rows, rows - first)
      let middle = part.middle + first * w.hidden
      kernels.multiply(
        rows: count, columns: w.hidden, depth: w.query, part.attention + first * w.query, stride: w.query,
        by: block.output, into: middle, w.hidden, plus: part.input + first * w.hidden, w.hidden)
      kernels.table.pointee.norm(
        Int64(count), Int64(w.hidden), middle, norm, Float(shape.normEpsilon), space.normed,
        part.middleInverse + first)
      let gateUp = part.gateUp + first * 2 * w.feedForward
      kernels.multiply(
        rows: count, columns: 2 * w.feedForward, depth: w.hidden, space.normed, stride: w.hidden,
        by: block.gateUp, into: gateUp, 2 * w.feedForward)
      kernels.table.pointee.gate(Int64(count), Int64(w.feedForward), gateUp, space.inner)
      kernels.multiply(
        rows: count, columns: w.hidden, depth: w.feedForward, space.inner, stride: w.feedForward,
        by: block.down,
        into: part.output + first * w.hidden, w.hidden, plus: middle, w.hidden)
    }
  }
}
