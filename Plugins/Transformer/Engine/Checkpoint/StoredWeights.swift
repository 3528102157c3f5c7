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

  func find(_ name: String) throws -> StoredTensor {
    guard let place = places[name], let tensor = files[place].tensor(name) else {
      throw TransformerError(.corrupt, "\(folder)/model.safetensors lacks tensor \(name)")
    }
    return tensor
  }
}
