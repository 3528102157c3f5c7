internal import CTransformerKernels

/// What training adds to values that are trained: gradients and the optimizer's moments, in the layout of the values.
final class TrainingState {
  let gradients, first, second: FloatBuffer
  /// Steps since the moments were zero.
  var steps = 0

  /// Begins anew, with gradients that are there already.
  func forgetMoments() {
    first.zero()
    second.zero()
    steps = 0
  }

  init(_ count: Int) throws {
    gradients = try FloatBuffer(count)
    first = try FloatBuffer(count)
    second = try FloatBuffer(count)
  }
}

/// Storage of weights, and of what training adds.
final class Weights {
  let layout: ParameterLayout
  let values: FloatBuffer
  /// Changes with every change of the values.
  private(set) var version = 0
  private var training: TrainingState?

  init(_ layout: ParameterLayout) throws {
    self.layout = layout
    values = try FloatBuffer(layout.count)
  }

  func valuesChanged() { version += 1 }

  /// Gradients and moments of all weights, zeroed at the first use.
  func trainingState() throws -> TrainingState {
    if let training { return training }
    let fresh = try TrainingState(layout.count)
    training = fresh
    return fresh
  }

  /// Steps of the optimizer since the moments were zero.
  var steps: Int { training?.steps ?? 0 }

  /// Normal with deviation 1 / sqrt(hidden), outputs into the residual stream scaled by 1 / sqrt(2 layers) as in GPT-2;
  /// norms 1 (0 where 1 is added), biases 0. The usual fixed 0.02 is about that at a width of 2,500; at 128 it learns
  /// to copy ten times more slowly.
  func initialize(seed: UInt64, norm: Float) {
    let width = 1 / Double(layout.hidden).squareRoot()
    let residual = width / (2 * Double(layout.blocks.count)).squareRoot()
    for (index, tensor) in layout.tensors.enumerated() {
      guard !tensor.isVector else {
        (values.base + tensor.offset).update(repeating: tensor.role == .norm ? norm : 0, count: tensor.count)
        continue
      }
      let deviation = tensor.role == .residualOutput ? residual : width
      let random = Philox(seed: seed)
      for pair in 0..<(tensor.count + 1) / 2 {
        let (a, b) = random.normals(UInt64(pair), stream: UInt64(index))
        set(tensor, 2 * pair, Float(a * deviation))
        if 2 * pair + 1 < tensor.count { set(tensor, 2 * pair + 1, Float(b * deviation)) }
      }
    }
    valuesChanged()
  }

  private func set(_ tensor: ParameterTensor, _ element: Int, _ value: Float) {
    let (row, column) = (element / tensor.columns, element % tensor.columns)
    values.base[tensor.start(row: row) + column * tensor.panel] = value
  }

  /// A row of a tensor into contiguous memory.
  ///
  /// Shapes: to [tensor.columns].
  func read(_ tensor: ParameterTensor, row: Int, from storage: FloatBuffer, into to: Floats) {
    let from = storage.base + tensor.start(row: row)
    for column in 0..<tensor.columns { to[column] = from[column * tensor.panel] }
  }

  /// A row of a tensor from contiguous memory.
  ///
  /// Shapes: from [tensor.columns].
  func write(_ tensor: ParameterTensor, row: Int, of storage: FloatBuffer, from: UnsafePointer<Float>) {
    let to = storage.base + tensor.start(row: row)
    for column in 0..<tensor.columns { to[column * tensor.panel] = from[column] }
  }

  /// The values of each tensor, row by row, of a storage in this layout.
  func tensorValues(_ storage: FloatBuffer) -> [[Float]] {
    layout.tensors.map { tensor in
      (0..<tensor.rows).flatMap { row in
        let from = storage.base + tensor.start(row: row)
        return (0..<tensor.columns).map { from[$0 * tensor.panel] }
      }
    }
  }
}
