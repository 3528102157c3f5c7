package import PolyaCore
package import PolyaRecords

extension TokenSequence {
  /// Training records as token ids: the prompt as the model wants it, the target with its end token.
  ///
  /// Targets that the model sampled itself keep their sampled ids: nothing is re-tokenized.
  ///
  /// - Returns: the sequences that fit into the context, and how many did not.
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
