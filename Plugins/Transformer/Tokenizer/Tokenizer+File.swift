internal import TransformerFiles

extension Tokenizer {
  /// Reads a `tokenizer.json`, and the `tokenizer_config.json` beside it if there is one.
  package convenience init(file path: String) throws {
    let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
    let beside = folder + "tokenizer_config.json"
    let settings =
      File.exists(beside)
      ? try TokenizerSettings(json: File.bytes(beside), name: beside) : TokenizerSettings()
    try self.init(json: File.bytes(path), name: path, settings: settings)
  }
}
