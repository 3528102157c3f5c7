internal import CTransformerKernels

/// Where some rows have their values on the way through a block.
///
/// Training keeps what backward needs; decoding has one residual stream, which each half of a block changes in place,
/// and keeps nothing.
struct BlockRows {
  let count: Int
  /// Residual stream before the block, between attention and feed-forward, and after it: [count, hidden].
  let input, middle, output: Floats
  /// Queries, keys and values [count, qkv], output of attention [count, query], gate and up [count, gate].
  let qkv, attention, gate: Floats
  /// Outputs of attention and feed-forward before their norms, where there are such: [count, branch].
  let attentionBranch, feedForwardBranch: Floats
  /// 1 / rms of the two norms: [count] each. nil: not kept.
  let inputInverse, postAttentionInverse: Floats?
  /// Queries and keys before their norms [count, raw], and 1 / rms of those [count, heads + keyValueHeads]. nil: not
  /// kept.
  let raw, rawInverse: Floats?
  /// Scratch: [count, hidden] and [count, feedForward].
  let normed, inner: Floats
  /// Threads that share each product.
  let team: Int
}

extension BlockRows {
  /// Some tokens of a layer whose values are kept, or overwritten by the next layer's.
  init(_ part: LayerActivations, from first: Int, count: Int, _ space: Workspace, _ w: Widths) {
    self.init(
      count: count, input: part.input + first * w.hidden, middle: part.middle + first * w.hidden,
      output: part.output + first * w.hidden, qkv: part.qkv + first * w.qkv,
      attention: part.attention + first * w.query, gate: part.gate + first * w.gate,
      attentionBranch: part.attentionBranch + first * w.branch,
      feedForwardBranch: part.feedForwardBranch + first * w.branch, inputInverse: part.inputInverse + first,
      postAttentionInverse: part.postAttentionInverse + first, raw: part.raw + first * w.raw,
      rawInverse: part.rawInverse + first * (w.heads + w.keyValueHeads), normed: space.normed,
      inner: space.inner, team: 1)
  }

  /// The live rows of a decoder.
  init(_ space: DecoderSpace, count: Int, team: Int) {
    self.init(
      count: count, input: space.x, middle: space.x, output: space.x, qkv: space.qkv,
      attention: space.attention, gate: space.gate, attentionBranch: space.branch,
      feedForwardBranch: space.branch, inputInverse: nil, postAttentionInverse: nil, raw: nil,
      rawInverse: nil, normed: space.normed, inner: space.inner, team: team)
  }
}

/// The wiring of a block, up to attention and from there, for training and decoding alike.
extension Network {
  /// From the residual stream to queries, keys and values, rotated.
  ///
  /// Shapes: positions [rows.count].
  func project(_ layer: Int, _ rows: BlockRows, _ positions: UnsafePointer<Int32>) {
    let w = widths
    let block = layout.blocks[layer]
    normalize(block.inputNorm, rows: rows.count, rows.input, into: rows.normed, rows.inputInverse)
    product(
      block.qkv, rows: rows.count, columns: w.qkv, depth: w.hidden, rows.normed, into: rows.qkv,
      plus: block.qkvBias.map { weight($0) }, team: rows.team)
    normalizeQueriesAndKeys(block, rows: rows.count, rows.qkv, raw: rows.raw, inverse: rows.rawInverse)
    rotate(layer, rows: rows.count, rows.qkv, positions)
  }

  /// From the output of attention to that of the feed-forward layer, both added to the residual stream. Without
  /// `needsOutput`, as far as backward needs it.
  func feedForward(_ layer: Int, _ rows: BlockRows, needsOutput: Bool = true) {
    let w = widths
    let block = layout.blocks[layer]
    add(
      Branch(matrix: block.output, depth: w.query, bias: block.outputBias, norm: block.attentionOutputNorm),
      rows: rows.count, rows.attention, to: rows.input, into: rows.middle, raw: rows.attentionBranch,
      rows.normed, team: rows.team)
    normalize(
      block.postAttentionNorm, rows: rows.count, rows.middle, into: rows.normed, rows.postAttentionInverse)
    product(
      block.gate, rows: rows.count, columns: w.gate, depth: w.hidden, rows.normed, into: rows.gate,
      plus: block.gateBias.map { weight($0) }, team: rows.team)
    guard needsOutput || block.feedForwardOutputNorm != nil else { return }
    activate(rows: rows.count, rows.gate, into: rows.inner)
    add(
      Branch(
        matrix: block.down, depth: w.feedForward, bias: block.downBias, norm: block.feedForwardOutputNorm),
      rows: rows.count, rows.inner, to: rows.middle, into: rows.output, raw: rows.feedForwardBranch,
      rows.normed, team: rows.team)
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
    let w = weights.matrix(matrix)
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
        by: kernels.columns(w, from: first, depth: depth), into: out + first, columns,
        plus: d.map { $0 + first }, strideD)
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
