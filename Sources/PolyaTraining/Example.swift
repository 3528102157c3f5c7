package import PolyaCore
package import PolyaRecords

extension TokenSequence {
  /// Converts training records to token ids: the prompt in the form the model expects, followed by the target
  /// with its end token.
  ///
  /// A model with a chat template learns the whole turn of the assistant, as the template renders it up to the token
  /// that ends the turn. Targets that the model itself sampled keep their sampled ids and are not tokenized again.
  ///
  /// - Parameter template: How the records were made. The space before a solution in the default target separates it from
  ///   a bare prompt; after a chat template's own separator it would be wrong.
  /// - Returns: The sequences that fit into the context, and the number of those that do not.
  package static func examples(
    _ records: [TrainingRecord], for model: any LanguageModel, template: PromptTemplate = .standard
  ) throws -> (
    sequences: [TokenSequence], tooLong: Int
  ) {
    let prompts = try model.promptTokens(for: records.map { [Message(role: "user", content: $0.prompt)] })
    let targets = try Self.targets(of: records, after: prompts, model, template)
    var sequences: [TokenSequence] = []
    var tooLong = 0
    for (prompt, target) in zip(prompts, targets) {
      let sequence = TokenSequence(tokens: prompt + target, from: prompt.count)
      guard !prompt.isEmpty, sequence.tokens.count <= model.info.contextLength ?? .max else {
        tooLong += 1
        continue
      }
      sequences.append(sequence)
    }
    return (sequences, tooLong)
  }

  /// The token ids of each target with its end, as they follow the prompt.
  private static func targets(
    of records: [TrainingRecord], after prompts: [[Int32]], _ model: any LanguageModel,
    _ template: PromptTemplate
  ) throws -> [[Int32]] {
    let isBare = model.info.chats && template.target == PromptTemplate.standard.target
    let words = records.map { isBare ? String($0.completion.drop { $0 == " " }) : $0.completion }
    let written = try written(words, records, prompts, model)
    let said = try said(by: records, after: prompts, model)
    // The model's own ids, where they stand for exactly these words: others would be learnt as unlikely. Strategies trim
    // what follows an answer.
    return zip(zip(records, written), zip(words, said)).map { pair, text in
      guard let said = text.1, said.starts(with: text.0.utf8) else { return pair.1 }
      return said.dropFirst(text.0.utf8.count).allSatisfy { $0 <= 0x20 } ? pair.0.tokens : pair.1
    }
  }

  /// The bytes of each record's sampled ids, without the end; nil where they do not end, or are another model's.
  ///
  /// They are decoded after the prompt's last token, since many tokenizers drop a space at the beginning of a text.
  private static func said(
    by records: [TrainingRecord], after prompts: [[Int32]], _ model: any LanguageModel
  ) throws -> [[UInt8]?] {
    let known = 0..<Int32(clamping: model.info.vocabularySize ?? .max)
    let replies = zip(records, prompts).map { record, prompt -> [Int32] in
      let isWhole = record.tokens.last == model.info.eos && record.tokens.allSatisfy(known.contains)
      return isWhole && !prompt.isEmpty ? prompt.suffix(1) + record.tokens.dropLast() : []
    }
    let (before, all) = (try model.decode(replies.map { Array($0.prefix(1)) }), try model.decode(replies))
    return zip(replies, zip(before, all)).map { reply, texts in
      reply.count > 1 && texts.1.starts(with: texts.0) ? Array(texts.1.dropFirst(texts.0.count)) : nil
    }
  }

  /// The token ids of each target with its end, as the tokenizer and the chat template make them.
  private static func written(
    _ words: [String], _ records: [TrainingRecord], _ prompts: [[Int32]], _ model: any LanguageModel
  ) throws -> [[Int32]] {
    let end = model.info.eos.map { [$0] } ?? []
    let plain = try model.encode(words)
    guard model.info.chats else { return plain.map { $0 + end } }
    let turns = try model.promptTokens(
      for: zip(records, words).map {
        [Message(role: "user", content: $0.prompt), Message(role: "assistant", content: $1)]
      })
    return zip(zip(turns, prompts), plain).map { pair, plain in
      // Some templates render a prompt otherwise than the beginning of a whole conversation.
      pair.0.starts(with: pair.1) ? Array(pair.0.dropFirst(pair.1.count)) : plain + end
    }
  }
}
