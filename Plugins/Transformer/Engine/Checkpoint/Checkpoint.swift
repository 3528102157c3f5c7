internal import CTransformerKernels
internal import PolyaKit
internal import TransformerFiles

/// Reads models, from folders in Hugging Face layout and from GGUF files, and writes folders.
enum Checkpoint {
  static func configuration(_ path: String) throws -> Configuration {
    try StoredModel(path).configuration()
  }

  static func readWeights(_ path: String, into network: Network) throws {
    try readWeights(StoredModel(path), into: network)
  }

  /// Reads all weights into fresh storage, or none.
  ///
  /// - Parameter separating: whether the output matrix, which is the embedding in the file, becomes one of its own.
  static func readWeights(_ model: StoredModel, into network: Network, separating: Bool = false) throws {
    let names = TensorNames(network.architecture)
    let source = try model.weights(for: network.shape)
    let form = source.form(names)
    var known = Set<String>()
    for tensor in network.layout.tensors {
      var name = form.stored(tensor.name)
      if separating, tensor.name == names.unembedding, !source.contains(name) {
        name = form.stored(names.embedding)
      }
      known.insert(name)
      try read(tensor, from: source.find(name), into: network.weights, network)
    }
    for name in source.names where !known.contains(name) && !names.isSurplus(name) && !source.isBuffer(name) {
      guard name == form.stored(names.unembedding), network.shape.tied else {
        throw TransformerError(
          .corrupt,
          "\(model.path) has tensor \(name), which this architecture does not use; copy the config.json that belongs to the weights"
        )
      }
      guard try source.find(name).isSame(as: source.find(form.stored(names.embedding))) else {
        throw TransformerError(
          .corrupt,
          "\(model.path) has a \(name) that differs from the embedding, but config.json says tie_word_embeddings: true; write false there if the model has its own output matrix"
        )
      }
    }
    network.weights.valuesChanged()
  }

  static func write(_ folder: String, _ configuration: Configuration, _ network: Network) throws {
    try File.write(folder + "/config.json", Array(configuration.text.utf8))
    try write([("", network.weights)], of: network, to: folder + "/model.safetensors")
  }

  /// Writes storages in the layout of the weights, tensor by tensor, with a prefix before the names of each.
  static func write(
    _ storages: [(prefix: String, values: any ParameterRows)], of network: Network, to path: String,
    metadata: [(key: String, value: String)] = []
  ) throws {
    let tensors = network.layout.tensors
    var writer = try SafetensorsWriter(
      path, storages.flatMap { storage in tensors.map { (storage.prefix + $0.name, $0.dimensions) } },
      metadata: metadata)
    for storage in storages {
      for tensor in tensors { try write(tensor, of: storage.values, &writer) }
    }
    try writer.close()
  }

  private static func write(
    _ tensor: ParameterTensor, of storage: any ParameterRows, _ writer: inout SafetensorsWriter
  ) throws {
    let (lines, width) = tensor.isTransposed ? (tensor.columns, tensor.rows) : (tensor.rows, tensor.columns)
    let flipped = tensor.isTransposed ? try FloatBuffer(tensor.count) : nil
    if let flipped {
      let line = try FloatBuffer(tensor.columns)
      for row in 0..<tensor.rows {
        storage.read(tensor, row: row, into: line.base)
        for column in 0..<tensor.columns { flipped.base[column * width + row] = line.base[column] }
      }
    }
    // Eight lines at a time, so that all pieces but the last end at a block of the checksum.
    let piece = try FloatBuffer(8 * width)
    for first in stride(from: 0, to: lines, by: 8) {
      let count = min(8, lines - first)
      if let flipped {
        piece.base.update(from: flipped.base + first * width, count: count * width)
      } else {
        for index in 0..<count { storage.read(tensor, row: first + index, into: piece.base + index * width) }
      }
      try writer.add(UnsafeRawBufferPointer(UnsafeBufferPointer(start: piece.base, count: count * width)))
    }
    writer.endTensor()
  }

  /// Reads a tensor into a storage in the layout of the weights.
  static func read(
    _ tensor: ParameterTensor, from stored: StoredTensor, into storage: any ParameterRows, _ network: Network
  ) throws {
    let isTransposed = tensor.isTransposed != stored.isFlipped
    let dimensions = stored.isFlipped ? tensor.dimensions.reversed() : tensor.dimensions
    guard stored.shape == dimensions else {
      throw TransformerError(
        .corrupt,
        "tensor \(stored.name) in \(stored.path) has shape \(stored.shape), but its configuration says \(dimensions); copy both from the same model"
      )
    }
    let (lines, width) = isTransposed ? (tensor.columns, tensor.rows) : (tensor.rows, tensor.columns)
    // As many lines as a panel of the weights has rows.
    let piece = try FloatBuffer((isTransposed ? lines : network.kernels.panel) * width)
    func read(_ rows: Range<Int>) throws {
      for (index, row) in rows.enumerated() { stored.copyLine(row, width, piece.base + index * width) }
      guard network.kernels.table.pointee.finite(Int64(rows.count * width), piece.base) else {
        throw TransformerError(
          .corrupt,
          "tensor \(stored.name) in \(stored.path) has values that are not finite; copy the file again")
      }
    }
    guard isTransposed else {
      var first = 0
      while first < lines {
        // Panels begin at multiples of their width in the matrix, of which this may be a part.
        let end = min(
          lines, first + network.kernels.panel - (tensor.firstRow + first) % network.kernels.panel)
        try read(first..<end)
        storage.write(tensor, rows: first..<end, from: piece.base)
        first = end
      }
      return
    }
    try read(0..<lines)
    let line = try FloatBuffer(tensor.columns)
    for row in 0..<tensor.rows {
      for column in 0..<lines { line.base[column] = piece.base[column * width + row] }
      storage.write(tensor, row: row, from: line.base)
    }
  }
}
