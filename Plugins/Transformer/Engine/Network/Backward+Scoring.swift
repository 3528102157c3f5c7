internal import CTransformerKernels

/// Gradients of the output matrix and the final norm, and of the last hidden states.
extension BackwardPass {
  /// Of a slab's scores, some at a time, so that a bounded number of logits exists.
  ///
  /// Shapes: output: gradient of the last hidden states [tokens, hidden]; gradients [layout.count].
  func scores(_ chunks: Range<Int>, _ tokens: Range<Int>, _ output: Floats, _ gradients: Floats?) {
    let first = tape.batch.chunks[chunks.lowerBound].scores.lowerBound
    let end = tape.batch.chunks[chunks.upperBound - 1].scores.upperBound
    for start in stride(from: first, to: end, by: scoreRows) {
      scoreGroup(start..<min(start + scoreRows, end), tokens, output, gradients)
    }
  }
  /// Of some scores, whose logits exist together.
  ///
  /// Shapes: output: gradient of the last hidden states [tokens, hidden]; gradients [layout.count].
  private func scoreGroup(
    _ scores: Range<Int>, _ tokens: Range<Int>, _ output: Floats, _ gradients: Floats?
  ) {
    let final = tape.activations.input(of: w.layers) + tokens.lowerBound * w.hidden
    let stride = network.kernels.padded(w.vocabulary)
    let parts = (scores.count + Workspace.tile - 1) / Workspace.tile
    let vectors = layout.finalVectors.count
    vectorParts.update(repeating: 0, count: parts * vectors)
    func eachTile(_ body: (_ worker: Int, _ part: Int, _ rows: Range<Int>) -> Void) {
      network.pool.run(parts, threads: threads) { worker, part in
        guard !stop.isRaised else { return }
        let first = part * Workspace.tile
        body(worker, part, first..<min(first + Workspace.tile, scores.count))
      }
    }
    eachTile { worker, _, rows in
      logitGradients(rows, scores.lowerBound, tokens, final, spaces[worker])
    }
    for first in Swift.stride(from: 0, to: w.vocabulary, by: BackwardPanels.unembeddingStrip) {
      let strip = first..<min(first + BackwardPanels.unembeddingStrip, w.vocabulary)
      panels.updateUnembedding(network, rows: strip)
      eachTile { _, _, rows in
        let to = scoreHidden + rows.lowerBound * w.hidden
        network.kernels.multiply(
          rows: rows.count, columns: w.hidden, depth: strip.count,
          scoreLogits + rows.lowerBound * stride + first, stride: stride, by: panels.unembedding, into: to,
          w.hidden,
          plus: first == 0 ? nil : to, w.hidden)
      }
    }
    eachTile { worker, part, rows in
      for row in rows {
        hiddenGradient(
          scores.lowerBound + row, tokens, final, scoreHidden + row * w.hidden, output, spaces[worker],
          vectorParts + part * vectors)
      }
    }
    guard let gradients else { return }
    for part in 0..<parts {
      table.add(
        Int64(vectors), gradients + layout.finalVectors.lowerBound, vectorParts + part * vectors)
    }
    unembeddingGradients(scores.count, gradients)
  }

  /// d loss / d logits of some scores, in `scoreLogits`.
  ///
  /// Shapes: final: last hidden states [tokens, hidden].
  private func logitGradients(
    _ rows: Range<Int>, _ firstScore: Int, _ tokens: Range<Int>, _ final: Floats, _ space: BackwardSpace
  ) {
    let stride = network.kernels.padded(w.vocabulary)
    let scores = firstScore + rows.lowerBound..<firstScore + rows.upperBound
    let logits = scoreLogits + rows.lowerBound * stride
    network.logits(
      tape.batch, scores, rowsFrom: tokens.lowerBound, final, scoreNormed + rows.lowerBound * w.hidden, logits
    )
    network.kernels.stackLeft(
      scoreNormed + rows.lowerBound * w.hidden, stride: w.hidden, at: rows.lowerBound, rows: rows.count,
      columns: w.hidden, into: normedStack)
    for (row, index) in scores.enumerated() {
      let score = tape.batch.scores[index]
      let line = logits + row * stride
      let cap = network.architecture.logitCap
      if cap != nil { space.line.update(from: line, count: w.vocabulary) }
      network.applyMask(of: score, tape.batch, line)
      table.log_sum_backward(
        Int64(w.vocabulary), score.scale, line, tape.logSums[index], tape.entropies[index],
        Int64(score.target), dlogprobs[index], dentropies.isEmpty ? 0 : dentropies[index])
      guard let cap else { continue }
      // d tanh: 1 - (logit / cap)^2
      for id in 0..<w.vocabulary { line[id] *= 1 - (space.line[id] / cap) * (space.line[id] / cap) }
    }
  }

  /// Through the final norm. A row is scored once at most.
  ///
  /// Shapes: final, output [tokens, hidden]; dnormed [hidden]; vectors [finalVectors].
  private func hiddenGradient(
    _ score: Int, _ tokens: Range<Int>, _ final: Floats, _ dnormed: Floats, _ output: Floats,
    _ space: BackwardSpace, _ vectors: Floats
  ) {
    let token = tape.batch.scores[score].row - tokens.lowerBound
    let x = final + token * w.hidden
    network.normalize(layout.finalNorm, rows: 1, x, into: space.normed, space.inverse)
    network.normalizeBackward(
      layout.finalNorm, rows: 1, x, space.inverse, dnormed, residual: nil, into: output + token * w.hidden,
      vectors, base: layout.finalVectors.lowerBound)
  }

  /// Gradient of the output matrix. Logits are stacked a strip at a time.
  ///
  /// Shapes: gradients [layout.count].
  private func unembeddingGradients(_ rows: Int, _ gradients: Floats) {
    let kernels = network.kernels
    let stride = kernels.padded(w.vocabulary)
    let width = kernels.padded(min(w.vocabulary, Self.stackedLogits))
    for first in Swift.stride(from: 0, to: w.vocabulary, by: width) {
      let columns = min(width, w.vocabulary - first)
      network.pool.run((rows + Workspace.tile - 1) / Workspace.tile, threads: threads) { _, part in
        let row = part * Workspace.tile
        kernels.stack(
          scoreLogits + row * stride + first, stride: stride, at: row, rows: min(Workspace.tile, rows - row),
          columns: columns, into: logitStack)
      }
      weightProducts(
        [
          WeightProduct(
            inputs: normedStack, rows: w.hidden, outputs: logitStack, columns: columns,
            to: layout.unembedding + first * kernels.capacity(w.hidden))
        ], depth: rows, gradients)
    }
  }
}
