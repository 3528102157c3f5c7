internal import CTransformerKernels

/// Flat storage of weights, and of what training adds: gradients and the optimiser's moments.
final class Weights {
  let layout: ParameterLayout
  let values: FloatBuffer
  /// Changes with every change of the values.
  private(set) var version = 0
  /// Steps of the optimiser since the moments were zero.
  var steps = 0
  private var training: (gradients: FloatBuffer, first: FloatBuffer, second: FloatBuffer)?

  init(_ layout: ParameterLayout) throws {
    self.layout = layout
    values = try FloatBuffer(layout.count)
  }

  func valuesChanged() { version += 1 }

  /// Zeroed at the first use.
  func trainingState() throws -> (gradients: FloatBuffer, first: FloatBuffer, second: FloatBuffer) {
    if let training { return training }
    let fresh = (
      try FloatBuffer(layout.count), try FloatBuffer(layout.count), try FloatBuffer(layout.count)
    )
    training = fresh
    return fresh
  }

  /// Normal with deviation 1 / sqrt(hidden), outputs into the residual stream scaled by 1 / sqrt(2 layers) as in GPT-2;
  /// norms 1. The usual fixed 0.02 is about that at a width of 2,500; at 128 it learns to copy ten times more slowly.
  func initialise(seed: UInt64) {
    let width = 1 / Double(layout.hidden).squareRoot()
    let residual = width / (2 * Double(layout.blocks.count)).squareRoot()
    for (index, tensor) in layout.tensors.enumerated() {
      let to = values.base + tensor.offset
      if tensor.role == .norm {
        to.update(repeating: 1, count: tensor.count)
        continue
      }
      let deviation = tensor.role == .residualOutput ? residual : width
      let random = Philox(seed: seed)
      for pair in 0..<(tensor.count + 1) / 2 {
        let (a, b) = random.normals(UInt64(pair), stream: UInt64(index))
        to[2 * pair] = Float(a * deviation)
        if 2 * pair + 1 < tensor.count { to[2 * pair + 1] = Float(b * deviation) }
      }
    }
    valuesChanged()
  }
}
