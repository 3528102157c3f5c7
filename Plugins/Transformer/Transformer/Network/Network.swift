internal import CTransformerKernels

/// Weights of one shape and everything needed to compute with them. Not to be used by two calls at a time.
final class Network {
  let shape: Shape
  let widths: Widths
  let weights: Weights
  let kernels: Kernels
  let pool: ThreadPool
  let rotary: RotaryTable
  let tapes = BufferCache()
  let workspaces = BufferCache()
  private var forward: PackedWeights?
  private var backward: PackedWeights?

  init(_ shape: Shape, kernels: Kernels = Kernels()) throws {
    try shape.validate()
    self.shape = shape
    self.kernels = kernels
    widths = Widths(shape)
    weights = try Weights(ParameterLayout(shape))
    rotary = try RotaryTable(shape)
    pool = try ThreadPool()
  }

  func packedForward(threads: Int) throws -> PackedWeights {
    let packed = try forward ?? PackedWeights(self, .forward)
    forward = packed
    packed.update(self, threads: threads)
    return packed
  }

  func packedBackward(threads: Int) throws -> PackedWeights {
    let packed = try backward ?? PackedWeights(self, .backward)
    backward = packed
    packed.update(self, threads: threads)
    return packed
  }

  /// Weights at an offset of the layout.
  func weight(_ offset: Int) -> Floats { weights.values.base + offset }
}
