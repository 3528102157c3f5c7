internal import CTransformerKernels
internal import TransformerTokenizer

/// Numbers of one AdamW step (Loshchilov & Hutter 2019, arXiv:1711.05101) with clipping by the global norm.
package struct AdamW: Sendable {
  /// Step size.
  package var learningRate: Double
  /// Decay of the first and second moment.
  package var beta1, beta2: Double
  /// Added to the root of the second moment.
  package var epsilon: Double
  /// Decoupled; not applied to norms and biases.
  package var weightDecay: Double
  /// Largest norm of all gradients together; 0: no clipping.
  package var clipNorm: Double
  /// Gradients are multiplied by it first.
  package var gradientScale: Double

  /// Numbers of one step.
  package init(
    learningRate: Double, beta1: Double = 0.9, beta2: Double = 0.95, epsilon: Double = 1e-8,
    weightDecay: Double = 0, clipNorm: Double = 1, gradientScale: Double = 1
  ) {
    self.learningRate = learningRate
    self.beta1 = beta1
    self.beta2 = beta2
    self.epsilon = epsilon
    self.weightDecay = weightDecay
    self.clipNorm = clipNorm
    self.gradientScale = gradientScale
  }
}

/// What a step did.
package struct StepOutcome: Sendable {
  /// Whether it was left out since the gradient norm was not finite.
  package var skipped: Bool
  /// Steps so far.
  package var step: Int
  /// Before clipping, after scaling.
  package var gradientNorm: Double
  /// Of the change of the weights.
  package var updateNorm: Double
}

extension Network {
  /// Gradients and moments of what is trained.
  func trainingState() throws -> TrainingState { try adapters?.state ?? weights.trainingState() }

  /// One step on all weights, or on the adapters where there are such; the gradients are zero afterwards.
  func step(_ numbers: AdamW, threads: Int) throws -> StepOutcome {
    if let adapters {
      let outcome = optimize(
        adapters.values.base, adapters.state,
        Piece.cut([(range: 0..<adapters.values.count, isMatrix: false)], decays: true), numbers,
        threads: threads)
      if !outcome.skipped { try adapters.merge(into: self, threads: threads) }
      return outcome
    }
    let outcome = optimize(
      weights.vector(0), try weights.trainingState(), Piece.cut(parts), numbers, threads: threads)
    if !outcome.skipped { weights.valuesChanged() }
    return outcome
  }

  /// Vectors and the rest of the storage: padding stays zero, as its gradients do.
  private var parts: [(range: Range<Int>, isMatrix: Bool)] {
    var parts: [(range: Range<Int>, isMatrix: Bool)] = []
    var end = 0
    for vectors in layout.blocks.map(\.vectors) + [layout.finalVectors] {
      parts += [(end..<vectors.lowerBound, true), (vectors, false)]
      end = vectors.upperBound
    }
    return parts + [(end..<layout.count, true)]
  }

  /// Values that are updated, and summed, together.
  private struct Piece {
    private static let largest = 65_536
    let start, count: Int
    let isMatrix, decays: Bool

    /// - Parameter decays: whether all do; nil: matrices do.
    static func cut(_ parts: [(range: Range<Int>, isMatrix: Bool)], decays: Bool? = nil) -> [Piece] {
      parts.flatMap { range, isMatrix in
        stride(from: range.lowerBound, to: range.upperBound, by: largest).map {
          Piece(
            start: $0, count: min(largest, range.upperBound - $0), isMatrix: isMatrix,
            decays: decays ?? isMatrix)
        }
      }
    }
  }

  /// Sums run piece by piece, in order.
  ///
  /// Shapes: values [all that is trained], like the gradients and moments of `state`.
  private func optimize(
    _ values: Floats, _ state: TrainingState, _ pieces: [Piece], _ numbers: AdamW, threads: Int
  ) -> StepOutcome {
    let table = kernels.table.pointee
    let (gradients, first, second) = (state.gradients.base, state.first.base, state.second.base)
    var parts = [Double](repeating: 0, count: pieces.count)
    sum(&parts, threads) { table.sum_of_squares(Int64(pieces[$0].count), gradients + pieces[$0].start) }
    let norm = parts.reduce(0, +).squareRoot() * abs(numbers.gradientScale)
    guard norm.isFinite else {
      state.gradients.zero()
      return StepOutcome(skipped: true, step: state.steps, gradientNorm: norm, updateNorm: 0)
    }
    state.steps += 1
    let clip = numbers.clipNorm > 0 && norm > numbers.clipNorm ? numbers.clipNorm / norm : 1
    let step = Double(state.steps)
    let (correction1, correction2) = (
      Float(1 - power(numbers.beta1, step)), Float(1 - power(numbers.beta2, step))
    )
    let (scale, rate) = (Float(numbers.gradientScale * clip), Float(numbers.learningRate))
    let (beta1, beta2, epsilon) = (Float(numbers.beta1), Float(numbers.beta2), Float(numbers.epsilon))
    sum(&parts, threads) { index in
      let piece = pieces[index]
      let count = Int64(piece.count)
      let decay = piece.decays ? Float(numbers.weightDecay) : 0
      let (g, m, v) = (gradients + piece.start, first + piece.start, second + piece.start)
      let change =
        if piece.isMatrix, let (upper, lower) = weights.halves(piece.start) {
          table.adamw_bf16(
            count, upper, lower, g, m, v, scale, rate, beta1, beta2, correction1, correction2, epsilon, decay)
        } else {
          table.adamw(
            count, values + piece.start, g, m, v, scale, rate, beta1, beta2, correction1, correction2,
            epsilon,
            decay)
        }
      (gradients + piece.start).update(repeating: 0, count: piece.count)
      return change
    }
    return StepOutcome(
      skipped: false, step: state.steps, gradientNorm: norm, updateNorm: parts.reduce(0, +).squareRoot())
  }

  private func sum(_ parts: inout [Double], _ threads: Int, _ body: (Int) -> Double) {
    let count = parts.count
    parts.withUnsafeMutableBufferPointer { parts in
      // Safety: each index is written by one thread, once, and read when all have ended.
      nonisolated(unsafe) let parts = parts
      pool.run(count, threads: threads) { _, index in parts[index] = body(index) }
    }
  }
}
