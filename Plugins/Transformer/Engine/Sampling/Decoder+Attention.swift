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
    let queries =
      isAlone ? space.qkv + members.lowerBound * w.qkv : space.queries + members.lowerBound * w.query
    let scores = space.scores + members.lowerBound * w.heads * space.scoreStride
    if !isAlone { gather(members, into: queries) }
    score(
      layer, cache.blocks, queries, rows: lines, into: scores, lines: lines,
      then: firstKeys(of: members.lowerBound, layer))
    for index in members {
      let own = scores + (index - members.lowerBound) * w.group * space.scoreStride
      let isLast = index == members.upperBound - 1
      score(
        layer, rows[index].blocks, space.qkv + index * w.qkv, rows: w.group, into: own + cache.tokens,
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

  // What is read next, to be fetched while the last block before it is computed with.

  private func firstKeys(of row: Int, _ layer: Int) -> Floats {
    space.memory.keys(rows[row].blocks[0], layer: layer)
  }

  private func firstValues(of row: Int, _ layer: Int) -> Floats {
    space.memory.values(rows[row].blocks[0], layer: layer)
  }

  private func firstPromptKeys(of row: Int, _ layer: Int) -> Floats {
    space.memory.keys(rows[min(row, rows.count - 1)].cache.blocks[0], layer: layer)
  }

  /// Puts the members' queries together.
  ///
  /// Shapes: queries [key-value heads, members, group, head size].
  private func gather(_ members: Range<Int>, into queries: Floats) {
    let width = network.widths.group * network.widths.headSize
    for (local, index) in members.enumerated() {
      for head in 0..<network.widths.keyValueHeads {
        (queries + (head * members.count + local) * width).update(
          from: space.qkv + index * network.widths.qkv + head * width, count: width)
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
    _ layer: Int, _ blocks: [Int], _ queries: Floats, rows: Int, into scores: Floats, lines: Int,
    then next: Floats
  ) {
    let w = network.widths
    let table = network.kernels.table.pointee
    for (index, block) in blocks.enumerated() {
      let next = index + 1 < blocks.count ? space.memory.keys(blocks[index + 1], layer: layer) : next
      table.block_scores(
        Int64(w.keyValueHeads), Int64(rows), Int64(w.headSize), queries,
        space.memory.keys(block, layer: layer),
        scores + index * KeyValueBlocks.positions, Int64(lines * space.scoreStride), Int64(space.scoreStride),
        next)
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
    lines: Int, then next: Floats
  ) {
    let w = network.widths
    let table = network.kernels.table.pointee
    for (index, block) in blocks.enumerated() {
      let first = index * KeyValueBlocks.positions
      let next = index + 1 < blocks.count ? space.memory.values(blocks[index + 1], layer: layer) : next
      table.attend_values(
        Int64(w.keyValueHeads), Int64(rows), Int64(w.headSize),
        Int64(min(KeyValueBlocks.positions, positions - first)),
        weights + first, Int64(lines * space.scoreStride), Int64(space.scoreStride),
        space.memory.values(block, layer: layer), mixed, next)
    }
  }
}
