internal import CTransformerKernels

/// Gradients of one layer's activations, chunk by chunk.
extension BackwardPass {
  /// Gradients of a layer's activations, and those of its norms and biases.
  ///
  /// Shapes: output, input: gradients of the layer's output and input [tokens, hidden]; gradients
  /// [layout.count].
  func activationGradients(
    _ layer: Int, _ chunks: Range<Int>, _ tokens: Range<Int>, _ output: Floats, _ input: Floats,
    _ gradients: Floats
  ) {
    let block = layout.blocks[layer]
    vectorParts.update(repeating: 0, count: chunks.count * block.vectors.count)
    network.pool.run(chunks.count, threads: threads) { worker, index in
      guard !stop.isRaised else { return }
      let chunk = tape.batch.chunks[chunks.lowerBound + index]
      let unrounded = spaces[worker].unrounded
      var part = tape.activations.from(chunk.tokens.lowerBound, w).layer(layer, unrounded)
      unrounded.recall(part, rows: chunk.tokens.count, network.kernels)
      if tape.activations.keeping == .inputs {
        // The next layer's input is there already, and other threads read it.
        part.output = spaces[worker].recomputed.output
        network.forward(
          layer, tape.batch, chunk, part, spaces[worker].recomputed.space, needsOutput: false)
      }
      let first = chunk.tokens.lowerBound - tokens.lowerBound
      let pass = LayerChunk(
        layer: layer, block: block, chunk: chunk, part: part, first: first, space: spaces[worker],
        vectors: vectorParts + index * block.vectors.count)
      feedForward(pass, output + first * w.hidden)
      for sequence in chunk.sequences {
        let span = tape.batch.span(sequence, in: chunk)
        for head in 0..<w.keyValueHeads { attention(pass, span, head: head) }
      }
      projections(pass, input + first * w.hidden)
    }
    for index in 0..<chunks.count {
      table.add(
        Int64(block.vectors.count), gradients + block.vectors.lowerBound,
        vectorParts + index * block.vectors.count)
    }
  }

  /// What belongs to one layer and one chunk.
  struct LayerChunk {
    let layer: Int
    let block: ParameterLayout.Block
    let chunk: PackedBatch.Chunk
    let part: LayerActivations
    /// The chunk's first row in the slab.
    let first: Int
    let space: BackwardSpace
    /// Gradients of the block's vectors.
    let vectors: Floats

    var rows: Int { chunk.tokens.count }
  }

  /// From the layer's output back to the stream between attention and feed-forward, and to attention's output.
  ///
  /// Shapes: output: gradient of the layer's output [chunk tokens, hidden].
  private func feedForward(_ pass: LayerChunk, _ output: Floats) {
    let (block, part, space) = (pass.block, pass.part, pass.space)
    let (linear, cubic) = network.activationNumbers
    for first in stride(from: 0, to: pass.rows, by: Workspace.rows) {
      let count = min(Workspace.rows, pass.rows - first)
      let at = pass.first + first
      let middle = part.middle + first * w.hidden
      let doutput = output + first * w.hidden
      let dmiddle = slab.middle + at * w.hidden
      let dbranch = branch(
        pass, block.feedForwardOutputNorm, block.downBias, part.feedForwardBranch + first * w.branch, count,
        doutput
      )
      network.kernels.stack(
        dbranch, stride: w.hidden, at: at, rows: count, columns: w.hidden, into: slab.ddown)
      network.kernels.multiply(
        rows: count, columns: w.feedForward, depth: w.hidden, dbranch, stride: w.hidden, by: panels.down,
        into: space.inner, w.feedForward)
      table.gated_activation_backward(
        Int64(count), Int64(w.feedForward), network.architecture.isGated, linear, cubic,
        part.gate + first * w.gate, space.inner, space.inner, space.gate)
      network.kernels.stackLeft(
        space.inner, stride: w.feedForward, at: at, rows: count, columns: w.feedForward, into: slab.inner)
      network.kernels.stack(
        space.gate, stride: w.gate, at: at, rows: count, columns: w.gate, into: slab.dgate)
      addRows(pass, block.gateBias, space.gate, count, w.gate)
      network.kernels.multiply(
        rows: count, columns: w.hidden, depth: w.gate, space.gate, stride: w.gate, by: panels.gate,
        into: space.normed, w.hidden)
      network.normalizeBackward(
        block.postAttentionNorm, rows: count, middle, part.postAttentionInverse + first, space.normed,
        residual: doutput,
        into: dmiddle, pass.vectors, base: block.vectors.lowerBound)
      network.normalize(block.postAttentionNorm, rows: count, middle, into: space.normed, nil)
      network.kernels.stackLeft(
        space.normed, stride: w.hidden, at: at, rows: count, columns: w.hidden,
        into: slab.postAttentionNormed)
      network.kernels.stackLeft(
        part.attention + first * w.query, stride: w.query, at: at, rows: count, columns: w.query,
        into: slab.attention)
      let dattention = branch(
        pass, block.attentionOutputNorm, block.outputBias, part.attentionBranch + first * w.branch, count,
        dmiddle)
      network.kernels.stack(
        dattention, stride: w.hidden, at: at, rows: count, columns: w.hidden, into: slab.doutput)
      network.kernels.multiply(
        rows: count, columns: w.query, depth: w.hidden, dattention, stride: w.hidden, by: panels.output,
        into: space.attention + first * w.query, w.query)
    }
  }

  /// The gradient of a product that returned to the residual stream, from that of the stream: through its norm, if it
  /// has one.
  ///
  /// Shapes: raw, dstream and the result [count, hidden].
  private func branch(
    _ pass: LayerChunk, _ norm: NormPlace?, _ bias: Int?, _ raw: Floats, _ count: Int, _ dstream: Floats
  ) -> Floats {
    var result = dstream
    if let norm {
      let inverse = pass.space.inverse
      network.normalize(norm, rows: count, raw, into: pass.space.branch, inverse)
      network.normalizeBackward(
        norm, rows: count, raw, inverse, dstream, residual: nil, into: pass.space.branch, pass.vectors,
        base: pass.block.vectors.lowerBound)
      result = pass.space.branch
    }
    addRows(pass, bias, result, count, w.hidden)
    return result
  }

  /// Gradient of a bias: the sum of rows.
  ///
  /// Shapes: rows [count, width].
  private func addRows(_ pass: LayerChunk, _ bias: Int?, _ rows: Floats, _ count: Int, _ width: Int) {
    guard let bias else { return }
    let to = pass.vectors + (bias - pass.block.vectors.lowerBound)
    for row in 0..<count { table.add(Int64(width), to, rows + row * width) }
  }

  /// From queries, keys and values back to the layer's input.
  ///
  /// Shapes: input: gradient of the layer's input [chunk tokens, hidden].
  private func projections(_ pass: LayerChunk, _ input: Floats) {
    let (block, part, space) = (pass.block, pass.part, pass.space)
    tape.batch.positions.withUnsafeBufferPointer { positions in
      guard let positions = positions.baseAddress else { return }
      network.rotate(
        pass.layer, rows: pass.rows, space.qkv, positions + pass.chunk.tokens.lowerBound, back: true)
    }
    network.normalizeQueriesAndKeysBackward(
      block, rows: pass.rows, space.qkv, raw: part.raw, inverse: part.rawInverse, pass.vectors,
      base: block.vectors.lowerBound)
    for first in stride(from: 0, to: pass.rows, by: Workspace.rows) {
      let count = min(Workspace.rows, pass.rows - first)
      let at = pass.first + first
      let x = part.input + first * w.hidden
      let dqkv = space.qkv + first * w.qkv
      network.normalize(block.inputNorm, rows: count, x, into: space.normed, nil)
      network.kernels.stackLeft(
        space.normed, stride: w.hidden, at: at, rows: count, columns: w.hidden, into: slab.inputNormed)
      network.kernels.stack(
        dqkv, stride: w.qkv, at: at, rows: count, columns: w.qkv, into: slab.dqkv)
      addRows(pass, block.qkvBias, dqkv, count, w.qkv)
      network.kernels.multiply(
        rows: count, columns: w.hidden, depth: w.qkv, dqkv, stride: w.qkv, by: panels.qkv,
        into: space.normed, w.hidden)
      network.normalizeBackward(
        block.inputNorm, rows: count, x, part.inputInverse + first, space.normed,
        residual: slab.middle + at * w.hidden, into: input + first * w.hidden, pass.vectors,
        base: block.vectors.lowerBound)
    }
  }
}
