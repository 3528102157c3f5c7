internal import CTransformerKernels

/// Numbers of one AdamW step (Loshchilov & Hutter 2019, arXiv:1711.05101) with clipping by the global norm.
public struct AdamW: Sendable {
  /// Step size.
  public var learningRate: Double
  /// Decay of the first and second moment.
  public var beta1, beta2: Double
  /// Added to the root of the second moment.
  public var epsilon: Double
  /// Decoupled; not applied to norms and biases.
  public var weightDecay: Double
  /// Largest norm of all gradients together; 0: no clipping.
  public var clipNorm: Double
  /// Gradients are multiplied by it first.
  public var gradientScale: Double

  /// Numbers of one step.
  public init(
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
public struct StepOutcome: Sendable {
  /// Whether it was left out since the gradient norm was not finite.
  public var skipped: Bool
  /// Steps so far.
  public var step: Int
  /// Before clipping, after scaling.
  public var gradientNorm: Double
  /// Of the change of the weights.
  public var updateNorm: Double
}

extension Network {
  /// Pieces of a tensor that are updated, and summed, together.
  private static let piece = 65_536

  private struct Piece { let start, count: Int; let decays: Bool }

  /// Of the whole storage: padding stays zero, as its gradients do. Vectors, and only they, do not decay.
  private var pieces: [Piece] {
    let layout = weights.layout
    var pieces: [Piece] = []
    func add(_ range: Range<Int>, decays: Bool) {
      for start in stride(from: range.lowerBound, to: range.upperBound, by: Self.piece) {
        pieces.append(Piece(start: start, count: min(Self.piece, range.upperBound - start), decays: decays))
      }
    }
    var end = 0
    for vectors in layout.blocks.map(\.vectors) + [layout.finalVectors] {
      add(end..<vectors.lowerBound, decays: true)
      add(vectors, decays: false)
      end = vectors.upperBound
    }
    add(end..<layout.count, decays: true)
    return pieces
  }

  /// One step; the gradients are zero afterwards. Sums run piece by piece, in order.
  func step(_ numbers: AdamW, threads: Int) throws -> StepOutcome {
    let state = try weights.trainingState()
    let pieces = pieces
    var parts = [Double](repeating: 0, count: pieces.count)
    let kernels = kernels
    let parameters = weights.values.base
    sum(&parts, threads) {
      kernels.table.pointee.squares(Int64(pieces[$0].count), state.gradients.base + pieces[$0].start)
    }
    let norm = parts.reduce(0, +).squareRoot() * abs(numbers.gradientScale)
    guard norm.isFinite else {
      state.gradients.zero()
      return StepOutcome(skipped: true, step: weights.steps, gradientNorm: norm, updateNorm: 0)
    }
    weights.steps += 1
    let clip = numbers.clipNorm > 0 && norm > numbers.clipNorm ? numbers.clipNorm / norm : 1
    let step = Double(weights.steps)
    let correction1 = 1 - power(numbers.beta1, step)
    let correction2 = 1 - power(numbers.beta2, step)
    sum(&parts, threads) { index in
      let piece = pieces[index]
      let change = kernels.table.pointee.adamw(
        Int64(piece.count), parameters + piece.start, state.gradients.base + piece.start,
        state.first.base + piece.start, state.second.base + piece.start, Float(numbers.gradientScale * clip),
        Float(numbers.learningRate), Float(numbers.beta1), Float(numbers.beta2), Float(correction1),
        Float(correction2), Float(numbers.epsilon), piece.decays ? Float(numbers.weightDecay) : 0)
      (state.gradients.base + piece.start).update(repeating: 0, count: piece.count)
      return change
    }
    weights.valuesChanged()
    return StepOutcome(
      skipped: false, step: weights.steps, gradientNorm: norm, updateNorm: parts.reduce(0, +).squareRoot())
  }

  private func sum(_ parts: inout [Double], _ threads: Int, _ body: (Int) -> Double) {
    let count = parts.count
    parts.withUnsafeMutableBufferPointer { parts in
      nonisolated(unsafe) let parts = parts
      pool.run(count, threads: threads) { _, index in parts[index] = body(index) }
    }
  }
}
