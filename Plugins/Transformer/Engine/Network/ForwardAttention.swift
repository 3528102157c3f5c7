internal import CTransformerKernels

/// Attention over whole sequences.
extension Network {
  /// Attention of the query heads that share one key-value head, over one sequence and what is before it; the sequence's
  /// queries before `start` are left out.
  func attend(
    _ layer: Int, _ part: LayerActivations, _ span: PackedBatch.Span, head: Int, _ space: Workspace,
    prompt: PromptPass? = nil, from start: Int = 0
  ) {
    let w = widths
    let (from, apart) = source(
      part.qkv, span, head: head, joined: space.joined, before: prompt?.shared(layer, head: head, w))
    packKeysAndValues(from, apart, count: span.count, keys: space.keys, values: space.values)
    prompt?.cache.store(layer: layer, head: head, keys: from.keys, values: from.values, stride: apart)
    for query in head * w.group..<(head + 1) * w.group {
      for row in stride(from: start, to: span.own.count, by: Workspace.tile) {
        let tile = AttentionTile(
          rows: row..<min(row + Workspace.tile, span.own.count), before: span.before.count,
          window: window(layer), panel: attentionKernels.panel)
        let first = span.own.lowerBound + row
        scores(
          tile, part.qkv + first * w.qkv + query * w.headSize, by: space.keys, of: span.count,
          into: space.scores)
        softmax(tile, of: span.count, space.scores, logSums: part.logSums + query * part.tokens + first)
        attentionKernels.multiply(
          rows: tile.rows.count, columns: w.headSize, depth: tile.width - tile.low, space.scores + tile.low,
          stride: attentionKernels.padded(span.count),
          by: attentionKernels.rows(space.values, from: tile.low),
          capacity: span.count,
          into: part.attention + first * w.query + query * w.headSize, w.query)
      }
    }
  }

  /// Packs a head's keys [head, tokens] and values [tokens, head] of a span.
  ///
  /// Shapes: qkv [tokens, qkv]; keys, values: packed, of span.count tokens; joined [span.count, 2, head
  /// size].
  func packKeysAndValues(
    _ qkv: Floats, _ span: PackedBatch.Span, head: Int, keys: Packed, values: Packed, joined: Floats
  ) {
    let (from, stride) = source(qkv, span, head: head, joined: joined)
    packKeysAndValues(from, stride, count: span.count, keys: keys, values: values)
  }

  private func packKeysAndValues(
    _ from: (keys: Floats, values: Floats), _ stride: Int, count: Int, keys: Packed, values: Packed
  ) {
    attentionKernels.pack(
      from.keys, rowStride: 1, columnStride: stride, depth: widths.headSize, columns: count, into: keys)
    attentionKernels.pack(
      from.values, rowStride: stride, columnStride: 1, depth: count, columns: widths.headSize, into: values)
  }

  /// Where a span's keys and values lie evenly; when it has something before it, they are copied together.
  ///
  /// Shapes: qkv [tokens, qkv]; joined [span.count, 2, head size]; keys and values of the result [span.count,
  /// head size] by stride.
  ///
  /// - Parameter before: The keys of what is before the span, with their values one width of keys behind each, if they are
  ///   not among `qkv`.
  func source(
    _ qkv: Floats, _ span: PackedBatch.Span, head: Int, joined: Floats,
    before: (keys: Floats, stride: Int)? = nil
  ) -> (from: (keys: Floats, values: Floats), stride: Int) {
    let w = widths
    let keys = qkv + w.query + head * w.headSize
    guard !span.before.isEmpty else {
      let own = keys + span.own.lowerBound * w.qkv
      return ((own, own + w.keyValue), w.qkv)
    }
    func copy(_ rows: Range<Int>, of keys: Floats, _ stride: Int, at start: Int) {
      for (index, row) in rows.enumerated() {
        let to = joined + (start + index) * 2 * w.headSize
        to.update(from: keys + row * stride, count: w.headSize)
        (to + w.headSize).update(from: keys + row * stride + w.keyValue, count: w.headSize)
      }
    }
    copy(span.before, of: before?.keys ?? keys, before?.stride ?? w.qkv, at: 0)
    copy(span.own, of: keys, w.qkv, at: span.before.count)
    return ((joined, joined + w.headSize), 2 * w.headSize)
  }

  /// Scores of a tile's queries against the keys that any of them sees.
  ///
  /// Shapes: queries [tile rows, head size] by qkv; keys: packed [head size, count]; scores [tile rows,
  /// padded count].
  func scores(
    _ tile: AttentionTile, _ queries: Floats, by keys: Packed, of count: Int, into scores: Floats
  ) {
    attentionKernels.multiply(
      rows: tile.rows.count, columns: attentionKernels.padded(tile.width) - tile.low, depth: widths.headSize,
      queries,
      stride: widths.qkv, by: attentionKernels.columns(keys, from: tile.low, depth: widths.headSize),
      into: scores + tile.low,
      attentionKernels.padded(count))
  }
  /// Turns scores into probabilities.
  ///
  /// Shapes: scores [tile rows, padded count]; logSums [tile rows].
  private func softmax(_ tile: AttentionTile, of count: Int, _ scores: Floats, logSums: Floats) {
    let scale = capScores(tile, of: count, scores, slopes: nil)
    kernels.table.pointee.causal_softmax(
      Int64(tile.rows.count), Int64(tile.firstValid), Int64(tile.window), Int64(tile.width),
      Int64(attentionKernels.padded(count)), scale, scores, logSums)
  }

  /// Caps scores where the architecture does; what is left to multiply them with.
  ///
  /// Shapes: scores, slopes [tile rows, padded count].
  func capScores(_ tile: AttentionTile, of count: Int, _ scores: Floats, slopes: Floats?) -> Float {
    guard let cap = architecture.attentionCap else { return attentionScale }
    kernels.table.pointee.soft_cap(
      Int64(tile.rows.count), Int64(tile.width - tile.low), Int64(attentionKernels.padded(count)),
      attentionScale,
      cap, scores + tile.low, slopes.map { $0 + tile.low })
    return 1
  }
}

/// Some query rows of a sequence, and the keys that they see.
struct AttentionTile {
  let rows: Range<Int>
  /// Keys from `low`, which is at the start of a panel, to `width`; the first row sees `firstValid` of all.
  let low, width, firstValid, window: Int

  init(rows: Range<Int>, before: Int, window: Int, panel: Int) {
    self.rows = rows
    self.window = window
    // Keys after the tile's last row are masked for all of it, as are those before its first row's window.
    width = before + rows.upperBound
    firstValid = before + rows.lowerBound + 1
    low = max(0, firstValid - window) / panel * panel
  }
}
