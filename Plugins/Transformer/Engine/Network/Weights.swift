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

/// Something in the layout of the weights, to be read and written row by row in float32.
protocol ParameterRows {
  /// Shapes: to [tensor.columns].
  func read(_ tensor: ParameterTensor, row: Int, into to: Floats)
  /// Shapes: from [tensor.columns].
  func write(_ tensor: ParameterTensor, row: Int, from: UnsafePointer<Float>)
  /// Shapes: from [rows, tensor.columns].
  func write(_ tensor: ParameterTensor, rows: Range<Int>, from: UnsafePointer<Float>)
}

extension ParameterRows {
  func write(_ tensor: ParameterTensor, rows: Range<Int>, from: UnsafePointer<Float>) {
    for row in rows {
      write(tensor, row: row, from: from + (row - rows.lowerBound) * tensor.columns)
    }
  }
}

/// Gradients and moments.
extension FloatBuffer: ParameterRows {
  func read(_ tensor: ParameterTensor, row: Int, into to: Floats) {
    for column in 0..<tensor.columns { to[column] = base[tensor.place(row, column)] }
  }

  func write(_ tensor: ParameterTensor, row: Int, from: UnsafePointer<Float>) {
    for column in 0..<tensor.columns { base[tensor.place(row, column)] = from[column] }
  }
}

/// Storage of weights, and of what training adds.
///
/// Vectors are float32. In bf16 each number of a matrix is stored in two halves, the nearest bf16 and what is to be added
/// to it, so that products read the one and the optimizer both, and no second copy exists.
final class Weights {
  /// The numbers of matrices.
  private enum Numbers {
    case float32
    case bf16(upper: Halves, lower: Halves, owners: [FloatBuffer])
    case int8(FloatBuffer)
  }

  let layout: ParameterLayout
  private let kernels: Kernels
  /// All weights in float32; else the vectors only, the rest of it never being touched.
  private let values: FloatBuffer
  private let numbers: Numbers
  /// Changes with every change of the values.
  private(set) var version = 0
  private var training: TrainingState?

  init(_ layout: ParameterLayout, _ kernels: Kernels) throws {
    self.layout = layout
    self.kernels = kernels
    func numbers() throws -> FloatBuffer { try FloatBuffer(kernels.floats(layout.count)) }
    func bf16() throws -> Numbers {
      let owners = [try numbers(), try numbers()]
      let halves = owners.map { Packed($0.base).bindMemory(to: UInt16.self, capacity: layout.count) }
      return .bf16(upper: halves[0], lower: halves[1], owners: owners)
    }
    values = try FloatBuffer(layout.count, isSparse: kernels.precision != .float32)
    self.numbers =
      switch kernels.precision {
      case .float32: .float32
      case .bf16: try bf16()
      case .int8: .int8(try numbers())
      }
  }

  func valuesChanged() { version += 1 }

  /// The vector at an offset of the layout.
  func vector(_ offset: Int) -> Floats { values.base + offset }

  /// The matrix at an offset of the layout, packed.
  func matrix(_ offset: Int) -> Packed {
    switch numbers {
    case .float32: Packed(values.base + offset)
    case .bf16(let upper, _, _): Packed(upper + offset)
    case .int8(let bytes): Packed(bytes.base) + kernels.bytes(offset)
    }
  }

  /// The two halves of the numbers from an offset on; nil in other precisions.
  func halves(_ offset: Int) -> (upper: Halves, lower: Halves)? {
    guard case .bf16(let upper, let lower, _) = numbers else { return nil }
    return (upper + offset, lower + offset)
  }

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
    let random = Philox(seed: seed)
    for (index, tensor) in layout.tensors.enumerated() {
      guard !tensor.isVector else {
        vector(tensor.offset).update(repeating: tensor.role == .norm ? norm : 0, count: tensor.count)
        continue
      }
      let deviation = tensor.role == .residualOutput ? residual : width
      var line = [Float](repeating: 0, count: tensor.columns)
      var pair = (0.0, 0.0)
      for row in 0..<tensor.rows {
        for column in line.indices {
          let element = row * tensor.columns + column
          if element % 2 == 0 { pair = random.normals(UInt64(element / 2), stream: UInt64(index)) }
          line[column] = Float((element % 2 == 0 ? pair.0 : pair.1) * deviation)
        }
        write(tensor, row: row, from: line)
      }
    }
    valuesChanged()
  }

  /// Whether no weight is infinite or no number.
  var isFinite: Bool {
    layout.tensors.allSatisfy { tensor in
      withUnsafeTemporaryAllocation(of: Float.self, capacity: tensor.columns) { line in
        guard let line = line.baseAddress else { return true }
        return (0..<tensor.rows).allSatisfy { row in
          read(tensor, row: row, into: line)
          return kernels.table.pointee.finite(Int64(tensor.columns), line)
        }
      }
    }
  }

  /// The values of each tensor, row by row, of a storage in this layout, by default the weights.
  func tensorValues(_ storage: (any ParameterRows)? = nil) -> [[Float]] {
    layout.tensors.map { tensor in
      var line = [Float](repeating: 0, count: tensor.columns)
      return (0..<tensor.rows).flatMap { row in
        line.withUnsafeMutableBufferPointer { line in
          if let base = line.baseAddress { (storage ?? self).read(tensor, row: row, into: base) }
        }
        return line
      }
    }
  }
}

typealias Halves = UnsafeMutablePointer<UInt16>

extension Weights: ParameterRows {
  /// The weights that the optimizer knows; of 8 bits, those that products use.
  func read(_ tensor: ParameterTensor, row: Int, into to: Floats) {
    guard !tensor.isVector else { return to.update(from: vector(tensor.offset), count: tensor.columns) }
    guard let (upper, lower) = halves(0) else {
      return kernels.column(
        tensor.firstRow + row, of: matrix(tensor.offset), depth: tensor.columns, into: to)
    }
    for column in 0..<tensor.columns {
      let place = tensor.place(row, column)
      let rest = UInt32(bitPattern: Int32(Int16(bitPattern: lower[place])))
      to[column] = Float(bitPattern: UInt32(upper[place]) << 16 &+ rest)
    }
  }

  /// Rows that are a whole panel are put together, which is several times as fast.
  func write(_ tensor: ParameterTensor, rows: Range<Int>, from: UnsafePointer<Float>) {
    let first = tensor.firstRow + rows.lowerBound
    guard !tensor.isVector, rows.count == kernels.panel, first.isMultiple(of: kernels.panel) else {
      for row in rows { write(tensor, row: row, from: from + (row - rows.lowerBound) * tensor.columns) }
      return
    }
    if let (upper, lower) = halves(tensor.place(rows.lowerBound, 0)) {
      return kernels.table.pointee.split_panel(Int64(tensor.columns), from, upper, lower)
    }
    let panel = kernels.columns(matrix(tensor.offset), from: first, depth: tensor.columns)
    guard kernels.precision == .float32 else {
      return kernels.table.pointee.put_panel_int8(panel, from, Int64(tensor.columns))
    }
    kernels.pack(
      from, rowStride: 1, columnStride: tensor.columns, depth: tensor.columns, columns: rows.count,
      into: panel)
  }

  func write(_ tensor: ParameterTensor, row: Int, from: UnsafePointer<Float>) {
    guard !tensor.isVector else { return vector(tensor.offset).update(from: from, count: tensor.columns) }
    guard let (upper, lower) = halves(0) else {
      return kernels.put(
        from, asColumn: tensor.firstRow + row, depth: tensor.columns, in: matrix(tensor.offset))
    }
    for column in 0..<tensor.columns {
      let place = tensor.place(row, column)
      let bits = from[column].bitPattern
      upper[place] = UInt16(truncatingIfNeeded: (bits &+ 0x8000) >> 16)
      lower[place] = UInt16(truncatingIfNeeded: bits)
    }
  }
}
