/// One weight tensor: its name in files, and where its elements lie in the storage.
struct ParameterTensor: Sendable {
  enum Role: Sendable { case embedding, matrix, residualOutput, norm, bias }

  let name: String
  /// Logical [rows, columns] = [out, in]; a vector has one row.
  let rows, columns: Int
  let role: Role
  /// Whether files hold it as [columns, rows].
  let isTransposed: Bool
  /// Of the matrix that it is part of: where that begins, the columns of its panels (1: row-major), and the tensor's
  /// first row in it.
  let offset, panel, firstRow: Int

  var count: Int { rows * columns }
  var isVector: Bool { role == .norm || role == .bias }
  /// In files.
  var dimensions: [Int] {
    isVector ? [columns] : isTransposed ? [columns, rows] : [rows, columns]
  }

  /// Index of the first element of a row; its elements are `panel` apart.
  func start(row: Int) -> Int {
    let at = firstRow + row
    return offset + at / panel * panel * columns + at % panel
  }
}

/// Norms with and without a bias, as offsets into the storage.
struct NormPlace: Sendable { let weight: Int; let bias: Int? }

/// Where each weight lies in the storage.
///
/// Matrices lie in the panels that products with them want, so that there is one copy of them: element (row, column)
/// is at `row / panel * panel * columns + column * panel + row % panel`, rows being padded to whole panels. Matrices
/// that are used together are one: query, key and value; gate and up. Embeddings that are not the unembedding too, and learned
/// positions, are row-major. The vectors of a block are neighbors.
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
  /// Columns of a panel.
  let panel: Int
  private(set) var embedding = 0
  /// Columns of the embedding's panels; 1: row-major.
  private(set) var embeddingPanel = 1
  private(set) var positions: Int?
  private(set) var finalNorm = NormPlace(weight: 0, bias: nil)
  private(set) var finalVectors = 0..<0
  /// Equal to `embedding` when tied.
  private(set) var unembedding = 0
  /// Size of the storage, with padding.
  private(set) var count = 0

  init(_ shape: Shape, panel: Int) {
    let names = TensorNames(shape.architecture)
    hidden = shape.hidden
    self.panel = panel
    embeddingPanel = shape.tied ? panel : 1
    embedding = add(names.embedding, shape.vocabulary, shape.hidden, .embedding, panel: embeddingPanel)
    if shape.architecture.learnsPositions {
      positions = add(names.positions, shape.context, shape.hidden, .embedding, panel: 1)
    }
    for layer in 0..<shape.layers { blocks.append(block(layer, shape, names)) }
    let first = aligned(count)
    finalNorm = norm(names.finalNorm, shape.hidden, shape.architecture)
    finalVectors = first..<count
    unembedding =
      shape.tied ? embedding : add(names.unembedding, shape.vocabulary, shape.hidden, .matrix, panel: panel)
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
      made.headNorms == .none ? nil : add(name.queryNorm, 1, isWhole ? w.query : w.headSize, .norm)
    let keyNorm =
      made.headNorms == .none ? nil : add(name.keyNorm, 1, isWhole ? w.keyValue : w.headSize, .norm)
    let qkvParts = [w.query, w.keyValue, w.keyValue]
    let gateParts = made.isGated ? [w.feedForward, w.feedForward] : [w.feedForward]
    let has = made.biases
    let qkvBias = has.contains(.queryKeyValue) ? vectors(name.qkv, qkvParts) : nil
    let outputBias = has.contains(.output) ? vectors([name.output], [w.hidden]) : nil
    let gateBias = has.contains(.feedForward) ? vectors(name.gate, gateParts) : nil
    let downBias = has.contains(.feedForward) ? vectors([name.down], [w.hidden]) : nil
    let end = aligned(count)
    let qkv = matrix(name.qkv, qkvParts, w.hidden, .matrix, names)
    let output = matrix([name.output], [w.hidden], w.query, .residualOutput, names)
    let gate = matrix(name.gate, gateParts, w.hidden, .matrix, names)
    let down = matrix([name.down], [w.hidden], w.feedForward, .residualOutput, names)
    return Block(
      tensors: firstTensor..<tensors.count, storage: first..<count, vectors: first..<end,
      inputNorm: inputNorm, postAttentionNorm: postAttentionNorm, attentionOutputNorm: attentionOutputNorm,
      feedForwardOutputNorm: feedForwardOutputNorm, queryNorm: queryNorm, keyNorm: keyNorm, qkvBias: qkvBias,
      outputBias: outputBias, gateBias: gateBias, downBias: downBias, qkv: qkv, output: output,
      gate: gate, down: down)
  }

  private func aligned(_ offset: Int) -> Int { (offset + 15) / 16 * 16 }

  private mutating func norm(_ name: String, _ width: Int, _ made: Architecture) -> NormPlace {
    let weight = add(name + ".weight", 1, width, .norm)
    return NormPlace(
      weight: weight, bias: made.normalization == .layer ? add(name + ".bias", 1, width, .bias) : nil)
  }

  /// Biases of neighboring products; one name stands for all of them together.
  private mutating func vectors(_ names: [String], _ sizes: [Int]) -> Int {
    let offset = aligned(count)
    count = offset
    let sizes = names.count == 1 ? [sizes.reduce(0, +)] : sizes
    for (name, size) in zip(names, sizes) { add(name + ".bias", 1, size, .bias, isNext: true) }
    return offset
  }

  /// A matrix of several tensors below each other; one name stands for all of them together.
  private mutating func matrix(
    _ names: [String], _ rows: [Int], _ columns: Int, _ role: ParameterTensor.Role, _ form: TensorNames
  ) -> Int {
    let offset = aligned(count)
    let total = rows.reduce(0, +)
    var first = 0
    for (name, size) in zip(names, names.count == 1 ? [total] : rows) {
      tensors.append(
        ParameterTensor(
          name: name + ".weight", rows: size, columns: columns, role: role,
          isTransposed: form.isTransposed, offset: offset, panel: panel, firstRow: first))
      first += size
    }
    count = offset + (total + panel - 1) / panel * panel * columns
    return offset
  }

  @discardableResult
  private mutating func add(
    _ name: String, _ rows: Int, _ columns: Int, _ role: ParameterTensor.Role, panel: Int = 1,
    isNext: Bool = false
  ) -> Int {
    let offset = isNext ? count : aligned(count)
    tensors.append(
      ParameterTensor(
        name: name, rows: rows, columns: columns, role: role, isTransposed: false, offset: offset,
        panel: panel, firstRow: 0))
    count = offset + (rows + panel - 1) / panel * panel * columns
    return offset
  }
}
