internal import CTransformerKernels

/// Gradients of one layer's activations, chunk by chunk.
extension BackwardPass {
  func activationGradients(
    _ layer: Int, _ chunks: Range<Int>, _ tokens: Range<Int>, _ output: Floats, _ input: Floats
  ) {
    let part = tape.activations.from(tokens.lowerBound, w).layer(layer)
    normParts.update(repeating: 0, count: 2 * chunks.count * w.hidden)
    network.pool.run(chunks.count, threads: threads) { worker, index in
      guard !stop.isRaised else { return }
      let chunk = tape.batch.chunks[chunks.lowerBound + index]
      let rows = chunk.tokens.lowerBound - tokens.lowerBound..<chunk.tokens.upperBound - tokens.lowerBound
      let space = spaces[worker]
      feedForward(layer, part, rows, output, space, normParts + 2 * index * w.hidden)
      for sequence in chunk.sequences {
        for head in 0..<w.keyValueHeads {
          attention(part, tape.batch.sequences[sequence], rows, tokens, head: head, space)
        }
      }
      tape.batch.positions.withUnsafeBufferPointer { positions in
        guard let positions = positions.baseAddress else { return }
        table.rotate(
          Int64(rows.count), Int64(w.fused), Int64(w.heads + w.keyValueHeads), Int64(w.head),
          slab.fused + rows.lowerBound * w.fused, positions + chunk.tokens.lowerBound,
          network.rotary.cosines.base,
          network.rotary.sines.base, true)
      }
      projections(layer, part, rows, input, space, normParts + (2 * index + 1) * w.hidden)
    }
    let block = layout.blocks[layer]
    for index in 0..<chunks.count {
      table.add(Int64(w.hidden), gradients + block.middleNorm, normParts + 2 * index * w.hidden)
      table.add(Int64(w.hidden), gradients + block.inputNorm, normParts + (2 * index + 1) * w.hidden)
    }
  }

  /// From the layer's output back to the stream between attention and feed-forward, and to attention's output.
  private func feedForward(
    _ layer: Int, _ part: LayerActivations, _ rows: Range<Int>, _ output: Floats, _ space: BackwardSpace,
    _ dnorm: Floats
  ) {
    let block = packed.blocks[layer]
    let norm = network.weight(layout.blocks[layer].middleNorm)
    for first in stride(from: rows.lowerBound, to: rows.upperBound, by: Workspace.rows) {
      let count = min(Workspace.rows, rows.upperBound - first)
      let doutput = output + first * w.hidden
      let middle = part.middle + first * w.hidden
      let dgateUp = slab.gateUp + first * 2 * w.feedForward
      table.norm(
        Int64(count), Int64(w.hidden), middle, norm, Float(network.shape.normEpsilon),
        space.normed, nil)
      network.kernels.stack(
        space.normed, stride: w.hidden, at: first, rows: count, columns: w.hidden, into: slab.middleNormed)
      network.kernels.multiply(
        rows: count, columns: w.feedForward, depth: w.hidden, doutput, stride: w.hidden, by: block.down,
        into: space.inner, w.feedForward)
      table.gate_backward(
        Int64(count), Int64(w.feedForward), part.gateUp + first * 2 * w.feedForward, space.inner,
        space.activated, dgateUp)
      network.kernels.stack(
        space.activated, stride: w.feedForward, at: first, rows: count, columns: w.feedForward,
        into: slab.inner)
      network.kernels.multiply(
        rows: count, columns: w.hidden, depth: 2 * w.feedForward, dgateUp, stride: 2 * w.feedForward,
        by: block.gateUp, into: space.normed, w.hidden)
      table.norm_backward(
        Int64(count), Int64(w.hidden), middle, norm, part.middleInverse + first, space.normed, doutput,
        slab.middle + first * w.hidden, dnorm)
      network.kernels.multiply(
        rows: count, columns: w.query, depth: w.hidden, slab.middle + first * w.hidden, stride: w.hidden,
        by: block.output, into: space.attention + (first - rows.lowerBound) * w.query, w.query)
    }
  }

  /// From queries, keys and values back to the layer's input.
  private func projections(
    _ layer: Int, _ part: LayerActivations, _ rows: Range<Int>, _ input: Floats, _ space: BackwardSpace,
    _ dnorm: Floats
  ) {
    let norm = network.weight(layout.blocks[layer].inputNorm)
    for first in stride(from: rows.lowerBound, to: rows.upperBound, by: Workspace.rows) {
      let count = min(Workspace.rows, rows.upperBound - first)
      let x = part.input + first * w.hidden
      table.norm(
        Int64(count), Int64(w.hidden), x, norm, Float(network.shape.normEpsilon),
        space.normed, nil)
      network.kernels.stack(
        space.normed, stride: w.hidden, at: first, rows: count, columns: w.hidden, into: slab.inputNormed)
      network.kernels.stack(
        part.attention + first * w.query, stride: w.query, at: first, rows: count, columns: w.query,
        into: slab.attention)
      network.kernels.multiply(
        rows: count, columns: w.hidden, depth: w.fused, slab.fused + first * w.fused, stride: w.fused,
        by: packed.blocks[layer].fused, into: space.normed, w.hidden)
      table.norm_backward(
        Int64(count), Int64(w.hidden), x, norm, part.inputInverse + first, space.normed,
        slab.middle + first * w.hidden, input + first * w.hidden, dnorm)
    }
  }
}
