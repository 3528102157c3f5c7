internal import CTransformerKernels

/// A model folder in Hugging Face layout: `config.json`, `model.safetensors`, `tokenizer.json`.
enum Checkpoint {
  static func configuration(_ folder: String) throws -> Configuration {
    let path = folder + "/config.json"
    return try Configuration(JSON(parsing: File.bytes(path), name: path), path: path)
  }

  /// Reads all weights into fresh storage, or none.
  static func readWeights(_ folder: String, into network: Network) throws {
    let path = folder + "/model.safetensors"
    if !File.exists(path), File.exists(folder + "/model.safetensors.index.json") {
      throw TransformerError(
        .unsupported, "\(folder) holds weights in several files; save it again with one model.safetensors")
    }
    let file = try SafetensorsFile(path)
    try file.verifyChecksum()
    let layout = network.weights.layout
    var names = Set<String>()
    for tensor in layout.tensors {
      names.insert(tensor.name)
      guard let entry = file.entries[tensor.name] else {
        throw TransformerError(.corrupt, "\(path) lacks tensor \(tensor.name)")
      }
      guard entry.shape == tensor.dimensions else {
        throw TransformerError(
          .corrupt,
          "tensor \(tensor.name) in \(path) has shape \(entry.shape); config.json says \(tensor.dimensions)")
      }
      let to = network.weights.values.base + tensor.offset
      file.copy(entry, to: to)
      guard network.kernels.table.pointee.finite(Int64(tensor.count), to) else {
        throw TransformerError(.corrupt, "tensor \(tensor.name) in \(path) has values that are not finite")
      }
    }
    if let surplus = file.entries.keys.filter({ !names.contains($0) }).min() {
      guard surplus == "lm_head.weight", network.shape.tied else {
        throw TransformerError(
          .corrupt, "\(path) has tensor \(surplus), which this architecture does not use")
      }
      throw TransformerError(
        .corrupt, "\(path) has lm_head.weight, but config.json says tie_word_embeddings: true")
    }
    network.weights.valuesChanged()
  }

  static func write(_ folder: String, _ configuration: Configuration, _ network: Network, tokenizer: [UInt8])
    throws
  {
    try File.write(folder + "/config.json", Array(configuration.text.utf8))
    let base = network.weights.values.base
    try SafetensorsFile.write(
      folder + "/model.safetensors",
      network.weights.layout.tensors.map {
        (
          $0.name, $0.dimensions,
          UnsafeRawBufferPointer(UnsafeBufferPointer(start: base + $0.offset, count: $0.count))
        )
      })
    if !tokenizer.isEmpty { try File.write(folder + "/tokenizer.json", tokenizer) }
  }
}
