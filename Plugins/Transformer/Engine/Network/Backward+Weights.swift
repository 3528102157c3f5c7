internal import CTransformerKernels

/// Gradients of weight matrices, strip by strip.
extension BackwardPass {
  /// The product of a left stack of inputs [tokens, rows] and a stack of gradients of outputs [tokens, columns], at
  /// `to`.
  struct WeightProduct {
    let inputs: Packed; let rows: Int; let outputs: Packed; let columns: Int; let to: Int
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
        by: product.outputs, into: gradients + product.to)
    }
  }
  /// Gradients of the four matrices of a layer.
  ///
  /// Shapes: gradients [layout.count].
  func weightGradients(_ layer: Int, _ tokens: Range<Int>, _ gradients: Floats) {
    let block = layout.blocks[layer]
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
          inputs: slab.attention, rows: w.query, outputs: slab.doutput, columns: w.hidden, to: block.output),
      ], depth: tokens.count, gradients)
  }
  /// Adds each token's gradient to the rows of its embedding and of its learned position.
  ///
  /// Shapes: output: gradient of the first layer's input [tokens, hidden]; gradients [layout.count].
  func embeddingGradients(_ tokens: Range<Int>, _ output: Floats, _ gradients: Floats) {
    let slice = 64
    let table = network.kernels.table.pointee
    func add(_ count: Int, _ from: Floats, toRow row: Int, of matrix: Int, at column: Int) {
      let kernels = network.kernels
      let at =
        row / kernels.panel * kernels.panel * kernels.capacity(w.hidden) + row % kernels.panel * kernels.group
      table.scatter_add(
        Int64(count), Int64(kernels.panel), Int64(kernels.group), from,
        gradients + matrix + at + column * kernels.panel)
    }
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
          add(count, from, toRow: position, of: positions, at: first)
        }
        if scale != 1 { table.scale(1, Int64(count), 0, scale, nil, from) }
        add(count, from, toRow: token, of: layout.embedding, at: first)
      }
    }
  }
}
