package import PolyaCore
package import PolyaRecords

extension TokenSequence {
  /// Converts training records to token ids: the prompt in the form the model expects, followed by the target
  /// with its end token.
  ///
  /// Targets that the model itself sampled keep their sampled ids and are not tokenized again.
  ///
  /// - Returns: The sequences that fit into the context, and the number of those that do not.
  package static func examples(_ records: [TrainingRecord], for model: any LanguageModel) throws -> (
    sequences: [TokenSequence], tooLong: Int
  ) {
    let prompts = try model.promptTokens(for: records.map { [Message(role: "user", content: $0.prompt)] })
    let targets = try model.encode(records.map(\.completion))
    let end = model.info.eos.map { [$0] } ?? []
    var sequences: [TokenSequence] = []
    var tooLong = 0
    for ((record, prompt), target) in zip(zip(records, prompts), targets) {
      let sampled = !record.tokens.isEmpty && record.tokens.last == model.info.eos
      let sequence = TokenSequence(
        tokens: prompt + (sampled ? record.tokens : target + end), from: prompt.count)
      guard !prompt.isEmpty, sequence.tokens.count <= model.info.contextLength ?? .max else {
        tooLong += 1
        continue
      }
      sequences.append(sequence)
    }
    return (sequences, tooLong)
  }
}
