internal import CTransformerKernels

/// The norms of an architecture.
extension Network {
  private var offset: Float { architecture.normalization == .rmsPlusOne ? 1 : 0 }
  private var epsilon: Float { Float(shape.normEpsilon) }

  /// Rows of the residual stream's width; without a norm they stay as they are. `inverse` may be nil.
  ///
  /// Shapes: x, out [rows, hidden]; inverse [rows].
  func normalize(
    _ place: NormPlace?, rows: Int, _ x: UnsafePointer<Float>, into out: Floats, _ inverse: Floats?
  ) {
    guard let place else { return out.update(from: x, count: rows * widths.hidden) }
    let table = kernels.table.pointee
    let width = Int64(widths.hidden)
    if let bias = place.bias {
      table.layer_norm(Int64(rows), width, x, weight(place.weight), weight(bias), epsilon, out, inverse)
    } else {
      table.norm(Int64(rows), width, x, weight(place.weight), offset, epsilon, out, inverse)
    }
  }

  /// dx = residual + what `dout` gives. Gradients of the norm's own weights are added at `gradients`, which stands for
  /// the storage from `base` on.
  ///
  /// Shapes: x, dout, residual, dx [rows, hidden]; inverse [rows]; gradients [vectors].
  func normalizeBackward(
    _ place: NormPlace?, rows: Int, _ x: UnsafePointer<Float>, _ inverse: UnsafePointer<Float>,
    _ dout: UnsafePointer<Float>, residual: UnsafePointer<Float>?, into dx: Floats, _ gradients: Floats,
    base: Int
  ) {
    let table = kernels.table.pointee
    let width = Int64(widths.hidden)
    guard let place else {
      dx.update(from: dout, count: rows * widths.hidden)
      if let residual { table.add(Int64(rows) * width, dx, residual) }
      return
    }
    let dweight = gradients + (place.weight - base)
    if let bias = place.bias {
      table.layer_norm_backward(
        Int64(rows), width, x, weight(place.weight), inverse, dout, residual, dx, dweight,
        gradients + (bias - base))
    } else {
      table.norm_backward(
        Int64(rows), width, x, weight(place.weight), offset, inverse, dout, residual, dx, dweight)
    }
  }

  /// How the norms see the queries and keys of one row: as heads, or as one vector each.
  private func headNormShapes() -> (queries: (rows: Int64, width: Int64), keys: (rows: Int64, width: Int64)) {
    let w = widths
    guard architecture.headNorms == .heads else { return ((1, Int64(w.query)), (1, Int64(w.keyValue))) }
    return ((Int64(w.heads), Int64(w.headSize)), (Int64(w.keyValueHeads), Int64(w.headSize)))
  }

  /// Norms of the queries and keys of some rows. The values before are kept in `raw`, 1 / rms in `inverse`,
  /// both of which may be nil.
  ///
  /// Shapes: qkv [rows, qkv]; raw [rows, raw]; inverse [rows, heads + keyValueHeads].
  func normalizeQueriesAndKeys(
    _ block: ParameterLayout.Block, rows: Int, _ qkv: Floats, raw: Floats?, inverse: Floats?
  ) {
    guard let queryNorm = block.queryNorm, let keyNorm = block.keyNorm else { return }
    let w = widths
    let table = kernels.table.pointee
    let heads = w.heads + w.keyValueHeads
    let (queries, keys) = headNormShapes()
    for row in 0..<rows {
      let x = qkv + row * w.qkv
      let inverses = inverse.map { $0 + row * heads }
      raw.map { ($0 + row * w.raw).update(from: x, count: w.raw) }
      table.norm(queries.rows, queries.width, x, weight(queryNorm), offset, epsilon, x, inverses)
      table.norm(
        keys.rows, keys.width, x + w.query, weight(keyNorm), offset, epsilon, x + w.query,
        inverses.map { $0 + w.heads })
    }
  }

  /// Turns gradients of normalized queries and keys into those of the raw ones, in place.
  ///
  /// Shapes: dqkv [rows, qkv]; raw [rows, raw]; inverse [rows, heads + keyValueHeads]; gradients [vectors].
  func normalizeQueriesAndKeysBackward(
    _ block: ParameterLayout.Block, rows: Int, _ dqkv: Floats, raw: Floats, inverse: Floats,
    _ gradients: Floats, base: Int
  ) {
    guard let queryNorm = block.queryNorm, let keyNorm = block.keyNorm else { return }
    let w = widths
    let table = kernels.table.pointee
    let heads = w.heads + w.keyValueHeads
    let (queries, keys) = headNormShapes()
    for row in 0..<rows {
      let (d, x, inverses) = (dqkv + row * w.qkv, raw + row * w.raw, inverse + row * heads)
      table.norm_backward(
        queries.rows, queries.width, x, weight(queryNorm), offset, inverses, d, nil, d,
        gradients + (queryNorm - base))
      table.norm_backward(
        keys.rows, keys.width, x + w.query, weight(keyNorm), offset, inverses + w.heads, d + w.query, nil,
        d + w.query, gradients + (keyNorm - base))
    }
  }
}
