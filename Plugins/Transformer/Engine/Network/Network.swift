internal import CTransformerKernels

/// Weights of one shape and everything needed to compute with them. Not to be used by two calls at a time.
final class Network {
  let shape: Shape
  let widths: Widths
  let weights: Weights
  let kernels: Kernels
  /// Of attention, whose products are always our own: they are small, and of a size that depends on which sequences
  /// share a prompt, which another library's bits would show.
  let attentionKernels: Kernels
  let pool: ThreadPool
  let tapes = BufferCache()
  let workspaces = BufferCache()
  /// What is trained instead of the weights, if anything.
  var adapters: Adapters?
  /// Bytes of keys and values that one thread's rows may take; nil: the default.
  var blockBytes: Int?
  /// Bytes of keys and values that one thread keeps of the last prompt; nil: the default.
  var prefixBytes: Int?
  private let rotary: RotaryTable?
  private let windowRotary: RotaryTable?

  var layout: ParameterLayout { weights.layout }
  var architecture: Architecture { shape.architecture }

  init(_ shape: Shape, kernels: Kernels = Kernels()) throws {
    try shape.validate()
    self.shape = shape
    self.kernels = kernels
    attentionKernels = kernels.forAttention
    widths = Widths(shape)
    try shape.checkWidths(multipleOf: kernels.precision.isTrained ? kernels.group : 1)
    weights = try Weights(ParameterLayout(shape, kernels), kernels)
    rotary =
      shape.architecture.learnsPositions ? nil : try RotaryTable(shape.rotary, headSize: shape.headSize)
    windowRotary = try shape.windowRotary.map { try RotaryTable($0, headSize: shape.headSize) }
    pool = try ThreadPool()
  }

  /// The vector of weights at an offset of the layout.
  func weight(_ offset: Int) -> Floats { weights.vector(offset) }

  /// Whether activations that backward needs are kept in bf16.
  var roundsActivations: Bool { kernels.precision == .bf16 }

  /// What multiplies scores of attention.
  var attentionScale: Float { architecture.attentionScale ?? 1 / Float(widths.headSize).squareRoot() }

  /// Tokens that a layer looks back at, itself included.
  func window(_ layer: Int) -> Int { shape.window(layer) ?? Int.max / 2 }

  /// To be called before positions below `count` are computed with.
  func coverPositions(_ count: Int) throws {
    try rotary?.cover(count)
    try windowRotary?.cover(count)
  }

  /// Rotates queries and keys of some rows by their positions, or back.
  ///
  /// Shapes: qkv [rows, qkv]; positions [rows].
  func rotate(
    _ layer: Int, rows: Int, _ qkv: Floats, _ positions: UnsafePointer<Int32>, back: Bool = false
  ) {
    guard shape.rotates(layer),
      let table = shape.window(layer) == nil ? rotary : windowRotary ?? rotary
    else { return }
    let w = widths
    kernels.table.pointee.rotate(
      Int64(rows), Int64(w.qkv), Int64(w.heads + w.keyValueHeads), Int64(w.headSize), Int64(table.width), qkv,
      positions, table.cosines.base, table.sines.base, back)
  }

  /// The residual stream's first value: embedding, scaled, and a learned position.
  ///
  /// Shapes: x [hidden].
  func embed(_ token: Int32, position: Int32, into x: Floats) {
    let hidden = Int64(widths.hidden)
    let table = kernels.table.pointee
    kernels.column(Int(token), of: weights.matrix(layout.embedding), depth: widths.hidden, into: x)
    if architecture.embeddingScale != 1 {
      table.scale(1, hidden, 0, architecture.embeddingScale, nil, x)
    }
    if let positions = layout.positions {
      withUnsafeTemporaryAllocation(of: Float.self, capacity: widths.hidden) { line in
        guard let line = line.baseAddress else { return }
        kernels.column(Int(position), of: weights.matrix(positions), depth: widths.hidden, into: line)
        table.add(hidden, x, line)
      }
    }
  }

  /// Caps logits where the architecture does.
  ///
  /// Shapes: logits [rows, padded vocabulary].
  func capLogits(rows: Int, _ logits: Floats) {
    guard let cap = architecture.logitCap else { return }
    let stride = kernels.padded(widths.vocabulary)
    kernels.table.pointee.soft_cap(
      Int64(rows), Int64(widths.vocabulary), Int64(stride), 1, cap, logits, nil)
  }
}
