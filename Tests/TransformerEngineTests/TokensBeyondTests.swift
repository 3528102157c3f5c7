import Testing

@testable import TransformerEngine
@testable import TransformerFiles
@testable import TransformerTokenizer

/// Tokens that a tokenizer got without the model being resized.
@Suite("Tokens beyond the model's vocabulary")
struct TokensBeyondTests {
  /// A model whose tokenizer's 258 ids are all it has.
  private func save(_ folder: String, config: String) throws {
    var shape = Shape.odd
    shape.vocabulary = 258
    try randomModel(shape).save(folder)
    try File.write(folder + "/tokenizer_config.json", Array(config.utf8))
  }

  @Test func aTokenThatFillsUpIsRefusedOnlyInTexts() throws {
    try withFolder { folder in
      try save(folder, config: #"{"pad_token": "<fill>"}"#)
      let model = try TransformerModel(folder: folder)
      #expect(model.tokenizer.pad == 258 && model.shape.vocabulary == 258)
      #expect(try model.encode("ab") == model.tokenizer.encode("ab"))
      for work in [
        { _ = try model.encode("a<fill>") }, { _ = try model.render([("user", "<fill>")]) },
        { _ = try model.score([ScoredSequence(tokens: [1, 258], from: 1)], threads: 1) },
        {
          _ = try model.generate(
            [GenerationPrompt(tokens: [258], seed: 1, samples: 1, maxTokens: 1)], threads: 1)
        },
      ] as [() throws -> Void] {
        let error = try #require(throws: TransformerError.self) { try work() }
        #expect(error.kind == .badArgument && error.message.contains("258"), "\(error)")
      }
      let error = try #require(throws: TransformerError.self) { try model.encode("a<fill>") }
      #expect(error.message.contains("<fill>") && error.message.contains("embedding"))
    }
  }

  @Test func whatIsBesideTheTokenizerIsStoredAgain() throws {
    try withFolder { folder in
      try save(folder, config: "{}")
      try File.write(folder + "/added_tokens.json", Array(#"{"<fill>": 258}"#.utf8))
      let model = try TransformerModel(folder: folder)
      try withFolder { copy in
        try model.save(copy)
        let again = try TransformerModel(folder: copy)
        #expect(
          again.tokenizer.encode("<fill>") == [258] && again.tokenizer.identity == model.tokenizer.identity)
      }
    }
  }

  @Test func anEndThatTheModelCannotSayIsRefusedWhenItIsLoaded() throws {
    try withFolder { folder in
      try save(folder, config: #"{"eos_token": "<end>"}"#)
      let error = try #require(throws: TransformerError.self) { try TransformerModel(folder: folder) }
      #expect(error.kind == .corrupt && error.message.contains("<end>") && error.message.contains("258"))
    }
  }

  @Test func idsThatMergesMakeMustBeThere() throws {
    try withFolder { folder in
      try save(folder, config: "{}")
      let text = TokenizerWriter.json(
        specials: [], merges: [([97], [97]), ([98], [98])], trailing: ["<eos>"], individualDigits: false)
      try File.write(folder + "/tokenizer.json", Array(text.utf8))
      let error = try #require(throws: TransformerError.self) { try TransformerModel(folder: folder) }
      #expect(error.kind == .corrupt && error.message.contains("259 ids"))
    }
  }
}
