internal import TransformerFiles

/// `training/optimizer.safetensors`: the moments of AdamW under the names of what they belong to, and the number of steps.
///
/// It is checked when the model is loaded and read when a training resumes, since most models that are loaded do not
/// learn.
package struct OptimizerFile {
  /// The file's path in a checkpoint. The host deletes its folder where no training will resume.
  package static let name = folder + "/optimizer.safetensors"
  private static let folder = "training"
  private static let stepsKey = "polya.steps"
  private static let prefixes = ["first.", "second."]

  private let file: SafetensorsFile
  let steps: Int

  /// nil when the folder has no such file.
  init?(_ folder: String, for network: Network) throws {
    let path = folder + "/" + Self.name
    guard File.exists(path) else { return nil }
    file = try SafetensorsFile(path)
    try file.verifyChecksum()
    guard let steps = file.metadata[Self.stepsKey].flatMap({ Int($0) }), steps >= 0 else {
      throw TransformerError(.corrupt, "\(path) does not say after how many steps it was stored")
    }
    self.steps = steps
    let wanted =
      network.adapters.map(AdapterFiles.dimensions)
      ?? network.layout.tensors.map { (name: $0.name, dimensions: $0.dimensions) }
    for prefix in Self.prefixes {
      for (name, dimensions) in wanted {
        guard let entry = file.entries[prefix + name] else {
          throw TransformerError(.corrupt, "\(path) lacks tensor \(prefix + name)")
        }
        guard entry.shape == dimensions else {
          throw TransformerError(
            .corrupt,
            "tensor \(prefix + name) in \(path) has shape \(entry.shape), but its model has \(dimensions)")
        }
      }
    }
  }

  /// Puts the moments into the network's training.
  func read(into network: Network) throws {
    let state = try network.trainingState()
    for (prefix, storage) in zip(Self.prefixes, [state.first, state.second]) {
      if let adapters = network.adapters {
        try AdapterFiles.read(file, prefix: prefix, adapters, into: storage, network)
        continue
      }
      for tensor in network.layout.tensors {
        guard let stored = try file.tensor(prefix + tensor.name) else { continue }
        try Checkpoint.read(tensor, from: stored, into: storage, network)
      }
    }
    state.steps = steps
  }

  /// Of all weights, or of the adapters where those are trained.
  static func write(_ folder: String, _ network: Network) throws {
    let state = try network.trainingState()
    try File.createFolder(folder + "/" + Self.folder)
    let path = folder + "/" + name
    let metadata = [(key: stepsKey, value: "\(state.steps)")]
    let storages = [(prefixes[0], state.first), (prefixes[1], state.second)]
    if let adapters = network.adapters {
      try AdapterFiles.write(storages, of: adapters, to: path, metadata: metadata)
    } else {
      try Checkpoint.write(storages, of: network, to: path, metadata: metadata)
    }
  }
}
