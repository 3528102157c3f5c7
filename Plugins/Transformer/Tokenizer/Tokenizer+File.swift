internal import TransformerFiles

extension Tokenizer {
  /// Reads a `tokenizer.json`, and the files beside it that declare tokens.
  package convenience init(file path: String) throws {
    let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
    try self.init(
      json: File.bytes(path), name: path, settings: try TokenizerSettings(beside: folder))
  }
}
