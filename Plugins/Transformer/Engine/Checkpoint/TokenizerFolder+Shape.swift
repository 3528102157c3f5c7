internal import TransformerFiles
internal import TransformerTexts
internal import TransformerTokenizer

extension TokenizerFolder {
  /// - Throws: when the model lacks ids that texts need; tokens that were only added, such as one that fills up, may be
  ///   beyond its vocabulary, for they are refused where a text has them.
  func check(fits shape: Shape, in path: String) throws {
    guard tokenizer.ownSize <= shape.vocabulary else {
      throw TransformerError(
        .corrupt,
        "the tokenizer of \(path) has \(tokenizer.ownSize) ids, but its model has a vocabulary of \(shape.vocabulary); copy both from the same model"
      )
    }
    let needed = tokenizer.prefix + tokenizer.suffix + tokenizer.statedEnds
    if let wild = needed.first(where: { Int($0) >= shape.vocabulary }) {
      throw TransformerError(
        .corrupt,
        "the tokenizer of \(path) puts \(tokenizer.text([wild])) (id \(wild)) around texts, but config.json says "
          + "vocab_size \(shape.vocabulary); resize the model's embedding")
    }
  }
}
