internal import CTransformerKernels
internal import PolyaKit
internal import TransformerFiles

/// A model folder in Hugging Face layout: `config.json`, `tokenizer.json`, and weights in `model.safetensors` or in
/// several files with an index.
enum Checkpoint {
  static func configuration(_ folder: String) throws -> Configuration {
    let path = folder + "/config.json"
    return try Configuration(JSON(parsing: File.bytes(path), name: path), path: path)
  }

  /// Reads all weights into fresh storage, or none.
  static func readWeights(_ folder: String, into network: Network) throws {
    let source = try StoredWeights(folder)
    let names = TensorNames(network.architecture)
    // Files of bare models lack the prefix that models with an unembedding give.
    let isBare = !source.contains(network.layout.tensors[0].name)
    var known = Set<String>()
    for tensor in network.layout.tensors {
      let name = isBare ? names.bare(tensor.name) : tensor.name
      known.insert(name)
      let (file, entry) = try source.find(name)
      try read(tensor, named: name, of: file, entry, into: network.weights.values, network)
    }
    for name in source.names where !known.contains(name) && !names.isSurplus(name) {
      guard name == names.unembedding, network.shape.tied else {
        throw TransformerError(
          .corrupt, "\(folder) has tensor \(name), which this architecture does not use")
      }
      guard try source.areEqual(name, isBare ? names.bare(names.embedding) : names.embedding) else {
        throw TransformerError(
          .corrupt,
          "\(folder) has a \(name) that differs from the embedding, but config.json says tie_word_embeddings: true"
        )
      }
    }
    network.weights.valuesChanged()
  }

  static func write(_ folder: String, _ configuration: Configuration, _ network: Network) throws {
    try File.write(folder + "/config.json", Array(configuration.text.utf8))
    try write([("", network.weights.values)], of: network, to: folder + "/model.safetensors")
  }

  /// Writes storages in the layout of the weights, tensor by tensor, with a prefix before the names of each.
  static func write(
    _ storages: [(prefix: String, values: FloatBuffer)], of network: Network, to path: String,
    metadata: [(key: String, value: String)] = []
  ) throws {
    let tensors = network.layout.tensors
    var writer = try SafetensorsWriter(
      path, storages.flatMap { storage in tensors.map { (storage.prefix + $0.name, $0.dimensions) } },
      metadata: metadata)
    for storage in storages {
      for tensor in tensors { try write(tensor, of: storage.values, network, &writer) }
    }
    try writer.close()
  }

  private static func write(
    _ tensor: ParameterTensor, of storage: FloatBuffer, _ network: Network, _ writer: inout SafetensorsWriter
  ) throws {
    let (lines, width) = tensor.isTransposed ? (tensor.columns, tensor.rows) : (tensor.rows, tensor.columns)
    // Eight lines at a time, so that all pieces but the last end at a block of the checksum.
    let piece = try FloatBuffer(8 * width)
    for first in stride(from: 0, to: lines, by: 8) {
      let count = min(8, lines - first)
      for index in 0..<count {
        let to = piece.base + index * width
        if tensor.isTransposed {
          for row in 0..<width {
            to[row] = storage.base[tensor.start(row: row) + (first + index) * tensor.panel]
          }
        } else {
          network.weights.read(tensor, row: first + index, from: storage, into: to)
        }
      }
      try writer.add(UnsafeRawBufferPointer(UnsafeBufferPointer(start: piece.base, count: count * width)))
    }
    writer.endTensor()
  }

  /// Reads a tensor into a storage in the layout of the weights.
  static func read(
    _ tensor: ParameterTensor, named name: String, of file: SafetensorsFile, _ entry: SafetensorsFile.Entry,
    into storage: FloatBuffer, _ network: Network
  ) throws {
    guard entry.shape == tensor.dimensions else {
      throw TransformerError(
        .corrupt,
        "tensor \(name) in \(file.path) has shape \(entry.shape), but config.json says \(tensor.dimensions)")
    }
    let (lines, width) = tensor.isTransposed ? (tensor.columns, tensor.rows) : (tensor.rows, tensor.columns)
    let line = try FloatBuffer(width)
    for index in 0..<lines {
      file.copy(entry, elements: index * width..<(index + 1) * width, to: line.base)
      guard network.kernels.table.pointee.finite(Int64(width), line.base) else {
        throw TransformerError(.corrupt, "tensor \(name) in \(file.path) has values that are not finite")
      }
      if tensor.isTransposed {
        for row in 0..<width { storage.base[tensor.start(row: row) + index * tensor.panel] = line.base[row] }
      } else {
        network.weights.write(tensor, row: index, of: storage, from: line.base)
      }
    }
  }
}

/// The tensors of a folder, in one file or several.
struct StoredWeights {
  private let folder: String
  private let files: [SafetensorsFile]
  private let places: [String: Int]

  init(_ folder: String) throws {
    self.folder = folder
    let single = folder + "/model.safetensors"
    let indexPath = single + ".index.json"
    guard !File.exists(single), File.exists(indexPath) else {
      let file = try SafetensorsFile(single)
      try file.verifyChecksum()
      files = [file]
      places = file.entries.mapValues { _ in 0 }
      return
    }
    let index = try JSON(parsing: File.bytes(indexPath), name: indexPath)
    guard let map = index["weight_map"]?.members else {
      throw TransformerError(.corrupt, "\(indexPath) lacks weight_map")
    }
    let names = Set(map.map { $0.value.string ?? "" }).sorted()
    if let wild = names.first(where: { $0.isEmpty || $0.contains("/") }) {
      throw TransformerError(
        .corrupt, "\(indexPath) names the file \"\(wild)\", which is not in its folder")
    }
    files = try names.map { try SafetensorsFile(folder + "/" + $0) }
    var places: [String: Int] = [:]
    for (tensor, file) in map {
      guard let number = names.firstIndex(of: file.string ?? ""), files[number].entries[tensor] != nil else {
        throw TransformerError(
          .corrupt, "\(indexPath) says that \(tensor) is in \(file.string ?? "?"), which lacks it")
      }
      places[tensor] = number
    }
    self.places = places
  }

  var names: [String] { places.keys.sorted() }
  func contains(_ name: String) -> Bool { places[name] != nil }

  func find(_ name: String) throws -> (SafetensorsFile, SafetensorsFile.Entry) {
    guard let place = places[name], let entry = files[place].entries[name] else {
      throw TransformerError(.corrupt, "\(folder)/model.safetensors lacks tensor \(name)")
    }
    return (files[place], entry)
  }

  func areEqual(_ a: String, _ b: String) throws -> Bool {
    let (one, first) = try find(a)
    let (other, second) = try find(b)
    return first.dtype == second.dtype && first.shape == second.shape
      && one.data[first.range].elementsEqual(other.data[second.range])
  }
}
