internal import TransformerFiles

/// What backward needs of one forward pass. Belongs to the model that made it.
public final class Tape {
  let batch: PackedBatch
  let activations: Activations
  let logSums, entropies: Floats
  let buffer: FloatBuffer
  /// The weights it was computed with, and their version.
  let weights: Weights
  let version: Int
  private(set) var isConsumed = false
  private let cache: BufferCache

  init(_ network: Network, _ batch: PackedBatch, keeping: Activations.Keeping) throws {
    func carve(_ carver: inout FloatCarver) -> (Activations, Floats, Floats)? {
      let activations = Activations(
        &carver, network.widths, tokens: batch.tokens.count, keeping: keeping,
        isRounded: network.roundsActivations)
      let sums = carver.carve(batch.scores.count)
      let entropies = carver.carve(batch.scores.count)
      guard let activations, let sums, let entropies else { return nil }
      return (activations, sums, entropies)
    }
    var counter = FloatCarver()
    _ = carve(&counter)
    cache = network.tapes
    buffer = try cache.take(counter.used)
    var carver = FloatCarver(buffer.base)
    guard let (activations, logSums, entropies) = carve(&carver) else {
      throw TransformerError(
        .outOfMemory,
        "not enough memory for the activations of \(batch.tokens.count) tokens; use a smaller batch")
    }
    (self.activations, self.logSums, self.entropies) = (activations, logSums, entropies)
    self.batch = batch
    weights = network.weights
    version = network.weights.version
  }

  deinit { consume() }

  /// Gives the memory back for the next pass.
  func consume() {
    guard !isConsumed else { return }
    isConsumed = true
    cache.put(buffer)
  }
}

extension Network {
  /// Scores a batch and keeps what ``backward(_:_:threads:)`` needs, or with `recomputing` as little as possible.
  func forward(
    _ batch: PackedBatch, threads: Int, recomputing: Bool = false, stop: StopSignal = .never
  ) throws -> (ScoreOutput, Tape) {
    try coverPositions(batch.longest)
    let tape = try Tape(self, batch, keeping: recomputing ? .inputs : .all)
    let passes = try Passes(self, batch, threads: threads, keepingActivations: true)
    defer { passes.release(self) }
    var logprobs = [Float](repeating: 0, count: batch.scores.count)
    logprobs.withUnsafeMutableBufferPointer { logprobs in
      guard let logprobs = logprobs.baseAddress else { return }
      pool.run(batch.chunks.count, threads: threads) { worker, index in
        guard !stop.isRaised else { return }
        let chunk = batch.chunks[index]
        let activations = tape.activations.from(chunk.tokens.lowerBound, widths)
        forward(batch, chunk, activations, passes.spaces[worker])
        scoreChunk(
          batch, chunk, activations, passes.spaces[worker], logprobs: logprobs, logSums: tape.logSums,
          entropies: tape.entropies)
      }
    }
    try stop.check()
    let entropies = Array(UnsafeBufferPointer(start: tape.entropies, count: batch.scores.count))
    return (ScoreOutput(logprobs: logprobs, entropies: entropies), tape)
  }
}
