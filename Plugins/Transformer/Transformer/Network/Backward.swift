internal import CTransformerKernels

/// d loss / d output of one scored sequence.
public struct ScoreGradient: Sendable {
  /// One per scored token.
  public var logprobs: [Float]
  /// One per scored token, or empty.
  public var entropies: [Float]

  /// A gradient.
  public init(logprobs: [Float], entropies: [Float] = []) {
    self.logprobs = logprobs
    self.entropies = entropies
  }
}

/// Of one layer and all tokens of a slab, what the weight gradients are made of: gradients of outputs, and stacks of
/// inputs.
private struct SlabBuffers {
  let output, middle, input, fused, gateUp: Floats
  let inner, middleNormed, inputNormed, attention: Floats
}

/// One thread's private memory during backward.
private struct BackwardSpace {
  let keys, keyRows, valuesAcross, rows, probabilities, slopes, attention, inner, activated, normed,
    dots: Floats
}

/// One backward pass.
///
/// It goes layer by layer over slabs of chunks: first the gradients of activations, chunk by chunk; then those of the
/// weights, as products over all tokens of the slab, strip by strip of the weight matrix. Each element of a weight
/// gradient is therefore one sum over tokens in their order, whatever thread makes it.
struct BackwardPass {
  private let network: Network
  private let tape: Tape
  private let threads: Int
  private let packed: PackedWeights
  private let forwardPacked: PackedWeights
  private let gradients: Floats
  private let buffer: FloatBuffer
  private let slab: SlabBuffers
  private let spaces: [BackwardSpace]
  /// d norm weights of each chunk, and of each group of scores: added in order.
  private let normParts: Floats
  private let slabs: [Range<Int>]
  private let headLogits, headNormed: Floats
  private let headRows: Int
  private let dlogprobs, dentropies: [Float]

  private var w: Widths { network.widths }
  private var table: TKKernels { network.kernels.table.pointee }
  private var layout: ParameterLayout { network.weights.layout }

  /// Tokens of a slab, unless one chunk has more.
  private static let slabTokens = 8192

  init(_ network: Network, _ tape: Tape, dlogprobs: [Float], dentropies: [Float], threads: Int) throws {
    self.network = network
    self.tape = tape
    self.threads = threads
    self.dlogprobs = dlogprobs
    self.dentropies = dentropies
    packed = try network.packedBackward(threads: threads)
    forwardPacked = try network.packedForward(threads: threads)
    gradients = try network.weights.trainingState().gradients.base
    slabs = Self.slabs(tape.batch)
    // 4M logits at a time
    headRows = max(
      Workspace.tile, min(4_194_304 / network.widths.vocabulary, max(1, tape.batch.scores.count)))
    var counter = FloatCarver()
    _ = Self.carve(&counter, network, tape.batch, slabs, threads, headRows)
    buffer = try network.workspaces.take(counter.used)
    var carver = FloatCarver(buffer.base)
    guard let parts = Self.carve(&carver, network, tape.batch, slabs, threads, headRows) else {
      throw TransformerError(
        .outOfMemory, "no memory for a backward pass of \(tape.batch.tokens.count) tokens")
    }
    (slab, spaces, normParts, headLogits, headNormed) = parts
  }

  private static func slabs(_ batch: PackedBatch) -> [Range<Int>] {
    var result: [Range<Int>] = []
    var first = 0
    while first < batch.chunks.count {
      var end = first + 1
      let start = batch.chunks[first].tokens.lowerBound
      while end < batch.chunks.count, batch.chunks[end].tokens.upperBound - start <= slabTokens { end += 1 }
      result.append(first..<end)
      first = end
    }
    return result
  }

  private static func carve(
    _ carver: inout FloatCarver, _ network: Network, _ batch: PackedBatch, _ slabs: [Range<Int>],
    _ threads: Int,
    _ headRows: Int
  ) -> (SlabBuffers, [BackwardSpace], Floats, Floats, Floats)? {
    let w = network.widths
    let kernels = network.kernels
    let tokens = slabs.reduce(1) {
      max(
        $0, batch.chunks[$1.upperBound - 1].tokens.upperBound - batch.chunks[$1.lowerBound].tokens.lowerBound)
    }
    let longest = batch.longest
    let largest = batch.largestChunk
    let sizes =
      [w.hidden, w.hidden, w.hidden, w.fused, 2 * w.feedForward].map { tokens * $0 }
      + [w.feedForward, w.hidden, w.hidden, w.query].map { kernels.stackSize(rows: tokens, columns: $0) }
    let slab = sizes.map { carver.carve($0) }.compactMap { $0 }
    var spaces: [BackwardSpace] = []
    let widest = max(w.feedForward, w.hidden, w.query)
    let spaceSizes = [
      kernels.packedSize(depth: w.head, columns: longest),
      kernels.packedSize(depth: longest, columns: w.head),
      kernels.packedSize(depth: w.head, columns: longest),
      kernels.packedSize(depth: Workspace.tile, columns: w.head),
      Workspace.tile * kernels.padded(longest), Workspace.tile * kernels.padded(longest), largest * w.query,
      Workspace.rows * widest, Workspace.rows * w.feedForward, Workspace.rows * w.hidden,
      max(largest, Workspace.rows),
    ]
    for _ in 0..<threads {
      let s = spaceSizes.map { carver.carve($0) }.compactMap { $0 }
      guard s.count == spaceSizes.count else { continue }
      spaces.append(
        BackwardSpace(
          keys: s[0], keyRows: s[1], valuesAcross: s[2], rows: s[3], probabilities: s[4], slopes: s[5],
          attention: s[6], inner: s[7], activated: s[8], normed: s[9], dots: s[10]))
    }
    let parts = max(2 * batch.chunks.count, (headRows + Workspace.tile - 1) / Workspace.tile)
    let norms = carver.carve(parts * w.hidden)
    let logits = carver.carve((headRows + Workspace.tile) * kernels.padded(w.vocabulary))
    let normed = carver.carve(kernels.stackSize(rows: headRows, columns: w.hidden))
    guard slab.count == sizes.count, let norms, let logits, let normed else { return nil }
    let buffers = SlabBuffers(
      output: slab[0], middle: slab[1], input: slab[2], fused: slab[3], gateUp: slab[4], inner: slab[5],
      middleNormed: slab[6], inputNormed: slab[7], attention: slab[8])
    return (buffers, spaces, norms, logits, normed)
  }

  /// Adds the gradients of everything.
  func run() {
    defer { network.workspaces.put(buffer) }
    for chunks in slabs {
      let tokens =
        tape.batch.chunks[chunks.lowerBound].tokens
        .lowerBound..<tape.batch.chunks[chunks.upperBound - 1]
        .tokens.upperBound
      var output = slab.output
      var input = slab.input
      output.update(repeating: 0, count: tokens.count * w.hidden)
      head(chunks, tokens, output)
      for layer in (0..<w.layers).reversed() {
        activationGradients(layer, chunks, tokens, output, input)
        weightGradients(layer, tokens, output)
        swap(&output, &input)
      }
      embeddingGradients(tokens, output)
    }
  }

  // MARK: Output matrix and final norm

  private func head(_ chunks: Range<Int>, _ tokens: Range<Int>, _ output: Floats) {
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

  // MARK: One layer's activations

  private func activationGradients(
    _ layer: Int, _ chunks: Range<Int>, _ tokens: Range<Int>, _ output: Floats, _ input: Floats
  ) {
    let part = tape.activations.from(tokens.lowerBound, w).layer(layer)
    normParts.update(repeating: 0, count: 2 * chunks.count * w.hidden)
    network.pool.run(chunks.count, threads: threads) { worker, index in
      let chunk = tape.batch.chunks[chunks.lowerBound + index]
      let rows = chunk.tokens.lowerBound - tokens.lowerBound..<chunk.tokens.upperBound - tokens.lowerBound
      let space = spaces[worker]
      feedForward(layer, part, rows, output, space, normParts + 2 * index * w.hidden)
      for sequence in chunk.sequences {
        for head in 0..<w.keyValueHeads {
          attention(part, tape.batch.sequences[sequence], rows, tokens, head: head, space)
        }
      }
      tape.batch.positions.withUnsafeBufferPointer { positions in
        guard let positions = positions.baseAddress else { return }
        table.rotate(
          Int64(rows.count), Int64(w.fused), Int64(w.heads + w.keyValueHeads), Int64(w.head),
          slab.fused + rows.lowerBound * w.fused, positions + chunk.tokens.lowerBound,
          network.rotary.cosines.base,
          network.rotary.sines.base, true)
      }
      projections(layer, part, rows, input, space, normParts + (2 * index + 1) * w.hidden)
    }
    let block = layout.blocks[layer]
    for index in 0..<chunks.count {
      table.add(Int64(w.hidden), gradients + block.middleNorm, normParts + 2 * index * w.hidden)
      table.add(Int64(w.hidden), gradients + block.inputNorm, normParts + (2 * index + 1) * w.hidden)
    }
  }

  /// From the layer's output back to the stream between attention and feed-forward, and to attention's output.
  private func feedForward(
    _ layer: Int, _ part: LayerActivations, _ rows: Range<Int>, _ output: Floats, _ space: BackwardSpace,
    _ dnorm: Floats
  ) {
    let block = packed.blocks[layer]
    let norm = network.weight(layout.blocks[layer].middleNorm)
    for first in stride(from: rows.lowerBound, to: rows.upperBound, by: Workspace.rows) {
      let count = min(Workspace.rows, rows.upperBound - first)
      let doutput = output + first * w.hidden
      let middle = part.middle + first * w.hidden
      let dgateUp = slab.gateUp + first * 2 * w.feedForward
      table.norm(
        Int64(count), Int64(w.hidden), middle, norm, Float(network.shape.normEpsilon),
        space.normed, nil)
      network.kernels.stack(
        space.normed, stride: w.hidden, at: first, rows: count, columns: w.hidden, into: slab.middleNormed)
      network.kernels.multiply(
        rows: count, columns: w.feedForward, depth: w.hidden, doutput, stride: w.hidden, by: block.down,
        into: space.inner, w.feedForward)
      table.gate_backward(
        Int64(count), Int64(w.feedForward), part.gateUp + first * 2 * w.feedForward, space.inner,
        space.activated, dgateUp)
      network.kernels.stack(
        space.activated, stride: w.feedForward, at: first, rows: count, columns: w.feedForward,
        into: slab.inner)
      network.kernels.multiply(
        rows: count, columns: w.hidden, depth: 2 * w.feedForward, dgateUp, stride: 2 * w.feedForward,
        by: block.gateUp, into: space.normed, w.hidden)
      table.norm_backward(
        Int64(count), Int64(w.hidden), middle, norm, part.middleInverse + first, space.normed, doutput,
        slab.middle + first * w.hidden, dnorm)
      network.kernels.multiply(
        rows: count, columns: w.query, depth: w.hidden, slab.middle + first * w.hidden, stride: w.hidden,
        by: block.output, into: space.attention + (first - rows.lowerBound) * w.query, w.query)
    }
  }

  /// From queries, keys and values back to the layer's input.
  private func projections(
    _ layer: Int, _ part: LayerActivations, _ rows: Range<Int>, _ input: Floats, _ space: BackwardSpace,
    _ dnorm: Floats
  ) {
    let norm = network.weight(layout.blocks[layer].inputNorm)
    for first in stride(from: rows.lowerBound, to: rows.upperBound, by: Workspace.rows) {
      let count = min(Workspace.rows, rows.upperBound - first)
      let x = part.input + first * w.hidden
      table.norm(
        Int64(count), Int64(w.hidden), x, norm, Float(network.shape.normEpsilon),
        space.normed, nil)
      network.kernels.stack(
        space.normed, stride: w.hidden, at: first, rows: count, columns: w.hidden, into: slab.inputNormed)
      network.kernels.stack(
        part.attention + first * w.query, stride: w.query, at: first, rows: count, columns: w.query,
        into: slab.attention)
      network.kernels.multiply(
        rows: count, columns: w.hidden, depth: w.fused, slab.fused + first * w.fused, stride: w.fused,
        by: packed.blocks[layer].fused, into: space.normed, w.hidden)
      table.norm_backward(
        Int64(count), Int64(w.hidden), x, norm, part.inputInverse + first, space.normed,
        slab.middle + first * w.hidden, input + first * w.hidden, dnorm)
    }
  }

  /// Gradients of queries, keys and values of the heads that share one key-value head, over one sequence.
  ///
  /// Probabilities are computed again from the log sums (Dao et al. 2022, arXiv:2205.14135, section 3.1).
  private func attention(
    _ part: LayerActivations, _ sequence: PackedBatch.Sequence, _ rows: Range<Int>, _ tokens: Range<Int>,
    head: Int,
    _ space: BackwardSpace
  ) {
    let kernels = network.kernels
    let first = sequence.start - tokens.lowerBound
    let count = sequence.count
    let fused = part.fused + first * w.fused
    let keys = fused + w.query + head * w.head
    let values = keys + w.keyValue
    let dkeys = slab.fused + first * w.fused + w.query + head * w.head
    kernels.pack(keys, rowStride: 1, columnStride: w.fused, depth: w.head, columns: count, into: space.keys)
    kernels.pack(
      keys, rowStride: w.fused, columnStride: 1, depth: count, columns: w.head, into: space.keyRows)
    kernels.pack(
      values, rowStride: 1, columnStride: w.fused, depth: w.head, columns: count, into: space.valuesAcross)
    for row in 0..<count {
      (dkeys + row * w.fused).update(repeating: 0, count: w.head)
      (dkeys + w.keyValue + row * w.fused).update(repeating: 0, count: w.head)
    }
    for query in head * w.group..<(head + 1) * w.group {
      let doutput = space.attention + (first - rows.lowerBound) * w.query + query * w.head
      let output = part.attention + first * w.query + query * w.head
      table.row_dots(
        Int64(count), Int64(w.head), doutput, Int64(w.query), output, Int64(w.query), space.dots)
      for row in stride(from: 0, to: count, by: Workspace.tile) {
        tile(
          row..<min(row + Workspace.tile, count), of: count, queries: fused + query * w.head,
          doutput: doutput, logSums: part.logSums + query * tape.activations.tokens + first,
          dqueries: slab.fused + first * w.fused + query * w.head, dkeys: dkeys, space)
      }
    }
  }

  private func tile(
    _ rows: Range<Int>, of count: Int, queries: Floats, doutput: Floats, logSums: Floats, dqueries: Floats,
    dkeys: Floats, _ space: BackwardSpace
  ) {
    let kernels = network.kernels
    let stride = kernels.padded(count)
    let width = rows.upperBound
    let scale = 1 / Float(w.head).squareRoot()
    let first = Int64(rows.lowerBound + 1)
    let q = queries + rows.lowerBound * w.fused
    let d = doutput + rows.lowerBound * w.query
    kernels.multiply(
      rows: rows.count, columns: kernels.padded(width), depth: w.head, q, stride: w.fused, by: space.keys,
      into: space.probabilities, stride)
    table.causal_probabilities(
      Int64(rows.count), first, Int64(width), Int64(stride), scale, space.probabilities,
      logSums + rows.lowerBound)
    kernels.multiply(
      rows: rows.count, columns: kernels.padded(width), depth: w.head, d, stride: w.query,
      by: space.valuesAcross,
      into: space.slopes, stride)
    table.softmax_backward(
      Int64(rows.count), first, Int64(width), Int64(stride), scale, space.probabilities, space.slopes,
      space.dots + rows.lowerBound)
    kernels.multiply(
      rows: rows.count, columns: w.head, depth: width, space.slopes, stride: stride, by: space.keyRows,
      capacity: count, into: dqueries + rows.lowerBound * w.fused, w.fused)
    kernels.pack(q, rowStride: w.fused, columnStride: 1, depth: rows.count, columns: w.head, into: space.rows)
    kernels.multiply(
      rows: width, columns: w.head, depth: rows.count, space.slopes, stride: stride, transposed: true,
      by: space.rows, into: dkeys, w.fused, plus: dkeys, w.fused)
    let dvalues = dkeys + w.keyValue
    kernels.pack(d, rowStride: w.query, columnStride: 1, depth: rows.count, columns: w.head, into: space.rows)
    kernels.multiply(
      rows: width, columns: w.head, depth: rows.count, space.probabilities, stride: stride, transposed: true,
      by: space.rows, into: dvalues, w.fused, plus: dvalues, w.fused)
  }

  // MARK: Weights

  /// Rows of the largest strip of a weight gradient.
  private static let strip = 192

  private struct Strip { let matrix: Int; let rows: Range<Int> }

  /// Cuts matrices into strips of rows for the threads; the cuts change no bit of the result.
  private func strips(_ matrices: [(rows: Int, columns: Int)]) -> [Strip] {
    let work = matrices.reduce(0) { $0 + $1.rows * $1.columns }
    var result: [Strip] = []
    for (index, matrix) in matrices.enumerated() {
      let wanted = max(1, work / (threads == 1 ? 1 : 6 * threads) / matrix.columns)
      let height = max(24, min(Self.strip, (wanted + 11) / 12 * 12))
      for first in stride(from: 0, to: matrix.rows, by: height) {
        result.append(Strip(matrix: index, rows: first..<min(first + height, matrix.rows)))
      }
    }
    return result
  }

  private func weightGradients(_ layer: Int, _ tokens: Range<Int>, _ output: Floats) {
    let block = layout.blocks[layer]
    let products: [(left: Floats, rows: Int, right: Floats, columns: Int, to: Int)] = [
      (slab.gateUp, 2 * w.feedForward, slab.middleNormed, w.hidden, block.gateUp),
      (output, w.hidden, slab.inner, w.feedForward, block.down),
      (slab.fused, w.fused, slab.inputNormed, w.hidden, block.fused),
      (slab.middle, w.hidden, slab.attention, w.query, block.output),
    ]
    let strips = strips(products.map { ($0.rows, $0.columns) })
    network.pool.run(strips.count, threads: threads) { _, index in
      let rows = strips[index].rows
      let product = products[strips[index].matrix]
      network.kernels.accumulate(
        rows: rows.count, columns: product.columns, depth: tokens.count, product.left + rows.lowerBound,
        stride: product.rows, by: product.right,
        into: gradients + product.to + rows.lowerBound * product.columns)
    }
  }

  private func embeddingGradients(_ tokens: Range<Int>, _ output: Floats) {
    let slice = 64
    network.pool.run((w.hidden + slice - 1) / slice, threads: threads) { _, index in
      let first = index * slice
      let count = min(slice, w.hidden - first)
      for row in 0..<tokens.count {
        let token = Int(tape.batch.tokens[tokens.lowerBound + row])
        table.add(
          Int64(count), gradients + layout.embedding + token * w.hidden + first,
          output + row * w.hidden + first)
      }
    }
  }
}

extension Network {
  /// Adds d loss / d weights to the gradients and consumes the tape.
  func backward(_ tape: Tape, _ gradients: [ScoreGradient], threads: Int) throws {
    defer { tape.consume() }
    guard !tape.isConsumed else {
      throw TransformerError(.wrongState, "this forward pass was already used or dropped; run forward again")
    }
    guard tape.weights === weights, tape.version == weights.version else {
      throw TransformerError(.wrongState, "the weights changed after this forward pass; run forward again")
    }
    let batch = tape.batch
    guard gradients.count == batch.sequences.count else {
      throw TransformerError(
        .badArgument, "\(gradients.count) gradients for \(batch.sequences.count) sequences; give one for each"
      )
    }
    var dlogprobs: [Float] = []
    var dentropies: [Float] = []
    let withEntropies = gradients.contains { !$0.entropies.isEmpty }
    for (index, gradient) in gradients.enumerated() {
      let end = index + 1 < batch.sequences.count ? batch.sequences[index + 1].firstScore : batch.scores.count
      let count = end - batch.sequences[index].firstScore
      guard gradient.logprobs.count == count, gradient.entropies.isEmpty || gradient.entropies.count == count
      else {
        throw TransformerError(
          .badArgument,
          "sequence \(index) has \(count) scored tokens but gradients for \(gradient.logprobs.count) log-probs and "
            + "\(gradient.entropies.count) entropies")
      }
      dlogprobs += gradient.logprobs
      if withEntropies {
        dentropies += gradient.entropies.isEmpty ? .init(repeating: 0, count: count) : gradient.entropies
      }
    }
    let pass = try BackwardPass(self, tape, dlogprobs: dlogprobs, dentropies: dentropies, threads: threads)
    pass.run()
  }
}
