internal import CTransformerKernels

/// Gradients of the output matrix and the final norm, and of the last hidden states.
extension BackwardPass {
  func head(_ chunks: Range<Int>, _ tokens: Range<Int>, _ output: Floats) {
    let all =
      tape.batch.chunks[chunks.lowerBound].scores
      .lowerBound..<tape.batch.chunks[chunks.upperBound - 1].scores
      .upperBound
    let final = tape.activations.layer(w.layers).input + tokens.lowerBound * w.hidden
    let stride = network.kernels.padded(w.vocabulary)
    for group in Swift.stride(from: all.lowerBound, to: all.upperBound, by: headRows) {
      let scores = group..<min(group + headRows, all.upperBound)
      let parts = (scores.count + Workspace.tile - 1) / Workspace.tile
      normParts.update(repeating: 0, count: parts * w.hidden)
      network.pool.run(parts, threads: threads) { worker, part in
        guard !stop.isRaised else { return }
        let first = scores.lowerBound + part * Workspace.tile
        headTile(
          first..<min(first + Workspace.tile, scores.upperBound), scores, tokens, final, output,
          spaces[worker], part)
      }
      for part in 0..<parts {
        table.add(Int64(w.hidden), gradients + layout.finalNorm, normParts + part * w.hidden)
      }
      let strips = strips([(rows: w.vocabulary, columns: w.hidden)])
      network.pool.run(strips.count, threads: threads) { _, index in
        guard !stop.isRaised else { return }
        let rows = strips[index].rows
        network.kernels.accumulate(
          rows: rows.count, columns: w.hidden, depth: scores.count, headLogits + rows.lowerBound,
          stride: stride,
          by: headNormed, into: gradients + layout.head + rows.lowerBound * w.hidden)
      }
    }
  }

  private func headTile(
    _ scores: Range<Int>, _ group: Range<Int>, _ tokens: Range<Int>, _ final: Floats, _ output: Floats,
    _ space: BackwardSpace, _ part: Int
  ) {
    let stride = network.kernels.padded(w.vocabulary)
    let offset = scores.lowerBound - group.lowerBound
    let logits = headLogits + offset * stride
    network.logits(
      tape.batch, scores, rowsFrom: tokens.lowerBound, final, forwardPacked, space.normed, logits)
    network.kernels.stack(
      space.normed, stride: w.hidden, at: offset, rows: scores.count, columns: w.hidden, into: headNormed)
    for (row, index) in scores.enumerated() {
      let score = tape.batch.scores[index]
      table.log_sum_backward(
        Int64(w.vocabulary), score.scale, logits + row * stride, tape.logSums[index], tape.entropies[index],
        Int64(score.target), dlogprobs[index], dentropies.isEmpty ? 0 : dentropies[index])
    }
    network.kernels.multiply(
      rows: scores.count, columns: w.hidden, depth: w.vocabulary, logits, stride: stride, by: packed.head,
      into: space.inner, w.hidden)
    for (row, index) in scores.enumerated() {
      let token = tape.batch.scores[index].row - tokens.lowerBound
      let x = final + token * w.hidden
      var square: Float = 0
      table.row_dots(1, Int64(w.hidden), x, 0, x, 0, &square)
      var inverse = 1 / (square / Float(w.hidden) + Float(network.shape.normEpsilon)).squareRoot()
      // A row is scored once at most, so its gradient is still zero.
      table.norm_backward(
        1, Int64(w.hidden), x, network.weight(layout.finalNorm), &inverse, space.inner + row * w.hidden,
        output + token * w.hidden, output + token * w.hidden, normParts + part * w.hidden)
    }
  }
}
