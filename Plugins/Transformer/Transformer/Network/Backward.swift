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
struct SlabBuffers {
  let output, middle, input, fused, gateUp: Floats
  let inner, middleNormed, inputNormed, attention: Floats
}

/// One thread's private memory during backward.
struct BackwardSpace {
  let keys, keyRows, valuesAcross, rows, probabilities, slopes, attention, inner, activated, normed,
    dots: Floats
}

/// One backward pass.
///
/// It goes layer by layer over slabs of chunks: first the gradients of activations, chunk by chunk; then those of the
/// weights, as products over all tokens of the slab, strip by strip of the weight matrix. Each element of a weight
/// gradient is therefore one sum over tokens in their order, whatever thread makes it.
struct BackwardPass {
  let network: Network
  let tape: Tape
  let threads: Int
  let stop: StopSignal
  let packed: PackedWeights
  let forwardPacked: PackedWeights
  let gradients: Floats
  let buffer: FloatBuffer
  let slab: SlabBuffers
  let spaces: [BackwardSpace]
  /// d norm weights of each chunk, and of each group of scores: added in order.
  let normParts: Floats
  let slabs: [Range<Int>]
  let headLogits, headNormed: Floats
  let headRows: Int
  let dlogprobs, dentropies: [Float]

  var w: Widths { network.widths }
  var table: TKKernels { network.kernels.table.pointee }
  var layout: ParameterLayout { network.weights.layout }

  /// Tokens of a slab, unless one chunk has more.
  private static let slabTokens = 8192

  init(
    _ network: Network, _ tape: Tape, dlogprobs: [Float], dentropies: [Float], threads: Int, stop: StopSignal
  ) throws {
    self.network = network
    self.tape = tape
    self.threads = threads
    self.stop = stop
    self.dlogprobs = dlogprobs
    self.dentropies = dentropies
    packed = try network.packedBackward(threads: threads)
    forwardPacked = try network.packedForward(threads: threads)
    gradients = try network.weights.trainingState().gradients.base
    slabs = Self.slabs(tape.batch)
    // 4M logits at a time, or tiles for some threads
    headRows = max(
      Workspace.tile,
      min(max(8 * Workspace.tile, 4_194_304 / network.widths.vocabulary), tape.batch.scores.count))
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
    _ threads: Int, _ headRows: Int
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

  /// Adds the gradients of everything; when stopped, of some.
  func run() {
    defer { network.workspaces.put(buffer) }
    for chunks in slabs {
      let (first, last) = (tape.batch.chunks[chunks.lowerBound], tape.batch.chunks[chunks.upperBound - 1])
      let tokens = first.tokens.lowerBound..<last.tokens.upperBound
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
}

extension Network {
  /// Adds d loss / d weights to the gradients and consumes the tape. A stop leaves all gradients zero, since half of a
  /// pass is of no use.
  func backward(_ tape: Tape, _ gradients: [ScoreGradient], threads: Int, stop: StopSignal = .never) throws {
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
    guard !batch.scores.isEmpty else { return }
    let pass = try BackwardPass(
      self, tape, dlogprobs: dlogprobs, dentropies: dentropies, threads: threads, stop: stop)
    pass.run()
    if stop.isRaised { try weights.trainingState().gradients.zero() }
    try stop.check()
  }
}
