/// One weight tensor: its name in files, and where its elements lie in the storage.
struct ParameterTensor: Sendable {
  enum Role: Sendable { case embedding, matrix, residualOutput, norm, bias }

  let name: String
  /// Logical [rows, columns] = [out, in]; a vector has one row.
  let rows, columns: Int
  let role: Role
  /// Whether files hold it as [columns, rows].
  let isTransposed: Bool
  /// Of the matrix that it is part of: where that begins, and the tensor's first row in it.
  let offset, firstRow: Int
  /// Of that matrix: columns of its panels, rows of a panel, and how many neighboring rows lie together.
  let panel, capacity, group: Int

  var count: Int { rows * columns }
  var isVector: Bool { role == .norm || role == .bias }
  /// In files.
  var dimensions: [Int] {
    isVector ? [columns] : isTransposed ? [columns, rows] : [rows, columns]
  }

  /// Index of an element in a storage of numbers.
  func place(_ row: Int, _ column: Int) -> Int {
    guard !isVector else { return offset + column }
    let at = firstRow + row
    return offset + at / panel * panel * capacity + column / group * group * panel + at % panel * group
      + column
      % group
  }
}

/// Norms with and without a bias, as offsets into the storage.
struct NormPlace: Sendable { let weight: Int; let bias: Int? }

/// Where each weight lies in the storage.
///
/// Matrices lie in the panels that products with them want, so that there is one copy of them; see
/// ``ParameterTensor/place(_:_:)``. Their rows are padded to whole panels. Matrices that are used together are one: query,
/// key and value; gate and up. The vectors of a block are neighbors.
struct ParameterLayout: Sendable {
  struct Block: Sendable {
    /// Its tensors, and its whole part of the storage.
    let tensors, storage: Range<Int>
    let vectors: Range<Int>
    let inputNorm, postAttentionNorm, attentionOutputNorm, feedForwardOutputNorm: NormPlace?
    let queryNorm, keyNorm, qkvBias, outputBias, gateBias, downBias: Int?
    let qkv, output, gate, down: Int
  }

  private(set) var tensors: [ParameterTensor] = []
  private(set) var blocks: [Block] = []
  let hidden: Int
  private let kernels: Kernels
  private(set) var embedding = 0
  private(set) var positions: Int?
  private(set) var finalNorm = NormPlace(weight: 0, bias: nil)
  private(set) var finalVectors = 0..<0
  /// Equal to `embedding` when tied.
  private(set) var unembedding = 0
  /// Size of the storage, with padding.
  private(set) var count = 0

  /// The storage for these kernels' products.
  init(_ shape: Shape, _ kernels: Kernels) {
    let names = TensorNames(shape.architecture)
    hidden = shape.hidden
    self.kernels = kernels
    embedding = matrix([names.embedding], [shape.vocabulary], shape.hidden, .embedding)
    if shape.architecture.learnsPositions {
      positions = matrix([names.positions], [shape.context], shape.hidden, .embedding)
    }
    for layer in 0..<shape.layers { blocks.append(block(layer, shape, names)) }
    let first = aligned(count)
    finalNorm = norm(names.finalNorm, shape.hidden, shape.architecture)
    finalVectors = first..<count
    unembedding =
      shape.tied ? embedding : matrix([names.unembedding], [shape.vocabulary], shape.hidden, .matrix)
    count = aligned(count)
  }

  private mutating func block(_ layer: Int, _ shape: Shape, _ names: TensorNames) -> Block {
    let w = Widths(shape)
    let made = shape.architecture
    let name = names.block(layer)
    let first = aligned(count)
    let firstTensor = tensors.count
    let inputNorm = made.normalizesInputs ? norm(name.inputNorm, w.hidden, made) : nil
    let attentionOutputNorm = made.normalizesOutputs ? norm(name.attentionOutputNorm, w.hidden, made) : nil
    let postAttentionNorm = made.normalizesInputs ? norm(name.postAttentionNorm, w.hidden, made) : nil
    let feedForwardOutputNorm =
      made.normalizesOutputs ? norm(name.feedForwardOutputNorm, w.hidden, made) : nil
    let isWhole = made.headNorms == .whole
    let queryNorm =
      made.headNorms == .none ? nil : add(name.queryNorm, isWhole ? w.query : w.headSize, .norm)
    let keyNorm =
      made.headNorms == .none ? nil : add(name.keyNorm, isWhole ? w.keyValue : w.headSize, .norm)
    let qkvParts = [w.query, w.keyValue, w.keyValue]
    let gateParts = made.isGated ? [w.feedForward, w.feedForward] : [w.feedForward]
    let has = made.biases
    let qkvBias = has.contains(.queryKeyValue) ? vectors(name.qkv, qkvParts) : nil
    let outputBias = has.contains(.output) ? vectors([name.output], [w.hidden]) : nil
    let gateBias = has.contains(.feedForward) ? vectors(name.gate, gateParts) : nil
    let downBias = has.contains(.feedForward) ? vectors([name.down], [w.hidden]) : nil
    let end = aligned(count)
    let isTransposed = names.isTransposed
    let qkv = matrix(name.qkv.map(weight), qkvParts, w.hidden, .matrix, isTransposed)
    let output = matrix([weight(name.output)], [w.hidden], w.query, .residualOutput, isTransposed)
    let gate = matrix(name.gate.map(weight), gateParts, w.hidden, .matrix, isTransposed)
    let down = matrix([weight(name.down)], [w.hidden], w.feedForward, .residualOutput, isTransposed)
    return Block(
      tensors: firstTensor..<tensors.count, storage: first..<count, vectors: first..<end,
      inputNorm: inputNorm, postAttentionNorm: postAttentionNorm, attentionOutputNorm: attentionOutputNorm,
      feedForwardOutputNorm: feedForwardOutputNorm, queryNorm: queryNorm, keyNorm: keyNorm, qkvBias: qkvBias,
      outputBias: outputBias, gateBias: gateBias, downBias: downBias, qkv: qkv, output: output,
      gate: gate, down: down)
  }

  /// A multiple of a cache line in every storage.
  private func aligned(_ offset: Int) -> Int { (offset + 63) / 64 * 64 }

  private func weight(_ name: String) -> String { name + ".weight" }

  private mutating func norm(_ name: String, _ width: Int, _ made: Architecture) -> NormPlace {
    let place = add(weight(name), width, .norm)
    return NormPlace(
      weight: place, bias: made.normalization == .layer ? add(name + ".bias", width, .bias) : nil)
  }

  /// Biases of neighboring products; one name stands for all of them together.
  private mutating func vectors(_ names: [String], _ sizes: [Int]) -> Int {
    let offset = aligned(count)
    count = offset
    let sizes = names.count == 1 ? [sizes.reduce(0, +)] : sizes
    for (name, size) in zip(names, sizes) { add(name + ".bias", size, .bias, isNext: true) }
    return offset
  }

  /// A matrix of several tensors below each other; one name stands for all of them together.
  private mutating func matrix(
    _ names: [String], _ rows: [Int], _ columns: Int, _ role: ParameterTensor.Role,
    _ isTransposed: Bool = false
  ) -> Int {
    let offset = aligned(count)
    let total = rows.reduce(0, +)
    let capacity = kernels.capacity(columns)
    var first = 0
    for (name, size) in zip(names, names.count == 1 ? [total] : rows) {
      tensors.append(
        ParameterTensor(
          name: name, rows: size, columns: columns, role: role, isTransposed: isTransposed, offset: offset,
          firstRow: first, panel: kernels.panel, capacity: capacity, group: kernels.group))
      first += size
    }
    count = offset + kernels.padded(total) * capacity
    return offset
  }

  @discardableResult
  private mutating func add(
    _ name: String, _ size: Int, _ role: ParameterTensor.Role, isNext: Bool = false
  ) -> Int {
    let offset = isNext ? count : aligned(count)
    tensors.append(
      ParameterTensor(
        name: name, rows: 1, columns: size, role: role, isTransposed: false, offset: offset, firstRow: 0,
        panel: 1, capacity: size, group: 1))
    count = offset + size
    return offset
  }
}
