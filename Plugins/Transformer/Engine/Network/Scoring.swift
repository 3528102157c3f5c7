internal import CTransformerKernels

/// Results of scoring: log-probs and, when asked for, entropies, in the order of the batch's scores.
struct ScoreOutput {
  var logprobs: [Float]
  var entropies: [Float]
}

extension Network {
  /// Scores of a chunk from its last hidden states; at most ``Workspace/tile`` rows of logits exist at a time.
  ///
  /// `logSums`, `entropies`: per score; backward needs them.
  ///
  /// Shapes: logprobs, logSums, entropies [batch.scores].
  func scoreChunk(
    _ batch: PackedBatch, _ chunk: PackedBatch.Chunk, _ activations: Activations,
    _ space: Workspace, logprobs: Floats, logSums: Floats, entropies: Floats
  ) {
    let w = widths
    let stride = kernels.padded(w.vocabulary)
    let final = activations.input(of: w.layers)
    for first in Swift.stride(from: chunk.scores.lowerBound, to: chunk.scores.upperBound, by: Workspace.tile)
    {
      let count = min(Workspace.tile, chunk.scores.upperBound - first)
      logits(
        batch, first..<first + count, rowsFrom: chunk.tokens.lowerBound, final, space.normed, space.logits)
      for row in 0..<count {
        let score = batch.scores[first + row]
        let line = space.logits + row * stride
        applyMask(of: score, batch, line)
        let sum = kernels.table.pointee.log_sum(
          Int64(w.vocabulary), score.scale, line, entropies + first + row)
        logSums[first + row] = sum
        logprobs[first + row] = line[Int(score.target)] * score.scale - sum
      }
    }
  }

  /// Logits of some scores, rows padded to whole panels; `normed` receives the normed hidden states.
  ///
  /// Shapes: final [chunk tokens, hidden]; normed [scores, hidden]; logits [scores, padded vocabulary].
  func logits(
    _ batch: PackedBatch, _ scores: Range<Int>, rowsFrom: Int, _ final: Floats, _ normed: Floats,
    _ logits: Floats
  ) {
    let w = widths
    for (row, index) in scores.enumerated() {
      let from = final + (batch.scores[index].row - rowsFrom) * w.hidden
      normalize(layout.finalNorm, rows: 1, from, into: normed + row * w.hidden, nil)
    }
    product(
      layout.unembedding, rows: scores.count, columns: kernels.padded(w.vocabulary), depth: w.hidden, normed,
      into: logits)
    capLogits(rows: scores.count, logits)
  }

  /// Takes all tokens outside of a score's mask out of the distribution.
  ///
  /// Shapes: line [vocabulary].
  func applyMask(of score: PackedBatch.Score, _ batch: PackedBatch, _ line: Floats) {
    guard !score.mask.isEmpty else { return }
    let left = batch.maskIDs[score.mask].map { ($0, line[Int($0)]) }
    // Finite, since a probability of 0 times an infinite log-prob is no number.
    line.update(repeating: Self.masked, count: widths.vocabulary)
    for (id, logit) in left { line[Int(id)] = logit }
  }

  private static let masked: Float = -1e9

  /// Log-probs and entropies without keeping anything.
  func score(_ batch: PackedBatch, threads: Int, stop: StopSignal = .never) throws -> ScoreOutput {
    try coverPositions(batch.longest)
    let passes = try Passes(self, batch, threads: threads, keepingActivations: false)
    defer { passes.release(self) }
    var output = ScoreOutput(
      logprobs: .init(repeating: 0, count: batch.scores.count),
      entropies: .init(repeating: 0, count: batch.scores.count))
    let sums = try FloatBuffer(batch.scores.count)
    output.logprobs.withUnsafeMutableBufferPointer { logprobs in
      output.entropies.withUnsafeMutableBufferPointer { entropies in
        guard let logprobs = logprobs.baseAddress, let entropies = entropies.baseAddress else { return }
        pool.run(batch.chunks.count, threads: threads) { worker, index in
          guard !stop.isRaised else { return }
          let chunk = batch.chunks[index]
          let activations = passes.activations[worker]
          forward(batch, chunk, activations, passes.spaces[worker])
          scoreChunk(
            batch, chunk, activations, passes.spaces[worker], logprobs: logprobs, logSums: sums.base,
            entropies: entropies)
        }
      }
    }
    try stop.check()
    return output
  }
}

extension Network {
  /// The mean of the normed hidden states of each sequence but its last token, which only ends it. Sequences without
  /// anything to score, so that each of them stands for itself.
  func meanHiddenStates(_ batch: PackedBatch, threads: Int, stop: StopSignal) throws -> [[Float]] {
    try coverPositions(batch.longest)
    let passes = try Passes(self, batch, threads: threads, keepingActivations: false)
    defer { passes.release(self) }
    let hidden = widths.hidden
    var sums = [Float](repeating: 0, count: batch.sequences.count * hidden)
    sums.withUnsafeMutableBufferPointer { sums in
      guard let sums = sums.baseAddress else { return }
      pool.run(batch.chunks.count, threads: threads) { worker, index in
        guard !stop.isRaised else { return }
        let (chunk, activations) = (batch.chunks[index], passes.activations[worker])
        let normed = passes.spaces[worker].normed
        forward(batch, chunk, activations, passes.spaces[worker])
        for sequence in chunk.sequences {
          let rows = batch.sequences[sequence].rows
          for row in rows {
            let from = activations.input(of: widths.layers) + (row - chunk.tokens.lowerBound) * hidden
            normalize(layout.finalNorm, rows: 1, from, into: normed, nil)
            for place in 0..<hidden { sums[sequence * hidden + place] += normed[place] / Float(rows.count) }
          }
        }
      }
    }
    try stop.check()
    return batch.sequences.indices.map { Array(sums[$0 * hidden..<($0 + 1) * hidden]) }
  }
}

/// The threads' workspaces for one pass over a batch.
struct Passes {
  let spaces: [Workspace]
  /// One per thread; empty when the activations are kept elsewhere.
  let activations: [Activations]
  private let buffer: FloatBuffer

  init(_ network: Network, _ batch: PackedBatch, threads: Int, keepingActivations: Bool) throws {
    func carve(_ carver: inout FloatCarver) -> ([Workspace], [Activations]) {
      var spaces: [Workspace] = []
      var activations: [Activations] = []
      let rounded = keepingActivations && network.roundsActivations ? batch.largestChunk : 0
      for _ in 0..<threads {
        if let space = Workspace(&carver, network, longest: batch.longest, unrounded: rounded) {
          spaces.append(space)
        }
        guard !keepingActivations else { continue }
        if let part = Activations(&carver, network.widths, tokens: batch.largestChunk, keeping: .nothing) {
          activations.append(part)
        }
      }
      return (spaces, activations)
    }
    var counter = FloatCarver()
    _ = carve(&counter)
    buffer = try network.workspaces.take(counter.used)
    var carver = FloatCarver(buffer.base)
    (spaces, activations) = carve(&carver)
  }

  func release(_ network: Network) { network.workspaces.put(buffer) }
}
