internal import TransformerFiles

/// The tensors of a GGUF file under the names that they have in Hugging Face's files.
struct GGUFWeights: StoredWeights {
  private enum Change {
    case none
    /// Rows of queries and keys of so many heads lie pair by pair, as llama.cpp rotates them.
    case pairs(heads: Int)
    /// One was added to the weights of a norm.
    case plusOne
    /// A matrix that the family has as [in, out] lies as [out, in].
    case flipped
  }

  private struct Place {
    let name: String
    let change: Change
  }

  private let file: GGUFFile
  private var places: [String: Place] = [:]

  init(_ file: GGUFFile, _ shape: Shape) throws {
    self.file = file
    let names = TensorNames(shape.architecture)
    add("token_embd.weight", names.embedding)
    add("output.weight", names.unembedding)
    add("position_embd.weight", names.positions)
    addNorm("output_norm", names.finalNorm, shape)
    for layer in 0..<shape.layers { addBlock(layer, names.block(layer), shape, names.isTransposed) }
    let read = Set(places.values.map(\.name))
    // Positions are the configuration's.
    let surplus = file.entries.keys.filter { !read.contains($0) && $0 != "rope_freqs.weight" }
    if let name = surplus.min() {
      throw TransformerError(
        .corrupt, "\(file.path) has tensor \(name), which this architecture does not use")
    }
  }

  private mutating func add(_ name: String, _ familyName: String, _ change: Change = .none) {
    guard file.entries[name] != nil, !familyName.isEmpty else { return }
    places[familyName] = Place(name: name, change: change)
  }

  private mutating func addNorm(_ name: String, _ familyName: String, _ shape: Shape) {
    guard !familyName.isEmpty else { return }
    let isMore = shape.architecture.normalization == .rmsPlusOne
    add(name + ".weight", familyName + ".weight", isMore ? .plusOne : .none)
    add(name + ".bias", familyName + ".bias")
  }

  private mutating func addBlock(_ layer: Int, _ block: TensorNames.Block, _ shape: Shape, _ isFlipped: Bool)
  {
    let prefix = "blk.\(layer)."
    func bare(_ name: String) -> String { name.hasSuffix(".weight") ? String(name.dropLast(7)) : name }
    addNorm(prefix + "attn_norm", block.inputNorm, shape)
    addNorm(prefix + "ffn_norm", block.postAttentionNorm, shape)
    if shape.architecture.normalizesOutputs {
      addNorm(prefix + "post_attention_norm", block.attentionOutputNorm, shape)
      addNorm(prefix + "post_ffw_norm", block.feedForwardOutputNorm, shape)
    }
    addNorm(prefix + "attn_q_norm", bare(block.queryNorm), shape)
    addNorm(prefix + "attn_k_norm", bare(block.keyNorm), shape)
    func product(_ name: String, _ familyName: String, _ change: Change = .none) {
      add(prefix + name + ".weight", familyName + ".weight", isFlipped ? .flipped : change)
      add(prefix + name + ".bias", familyName + ".bias", change)
    }
    if block.qkv.count == 1 {
      product("attn_qkv", block.qkv[0])
    } else {
      let isPaired = GGUFConfiguration.pairsRows(file)
      product("attn_q", block.qkv[0], isPaired ? .pairs(heads: shape.heads) : .none)
      product("attn_k", block.qkv[1], isPaired ? .pairs(heads: shape.keyValueHeads) : .none)
      product("attn_v", block.qkv[2])
    }
    // What is one product is called after its second half.
    for (name, familyName) in zip(block.gate.count == 1 ? ["ffn_up"] : ["ffn_gate", "ffn_up"], block.gate) {
      product(name, familyName)
    }
    product("attn_output", block.output)
    product("ffn_down", block.down)
  }

  var names: [String] { places.keys.sorted() }
  func contains(_ name: String) -> Bool { places[name] != nil }

  func find(_ name: String) throws -> StoredTensor {
    guard let place = places[name], let entry = file.entries[place.name] else {
      throw TransformerError(
        .corrupt, "\(file.path) lacks the tensor that is \(name) in Hugging Face's files")
    }
    var isFlipped = false
    if case .flipped = place.change { isFlipped = true }
    let file = file
    return StoredTensor(
      path: file.path, name: place.name, shape: entry.shape, isFlipped: isFlipped, type: entry.type.name,
      bytes: UnsafeRawBufferPointer(rebasing: file.data[entry.range])
    ) { index, width, to in
      Self.copy(file, entry, place.change, line: index, width, to)
    }
  }

  private static func copy(
    _ file: GGUFFile, _ entry: GGUFFile.Entry, _ change: Change, line: Int, _ width: Int, _ to: Floats
  ) {
    func read(_ line: Int) { file.copy(entry, elements: line * width..<(line + 1) * width, to: to) }
    switch change {
    case .none, .flipped: read(line)
    case .plusOne:
      read(line)
      for index in 0..<width { to[index] -= 1 }
    case .pairs(let heads) where entry.shape.count == 1:
      read(line)
      let values = (0..<width).map { to[pairedRow($0, of: width, heads: heads)] }
      for (index, value) in values.enumerated() { to[index] = value }
    case .pairs(let heads): read(pairedRow(line, of: entry.shape[0], heads: heads))
    }
  }

  /// Where the file has a row of queries or keys: the first halves of a head's rows alternate with the second ones.
  private static func pairedRow(_ row: Int, of rows: Int, heads: Int) -> Int {
    let size = rows / heads
    let (head, place) = row.quotientAndRemainder(dividingBy: size)
    return head * size + place % (size / 2) * 2 + place / (size / 2)
  }
}
