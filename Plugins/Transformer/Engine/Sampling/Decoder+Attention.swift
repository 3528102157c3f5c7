internal import CTransformerKernels

/// Attention of one token of every row.
extension Decoder {
  /// Rows of one prompt go together: the prompt's keys and values are read once for all of them.
  func attend(_ layer: Int) {
    guard team > 1 else { return groups.forEach { attend(layer, $0) } }
    network.pool.run(groups.count, threads: team) { _, index in attend(layer, groups[index]) }
  }

  private func attend(_ layer: Int, _ members: Range<Int>) {
    let w = network.widths
    let cache = rows[members.lowerBound].cache
    let lines = members.count * w.group
    // Of one row alone, queries and results lie as the kernels want them.
    let isAlone = members.count == 1
    let mixed = (isAlone ? space.attention : space.mixed) + members.lowerBound * w.query
    for index in members {
      kernels.lay(
        space.qkv + index * w.qkv, stride: w.headSize, rows: w.heads, width: w.headSize,
        into: queries(of: index))
    }
    let together = isAlone ? queries(of: members.lowerBound) : space.gathered + members.lowerBound * rowBytes
    let scores = space.scores + members.lowerBound * w.heads * space.scoreStride
    if !isAlone { gather(members, into: together) }
    score(
      layer, cache.blocks, together, rows: lines, into: scores, lines: lines,
      then: firstKeys(of: members.lowerBound, layer))
    for index in members {
      let own = scores + (index - members.lowerBound) * w.group * space.scoreStride
      let isLast = index == members.upperBound - 1
      score(
        layer, rows[index].blocks, queries(of: index), rows: w.group, into: own + cache.tokens,
        lines: lines,
        then: isLast ? space.memory.values(cache.blocks[0], layer: layer) : firstKeys(of: index + 1, layer))
      soften(layer, own, lines: lines, valid: cache.tokens + rows[index].tokens.count)
    }
    mixed.update(repeating: 0, count: lines * w.keyValueHeads * w.headSize)
    mix(
      layer, cache.blocks, positions: cache.tokens, by: scores, rows: lines, into: mixed, lines: lines,
      then: firstValues(of: members.lowerBound, layer))
    if !isAlone { scatter(members, mixed) }
    for index in members {
      let own = scores + (index - members.lowerBound) * w.group * space.scoreStride
      let isLast = index == members.upperBound - 1
      mix(
        layer, rows[index].blocks, positions: rows[index].tokens.count, by: own + cache.tokens, rows: w.group,
        into: space.attention + index * w.query, lines: lines,
        then: isLast ? firstPromptKeys(of: index + 1, layer) : firstValues(of: index + 1, layer))
    }
  }

  private var kernels: Kernels { network.attentionKernels }

  /// Bytes of a row's queries.
  private var rowBytes: Int {
    kernels.bytes(network.widths.heads * kernels.capacity(network.widths.headSize))
  }

  private func queries(of row: Int) -> Packed { space.queries + row * rowBytes }

  // What is read next, to be fetched while the last block before it is computed with.

  private func firstKeys(of row: Int, _ layer: Int) -> Packed {
    space.memory.keys(rows[row].blocks[0], layer: layer)
  }

  private func firstValues(of row: Int, _ layer: Int) -> Packed {
    space.memory.values(rows[row].blocks[0], layer: layer)
  }

  private func firstPromptKeys(of row: Int, _ layer: Int) -> Packed {
    space.memory.keys(rows[min(row, rows.count - 1)].cache.blocks[0], layer: layer)
  }

  /// Puts the members' queries together.
  ///
  /// Shapes: gathered [key-value heads, members, group, head size].
  private func gather(_ members: Range<Int>, into gathered: Packed) {
    let bytes = rowBytes / network.widths.keyValueHeads
    for (local, index) in members.enumerated() {
      for head in 0..<network.widths.keyValueHeads {
        (gathered + (head * members.count + local) * bytes).copyMemory(
          from: queries(of: index) + head * bytes, byteCount: bytes)
      }
    }
  }

  /// The way back, of what the values gave.
  ///
  /// Shapes: mixed [key-value heads, members, group, head size].
  private func scatter(_ members: Range<Int>, _ mixed: Floats) {
    let width = network.widths.group * network.widths.headSize
    for (local, index) in members.enumerated() {
      for head in 0..<network.widths.keyValueHeads {
        (space.attention + index * network.widths.query + head * width).update(
          from: mixed + (head * members.count + local) * width, count: width)
      }
    }
  }

  /// Scores of `rows` lines against blocks of keys.
  ///
  /// Shapes: queries [key-value heads, rows, head size]; scores [key-value heads, rows, positions] by (lines
  /// scoreStride, scoreStride).
  private func score(
    _ layer: Int, _ blocks: [Int], _ queries: Packed, rows: Int, into scores: Floats, lines: Int,
    then next: Packed
  ) {
    let w = network.widths
    for (index, block) in blocks.enumerated() {
      let next = index + 1 < blocks.count ? space.memory.keys(blocks[index + 1], layer: layer) : next
      kernels.blockScores(
        heads: w.keyValueHeads, rows: rows, headSize: w.headSize, queries,
        by: space.memory.keys(block, layer: layer), into: scores + index * KeyValueBlocks.positions,
        headStride: lines * space.scoreStride, stride: space.scoreStride, then: next)
    }
  }

  /// Softmax over prompt and own keys, for the query heads of one row.
  ///
  /// Shapes: scores [key-value heads, group, valid] by (lines scoreStride, scoreStride).
  private func soften(_ layer: Int, _ scores: Floats, lines: Int, valid: Int) {
    let w = network.widths
    let table = network.kernels.table.pointee
    for head in 0..<w.keyValueHeads {
      let scores = scores + head * lines * space.scoreStride
      var scale = network.attentionScale
      if let cap = network.architecture.attentionCap {
        table.soft_cap(Int64(w.group), Int64(valid), Int64(space.scoreStride), scale, cap, scores, nil)
        scale = 1
      }
      table.causal_softmax(
        Int64(w.group), Int64(valid), Int64(network.window(layer)), Int64(valid), Int64(space.scoreStride),
        scale, scores, nil)
    }
  }

  /// Adds the weighted values of `positions`.
  ///
  /// Shapes: weights [key-value heads, rows, positions] by (lines scoreStride, scoreStride); mixed [key-value
  /// heads, rows, head size].
  private func mix(
    _ layer: Int, _ blocks: [Int], positions: Int, by weights: Floats, rows: Int, into mixed: Floats,
    lines: Int, then next: Packed
  ) {
    let w = network.widths
    for (index, block) in blocks.enumerated() {
      let first = index * KeyValueBlocks.positions
      let next = index + 1 < blocks.count ? space.memory.values(blocks[index + 1], layer: layer) : next
      kernels.attend(
        heads: w.keyValueHeads, rows: rows, headSize: w.headSize,
        positions: min(KeyValueBlocks.positions, positions - first), by: weights + first,
        headStride: lines * space.scoreStride, stride: space.scoreStride,
        to: space.memory.values(block, layer: layer), into: mixed, then: next)
    }
  }
}
