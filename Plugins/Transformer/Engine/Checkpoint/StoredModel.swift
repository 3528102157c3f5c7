internal import PolyaKit
internal import TransformerFiles
internal import TransformerTexts

/// Where a model is read from: a folder in Hugging Face layout (`config.json`, `tokenizer.json`, and weights in
/// `model.safetensors` or in several files with an index), or a GGUF file, which holds all of it.
enum StoredModel: TextSource {
  case folder(String)
  case gguf(GGUFFile)

  /// - Parameter path: a folder, a GGUF file, or a folder without `config.json` that has exactly one of these.
  init(_ path: String) throws {
    if let file = try Self.file(path) { self = .gguf(try GGUFFile(file)) } else { self = .folder(path) }
  }

  /// Whether something that can be read as a model seems to be there.
  static func exists(at path: String) throws -> Bool {
    try File.exists(path + "/config.json") || file(path).map(File.exists) == true
  }

  /// The GGUF file that a path names, if it names one.
  private static func file(_ path: String) throws -> String? {
    guard File.isFolder(path) else {
      return File.exists(path) || path.hasSuffix(GGUFFile.suffix) ? path : nil
    }
    guard !File.exists(path + "/config.json") else { return nil }
    let names = try File.names(in: path).filter { $0.hasSuffix(GGUFFile.suffix) }
    guard names.count <= 1 else {
      throw TransformerError(
        .badOption,
        "\(path) has no config.json, but \(names.count) GGUF files (\(names.joined(separator: ", "))); name one of them"
      )
    }
    return names.first.map { path + "/" + $0 }
  }

  var path: String {
    switch self {
    case .folder(let folder): folder
    case .gguf(let file): file.path
    }
  }

  func configuration() throws -> Configuration {
    switch self {
    case .folder(let folder):
      try FolderContents.require("config.json", in: folder)
      let path = folder + "/config.json"
      do {
        return try Configuration(JSON(parsing: File.bytes(path), name: path), path: path)
      } catch let error as TransformerError where File.exists(folder + "/modules.json") {
        throw TransformerError(
          error.kind, error.message + " (a folder of sentence-transformers, whose models rarely write text)")
      }
    case .gguf(let file):
      let configuration = try Configuration(
        GGUFConfiguration.json(of: file), path: "the configuration in \(file.path)")
      // Before memory is taken for what is not there; a tensor that is missing is named later.
      guard configuration.shape.parameters / 4 <= file.elements else {
        throw TransformerError(
          .corrupt,
          "\(file.path) says that its model has \(configuration.shape.parameters) weights, but its tensors have \(file.elements)"
        )
      }
      return configuration
    }
  }

  func weights(for shape: Shape) throws -> any StoredWeights {
    switch self {
    case .folder(let folder): try SafetensorsFolder(folder)
    case .gguf(let file): try GGUFWeights(file, shape)
    }
  }

  /// A file of a folder, or what stands for it in a GGUF file; nil when there is no such thing.
  func text(_ name: String) throws -> (bytes: [UInt8], name: String)? {
    switch self {
    case .folder(let folder): try CheckpointTexts(folder).text(name)
    case .gguf(let file): try GGUFTexts(file).text(name)
    }
  }
}
