internal import TransformerFiles

/// What a folder holds in place of a checkpoint, so that an error can say what it is and what to do.
enum FolderContents {
  /// Weights that other programs read, by the ends of their names.
  private static let foreign: [(end: String, what: String)] = [
    (".bin", "a pickled PyTorch file"), (".pth", "a pickled PyTorch file"), (".pt", "a pickled PyTorch file"),
    (".h5", "a TensorFlow file"), (".msgpack", "a Flax file"),
    (".onnx", "an ONNX file"),
  ]

  /// - Throws: when the folder has no such file.
  static func require(_ name: String, in folder: String) throws {
    guard !File.exists(folder + "/" + name) else { return }
    throw try problem(folder, lacking: name)
  }

  /// The path of a folder's safetensors file.
  static func weights(of folder: String, _ stem: String) throws -> String {
    try require(stem + ".safetensors", in: folder)
    return folder + "/" + stem + ".safetensors"
  }

  private static func problem(_ folder: String, lacking name: String) throws -> TransformerError {
    func error(_ sentence: String) -> TransformerError { TransformerError(.unsupported, sentence) }
    let needed = "the folder of a checkpoint has config.json, model.safetensors and tokenizer.json"
    guard File.exists(folder) else {
      return error("\(folder) does not exist; check the path to the checkpoint")
    }
    guard File.isFolder(folder) else { return error("\(folder) is a file; give a folder: \(needed)") }
    let names = try File.names(in: folder)
    guard !names.isEmpty else { return error("\(folder) is empty; copy the checkpoint there: \(needed)") }
    if name == "config.json" {
      if names.contains("adapter_model.safetensors") {
        return error(
          "\(folder) has adapter_model.safetensors, but no adapter_config.json; copy that file, too")
      }
      if let inner = names.first(where: { File.exists(folder + "/" + $0 + "/config.json") }) {
        return error("\(folder) has no config.json, but \(folder)/\(inner) has one; give that folder")
      }
    }
    if names.contains("modules.json") {
      return error(
        "\(folder) is a folder of sentence-transformers without \(name); give the folder of a language model in the layout of transformers"
      )
    }
    for (end, what) in foreign {
      guard let file = names.first(where: { $0.hasSuffix(end) && isModel($0) }) else { continue }
      return error(
        "\(folder) has no \(name), but \(file), which is \(what); load it with transformers or peft and store it with save_pretrained, which writes safetensors files"
      )
    }
    if name != "config.json", let file = names.first(where: { $0.hasSuffix(".safetensors") && isModel($0) }) {
      return error(
        "\(folder) has \(file), but neither \(name) nor \(name).index.json; copy the missing file, or store the model with save_pretrained of transformers"
      )
    }
    return error("\(folder) has no \(name); \(needed)")
  }

  private static func isModel(_ name: String) -> Bool {
    ["model", "consolidated", ".onnx"].contains { name.contains($0) }
  }
}
