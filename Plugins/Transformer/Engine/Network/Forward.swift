internal import CTransformerKernels

extension Network {
  /// Runs one chunk through all layers; the result is the input of the layer after the last.
  func forward(
    _ batch: PackedBatch, _ chunk: PackedBatch.Chunk, _ activations: Activations, _ space: Workspace,
    store: PromptCache? = nil
  ) {
    for row in chunk.tokens {
      embed(
        batch.tokens[row], position: batch.positions[row],
        into: activations.input + (row - chunk.tokens.lowerBound) * widths.hidden)
    }
    for layer in 0..<widths.layers {
      // Of a prompt's last layer only the last token is wanted; of the others, keys and values.
      let isLast = store != nil && layer == widths.layers - 1
      forward(
        layer, batch, chunk, activations.layer(layer), space, store: store, needsOutput: true,
        from: isLast ? chunk.tokens.count - 1 : 0)
    }
  }

  /// One layer of one chunk. Without `needsOutput`, as far as backward needs it; of the rows before `first`, which
  /// only a chunk of one sequence may have, no more than keys and values.
  func forward(
    _ layer: Int, _ batch: PackedBatch, _ chunk: PackedBatch.Chunk, _ part: LayerActivations,
    _ space: Workspace, store: PromptCache? = nil, needsOutput: Bool, from first: Int = 0
  ) {
    let rows = chunk.tokens.count
    batch.positions.withUnsafeBufferPointer { positions in
      guard let positions = positions.baseAddress else { return }
      project(layer, part, rows: rows, positions + chunk.tokens.lowerBound, space)
    }
    for index in chunk.sequences {
      let span = batch.span(index, in: chunk)
      for head in 0..<widths.keyValueHeads {
        attend(layer, part, span, head: head, space, store: store, from: first)
      }
    }
    feedForward(layer, part, rows: first..<rows, space, needsOutput: needsOutput)
  }

  /// Queries, keys and values of a layer, rotated.
  ///
  /// Shapes: positions [rows].
  private func project(
    _ layer: Int, _ part: LayerActivations, rows: Int, _ positions: UnsafePointer<Int32>, _ space: Workspace
  ) {
    let w = widths
    let block = layout.blocks[layer]
    for first in stride(from: 0, to: rows, by: Workspace.rows) {
      let count = min(Workspace.rows, rows - first)
      let qkv = part.qkv + first * w.qkv
      normalize(
        block.inputNorm, rows: count, part.input + first * w.hidden, into: space.normed,
        part.inputInverse + first)
      product(
        block.qkv, rows: count, columns: w.qkv, depth: w.hidden, space.normed, into: qkv,
        plus: block.qkvBias.map { weight($0) })
      normalizeQueriesAndKeys(
        block, rows: count, qkv, raw: part.raw + first * w.raw,
        inverse: part.rawInverse + first * (w.heads + w.keyValueHeads))
    }
    rotate(layer, rows: rows, part.qkv, positions)
  }

  /// Output of attention and of the feed-forward layer, both added to the residual stream.
  private func feedForward(
    _ layer: Int, _ part: LayerActivations, rows: Range<Int>, _ space: Workspace, needsOutput: Bool
  ) {
    let w = widths
    let block = layout.blocks[layer]
    for first in stride(from: rows.lowerBound, to: rows.upperBound, by: Workspace.rows) {
      let count = min(Workspace.rows, rows.upperBound - first)
      let middle = part.middle + first * w.hidden
      add(
        Branch(matrix: block.output, depth: w.query, bias: block.outputBias, norm: block.attentionOutputNorm),
        rows: count, part.attention + first * w.query, to: part.input + first * w.hidden, into: middle,
        raw: part.attentionBranch + first * w.branch, space.normed)
      normalize(
        block.postAttentionNorm, rows: count, middle, into: space.normed, part.postAttentionInverse + first)
      let gate = part.gate + first * w.gate
      product(
        block.gate, rows: count, columns: w.gate, depth: w.hidden, space.normed, into: gate,
        plus: block.gateBias.map { weight($0) })
      guard needsOutput || block.feedForwardOutputNorm != nil else { continue }
      activate(rows: count, gate, into: space.inner)
      add(
        Branch(
          matrix: block.down, depth: w.feedForward, bias: block.downBias, norm: block.feedForwardOutputNorm),
        rows: count, space.inner, to: middle, into: part.output + first * w.hidden,
        raw: part.feedForwardBranch + first * w.branch, space.normed)
    }
  }

  /// A product that returns to the residual stream.
  struct Branch { let matrix, depth: Int; let bias: Int?; let norm: NormPlace? }

  /// out = x + norm(input W^T + b), with and without the norm; its input is kept in `raw`.
  ///
  /// Shapes: input [rows, branch.depth]; x, out, raw, scratch [rows, hidden]; out may be x.
  func add(
    _ branch: Branch, rows: Int, _ input: UnsafePointer<Float>, to x: Floats, into out: Floats, raw: Floats,
    _ scratch: Floats, team: Int = 1
  ) {
    let hidden = widths.hidden
    let table = kernels.table.pointee
    guard let norm = branch.norm else {
      product(
        branch.matrix, rows: rows, columns: hidden, depth: branch.depth, input, into: out, plus: x, hidden,
        team: team)
      guard let bias = branch.bias else { return }
      for row in 0..<rows { table.add(Int64(hidden), out + row * hidden, weight(bias)) }
      return
    }
    product(
      branch.matrix, rows: rows, columns: hidden, depth: branch.depth, input, into: raw,
      plus: branch.bias.map { weight($0) }, team: team)
    normalize(norm, rows: rows, raw, into: scratch, nil)
    if out != x { out.update(from: x, count: rows * hidden) }
    table.add(Int64(rows * hidden), out, scratch)
  }

  /// out [rows, columns] = D + A W^T with A [rows, depth] and the matrix at an offset. A `team` of threads shares the
  /// columns, which changes no bit of the result.
  ///
  /// Shapes: a [rows, depth]; out [rows, columns]; d [rows, columns] by strideD, 0 for the same in all rows.
  func product(
    _ matrix: Int, rows: Int, columns: Int, depth: Int, _ a: UnsafePointer<Float>, into out: Floats,
    plus d: UnsafePointer<Float>? = nil, _ strideD: Int = 0, team: Int = 1
  ) {
    let w = weight(matrix)
    guard team > 1 else {
      return kernels.multiply(
        rows: rows, columns: columns, depth: depth, a, stride: depth, by: w, into: out, columns, plus: d,
        strideD)
    }
    let share = kernels.share(of: columns, among: team)
    pool.run((columns + share - 1) / share, threads: team) { _, index in
      let first = index * share
      kernels.multiply(
        rows: rows, columns: min(share, columns - first), depth: depth, a, stride: depth,
        by: w + first * depth, into: out + first, columns, plus: d.map { $0 + first }, strideD)
    }
  }

  /// The non-linearity of the feed-forward layer.
  ///
  /// Shapes: gate [rows, gate]; inner [rows, feedForward].
  func activate(rows: Int, _ gate: Floats, into inner: Floats) {
    let (linear, cubic) = activationNumbers
    kernels.table.pointee.gated_activation(
      Int64(rows), Int64(widths.feedForward), architecture.isGated, linear, cubic, gate, inner)
  }

  /// sigmoid(linear x + cubic x^3) is the share of x that passes.
  var activationNumbers: (linear: Float, cubic: Float) {
    switch architecture.activation {
    case .silu: return (1, 0)
    case .gelu:
      let linear = 2 * (2 / Double.pi).squareRoot()
      return (Float(linear), Float(0.044715 * linear))
    }
  }
}
