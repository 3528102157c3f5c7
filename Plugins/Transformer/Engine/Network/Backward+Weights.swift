internal import CTransformerKernels

/// Gradients of weight matrices, strip by strip.
extension BackwardPass {
  /// The product of inputs [tokens, rows] and a stack of gradients of outputs [tokens, columns], at `to`.
  struct WeightProduct {
    let inputs: Floats; let rows: Int; let outputs: Floats; let columns: Int; let to: Int
  }

  /// Makes the products in strips of columns; the strips change no bit of the result.
  ///
  /// Shapes: gradients [layout.count].
  func weightProducts(_ products: [WeightProduct], depth: Int, _ gradients: Floats) {
    let kernels = network.kernels
    let work = products.reduce(0) { $0 + $1.rows * $1.columns }
    var strips: [(product: WeightProduct, columns: Range<Int>)] = []
    for product in products {
      // Some strips for each thread: a share of the columns as if all the work were this product's.
      let wanted = kernels.share(of: work / product.rows, among: threads == 1 ? 1 : 8 * threads)
      for first in stride(from: 0, to: product.columns, by: wanted) {
        strips.append((product, first..<min(first + wanted, product.columns)))
      }
    }
    network.pool.run(strips.count, threads: threads) { _, index in
      guard !stop.isRaised else { return }
      let (product, columns) = strips[index]
      kernels.accumulate(
        rows: product.rows, columns: columns, of: product.columns, depth: depth, product.inputs,
        stride: product.rows, by: product.outputs, into: gradients + product.to)
    }
  }
  /// Gradients of the four matrices of a layer.
  ///
  /// Shapes: gradients [layout.count].
  func weightGradients(_ layer: Int, _ tokens: Range<Int>, _ gradients: Floats) {
    let block = layout.blocks[layer]
    let attention = tape.activations.from(tokens.lowerBound, w).layer(layer).attention
    weightProducts(
      [
        WeightProduct(
          inputs: slab.postAttentionNormed, rows: w.hidden, outputs: slab.dgate, columns: w.gate,
          to: block.gate),
        WeightProduct(
          inputs: slab.inner, rows: w.feedForward, outputs: slab.ddown, columns: w.hidden, to: block.down),
        WeightProduct(
          inputs: slab.inputNormed, rows: w.hidden, outputs: slab.dqkv, columns: w.qkv, to: block.qkv),
        WeightProduct(
          inputs: attention, rows: w.query, outputs: slab.doutput, columns: w.hidden, to: block.output),
      ], depth: tokens.count, gradients)
  }
  /// Adds each token's gradient to the rows of its embedding and of its learned position.
  ///
  /// Shapes: output: gradient of the first layer's input [tokens, hidden]; gradients [layout.count].
  func embeddingGradients(_ tokens: Range<Int>, _ output: Floats, _ gradients: Floats) {
    let slice = 64
    let panel = layout.embeddingPanel
    let scale = network.architecture.embeddingScale
    network.pool.run((w.hidden + slice - 1) / slice, threads: threads) { _, index in
      guard !stop.isRaised else { return }
      let first = index * slice
      let count = min(slice, w.hidden - first)
      for row in 0..<tokens.count {
        let token = Int(tape.batch.tokens[tokens.lowerBound + row])
        let from = output + row * w.hidden + first
        if let positions = layout.positions {
          let position = Int(tape.batch.positions[tokens.lowerBound + row])
          table.add(Int64(count), gradients + positions + position * w.hidden + first, from)
        }
        if scale != 1 { table.scale(1, Int64(count), 0, scale, nil, from) }
        let at = token / panel * panel * w.hidden + token % panel + first * panel
        table.scatter_add(Int64(count), Int64(panel), from, gradients + layout.embedding + at)
      }
    }
  }
}
