internal import PolyaKit
internal import TransformerFiles

extension Tokenizer {
  /// Learns a tokenizer from the texts of a JSON-lines file: the members "text", or "prompt" and "completion".
  package convenience init(learnedFrom path: String, vocabularySize: Int) throws {
    let texts = try File.bytes(path).split(separator: UInt8(ascii: "\n")).enumerated().map { number, line in
      let row = try JSON(parsing: Array(line), name: "\(path), line \(number + 1)")
      let text =
        row["text"]?.string ?? [row["prompt"]?.string, row["completion"]?.string].compactMap(\.self).joined()
      guard !text.isEmpty else {
        throw TransformerError(.corrupt, "\(path), line \(number + 1), has neither \"text\" nor \"prompt\"")
      }
      return text
    }
    let json = try BPETrainer(vocabularySize: vocabularySize).train(texts)
    try self.init(json: Array(json.utf8), name: "the tokenizer learned from \(path)")
  }
}
