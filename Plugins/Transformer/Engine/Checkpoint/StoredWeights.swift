internal import PolyaKit
internal import TransformerFiles

/// A tensor of a file, line by line, under the name and in the form that its family has in Hugging Face's files.
struct StoredTensor {
  /// Of the file, and of the tensor there; for messages.
  let path, name: String
  let shape: [Int]
  /// Whether a matrix lies the other way round than the family has it in safetensors.
  var isFlipped = false
  /// The bytes, and how they are to be read.
  let type: String
  let bytes: UnsafeRawBufferPointer
  /// Converts a line of a given width to float32.
  ///
  /// Shapes: to [width].
  let copyLine: (_ index: Int, _ width: Int, _ to: Floats) -> Void

  func isSame(as other: StoredTensor) -> Bool {
    type == other.type && shape == other.shape && bytes.elementsEqual(other.bytes)
  }
}

/// The tensors of a model, by the names that its family has in Hugging Face's files.
protocol StoredWeights {
  /// Sorted.
  var names: [String] { get }
  func contains(_ name: String) -> Bool
  func find(_ name: String) throws -> StoredTensor
  /// Whether a tensor holds truth values or whole numbers, which belong to no weights.
  func isBuffer(_ name: String) -> Bool
}

/// How the names of a file differ from those of the model that transformers makes.
struct StoredNames {
  let names: TensorNames
  /// What a wrapper of the model put before each name: "_orig_mod." (torch.compile), "module." (DDP), ...
  var prefix = ""
  /// Whether they lack the prefix that models with an unembedding give.
  var isBare = false

  func stored(_ name: String) -> String { prefix + (isBare ? names.bare(name) : name) }
}

extension StoredWeights {
  func isBuffer(_ name: String) -> Bool { false }

  func form(_ names: TensorNames) -> StoredNames {
    let all = self.names
    for isBare in [false, true] {
      let plain = StoredNames(names: names, isBare: isBare)
      if contains(plain.stored(names.embedding)) { return plain }
    }
    for isBare in [false, true] {
      let embedding = StoredNames(names: names, isBare: isBare).stored(names.embedding)
      for name in all where name.hasSuffix("." + embedding) {
        let prefix = String(name.dropLast(embedding.count))
        if all.allSatisfy({ $0.hasPrefix(prefix) }) {
          return StoredNames(names: names, prefix: prefix, isBare: isBare)
        }
      }
    }
    return StoredNames(names: names)
  }
}

/// The tensors of a folder, in one file or several.
struct SafetensorsFolder: StoredWeights {
  private let folder: String
  private let files: [SafetensorsFile]
  private let places: [String: Int]

  init(_ folder: String) throws {
    self.folder = folder
    let single = folder + "/model.safetensors"
    let indexPath = single + ".index.json"
    guard !File.exists(single), File.exists(indexPath) else {
      try FolderContents.require("model.safetensors", in: folder)
      let file = try SafetensorsFile(single)
      try file.verifyChecksum()
      files = [file]
      places = file.entries.mapValues { _ in 0 }
      return
    }
    let index = try JSON(parsing: File.bytes(indexPath), name: indexPath)
    guard let map = index["weight_map"]?.members else {
      throw TransformerError(.corrupt, "\(indexPath) lacks weight_map; copy it again")
    }
    let names = Set(map.map { $0.value.string ?? "" }).sorted()
    if let wild = names.first(where: { $0.isEmpty || $0.contains("/") }) {
      throw TransformerError(
        .corrupt,
        "\(indexPath) names the file \"\(wild)\", which is not in its folder; write the names of files beside it"
      )
    }
    files = try names.map { name in
      guard File.exists(folder + "/" + name) else {
        throw TransformerError(
          .corrupt, "\(indexPath) names \(folder)/\(name), which is not there; copy it, too")
      }
      return try SafetensorsFile(folder + "/" + name)
    }
    var places: [String: Int] = [:]
    for (tensor, file) in map {
      guard let number = names.firstIndex(of: file.string ?? ""), files[number].entries[tensor] != nil else {
        throw TransformerError(
          .corrupt,
          "\(indexPath) says that \(tensor) is in \(file.string ?? "?"), which lacks it; copy all files again"
        )
      }
      places[tensor] = number
    }
    self.places = places
  }

  var names: [String] { places.keys.sorted() }
  func contains(_ name: String) -> Bool { places[name] != nil }

  func find(_ name: String) throws -> StoredTensor {
    guard let place = places[name], let tensor = try files[place].tensor(name) else {
      let lack =
        "\(folder)/\(files.count == 1 ? "model.safetensors" : "model.safetensors.index.json") lacks tensor \(name)"
      let wanted = name.split(separator: ".")
      if let wrapped = names.first(where: { Self.isPart(wanted, of: $0.split(separator: ".")) }) {
        throw TransformerError(
          .corrupt,
          "\(lack), but has \(wrapped): it was stored from a wrapper of the model (torch.compile, FSDP, a larger model); store the model inside of it"
        )
      }
      throw TransformerError(.corrupt, "\(lack); copy the weights that belong to config.json")
    }
    return tensor
  }

  func isBuffer(_ name: String) -> Bool { places[name].map { files[$0].isBuffer(name) } ?? false }

  /// Whether all words are there in their order.
  private static func isPart(_ words: [Substring], of others: [Substring]) -> Bool {
    var next = words[...]
    for word in others where next.first == word { next.removeFirst() }
    return next.isEmpty
  }
}
