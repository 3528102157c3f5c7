internal import CTransformerKernels
internal import TransformerFiles

/// d loss / d output of one scored sequence.
package struct ScoreGradient: Sendable {
  /// One per scored token.
  package var logprobs: [Float]
  /// One per scored token, or empty.
  package var entropies: [Float]

  /// A gradient.
  package init(logprobs: [Float], entropies: [Float] = []) {
    self.logprobs = logprobs
    self.entropies = entropies
  }
}

/// Of one layer and all tokens of a slab, what the weight gradients are made of: inputs of products, and stacks of
/// gradients of their outputs. And the gradients of the residual stream on its way down.
struct SlabBuffers {
  /// Gradients of the residual stream after the layer, in its middle, and before it: [tokens, hidden].
  let output, middle, input: Floats
  /// Left stacks of inputs of the products with gate and up, and with query, key and value: of [tokens, hidden].
  let postAttentionNormed, inputNormed: Packed
  /// Inputs of the products down and output: of [tokens, feedForward] and [tokens, query].
  let inner, attention: Packed
  /// Stacks of tokens and the outputs' columns: gate, hidden, qkv, hidden.
  let dgate, ddown, dqkv, doutput: Packed
}

/// One thread's private memory during backward.
struct BackwardSpace {
  /// Of one head and the longest sequence, packed: K^T, K and V^T.
  let keys, keyRows, valuesAcross: Packed
  /// Queries of a tile, or their gradients, packed: [tile, head size].
  let rows: Packed
  /// [tile, padded longest]
  let probabilities, slopes, caps: Floats
  /// [longest, 2, head size], and dkeys before dvalues: [2, longest, head size].
  let joined, dkeys: Floats
  /// [longest]
  let dots: Floats
  /// Gradients of a chunk: [tokens, qkv] and [tokens, query].
  let qkv, attention: Floats
  /// Of ``Workspace/rows`` tokens: [rows, gate], [rows, feedForward], [rows, hidden], [rows, branch], [rows].
  let gate, inner, normed, branch, inverse: Floats
  /// [vocabulary], where logits are capped.
  let line: Floats
  /// For layers that are computed again.
  let recomputed: (space: Workspace, output: Floats)
  /// For activations that are kept in bf16.
  let unrounded: Unrounded
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
  /// Of all weights; with adapters, nil: then a layer's gradients go into `layerGradients` and on to the adapters.
  private let gradients: Floats?
  let dlogprobs, dentropies: [Float]
  let slabs: [Range<Int>]
  let scoreRows: Int
  private let buffer: FloatBuffer
  private let memory: Memory

  var w: Widths { network.widths }
  var table: TKKernels { network.kernels.table.pointee }
  var layout: ParameterLayout { network.weights.layout }
  var slab: SlabBuffers { memory.slab }
  var spaces: [BackwardSpace] { memory.spaces }
  var panels: BackwardPanels { memory.panels }
  /// Gradients of norms and biases of each chunk, and of the final norm of each tile of scores: added in order.
  var vectorParts: Floats { memory.vectorParts }
  /// Of ``scoreRows`` scores: [rows, padded vocabulary], and twice [rows, hidden].
  var scoreLogits: Floats { memory.scoreLogits }
  var scoreNormed: Floats { memory.scoreNormed }
  var scoreHidden: Floats { memory.scoreHidden }
  /// Of ``scoreNormed`` and of some columns of ``scoreLogits``.
  var normedStack: Packed { memory.normedStack }
  var logitStack: Packed { memory.logitStack }

  /// Tokens of a slab, unless one chunk has more.
  private static let slabTokens = 8192
  /// Logits that exist at a time, unless that is less than tiles for some threads.
  private static let mostLogits = 4_194_304
  /// Columns of logits that are stacked at a time.
  static let stackedLogits = 4096

  init(
    _ network: Network, _ tape: Tape, dlogprobs: [Float], dentropies: [Float], threads: Int, stop: StopSignal
  ) throws {
    self.network = network
    self.tape = tape
    self.threads = threads
    self.stop = stop
    self.dlogprobs = dlogprobs
    self.dentropies = dentropies
    gradients = network.adapters == nil ? try network.weights.trainingState().gradients.base : nil
    slabs = Self.slabs(tape.batch)
    scoreRows = min(
      max(8 * Workspace.tile, Self.mostLogits / network.widths.vocabulary), max(1, tape.batch.scores.count))
    let sizes = Sizes(network, tape, slabs: slabs, scoreRows: scoreRows)
    var counter = FloatCarver()
    _ = Memory(&counter, network, sizes, threads: threads)
    buffer = try network.workspaces.take(counter.used)
    var carver = FloatCarver(buffer.base)
    guard let memory = Memory(&carver, network, sizes, threads: threads) else {
      throw TransformerError(
        .outOfMemory,
        "not enough memory for a backward pass of \(tape.batch.tokens.count) tokens; use a smaller batch")
    }
    self.memory = memory
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

  /// Adds the gradients of everything; when stopped, of some.
  func run() {
    defer { network.workspaces.put(buffer) }
    for chunks in slabs {
      let (first, last) = (tape.batch.chunks[chunks.lowerBound], tape.batch.chunks[chunks.upperBound - 1])
      let tokens = first.tokens.lowerBound..<last.tokens.upperBound
      var output = slab.output
      var input = slab.input
      output.update(repeating: 0, count: tokens.count * w.hidden)
      scores(chunks, tokens, output, gradients)
      for layer in (0..<w.layers).reversed() {
        panels.update(network, layer: layer, threads: threads)
        let storage = layout.blocks[layer].storage
        // Stands for the gradients of all weights, of which only this layer's are used.
        let target = gradients ?? memory.layerGradients - storage.lowerBound
        if gradients == nil { memory.layerGradients.update(repeating: 0, count: storage.count) }
        activationGradients(layer, chunks, tokens, output, input, target)
        weightGradients(layer, tokens, target)
        if !stop.isRaised { network.adapters?.take(layer, target, network, threads: threads) }
        swap(&output, &input)
      }
      if let gradients { embeddingGradients(tokens, output, gradients) }
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
    guard gradients.count == batch.inputs.count else {
      throw TransformerError(
        .badArgument,
        "there are \(gradients.count) gradients for \(batch.inputs.count) sequences; give one per sequence")
    }
    var dlogprobs: [Float] = []
    var dentropies: [Float] = []
    let withEntropies = gradients.contains { !$0.entropies.isEmpty }
    for (index, gradient) in gradients.enumerated() {
      let count = batch.inputs[index].count
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
    if stop.isRaised { try (adapters?.state ?? weights.trainingState()).gradients.zero() }
    try stop.check()
  }
}
