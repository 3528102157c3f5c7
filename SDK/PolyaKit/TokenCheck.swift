extension Sequence<Int32> {
  /// Checks token ids before they are decoded.
  ///
  /// - Throws: ``Failure`` with code `badArgument` for the first id outside `0..<vocabularySize`.
  public func checkTokens(vocabularySize: Int) throws {
    guard let wild = first(where: { $0 < 0 || Int($0) >= vocabularySize }) else { return }
    throw Failure(
      .badArgument,
      "the token id \(wild) is outside the vocabulary of \(vocabularySize); encode the text again")
  }
}
