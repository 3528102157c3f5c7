import Testing

@testable import TransformerChatTemplate
@testable import TransformerEngine
@testable import TransformerTexts
@testable import TransformerFiles
@testable import TransformerTokenizer

@Suite("Prompts of conversations")
struct PromptRenderingTests {
  private func tokenizer() throws -> Tokenizer {
    let json = """
      {"added_tokens": [{"id": 0, "content": "<s>", "special": true, "normalized": false}],
       "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false}, "decoder": {"type": "ByteLevel"},
       "post_processor": {"type": "TemplateProcessing",
         "single": [{"SpecialToken": {"id": "<s>"}}, {"Sequence": {"id": "A"}}],
         "special_tokens": {"<s>": {"ids": [0]}}},
       "model": {"type": "BPE", "vocab": {"<s>": 0, "a": 1, "b": 2, ":": 3}, "merges": []}}
      """
    return try Tokenizer(json: Array(json.utf8), name: "tokenizer.json")
  }

  private func ids(_ template: String?, _ contents: [String] = ["a"]) throws -> [Int32] {
    let tokenizer = try tokenizer()
    let rendering = try PromptRendering(
      PromptStyle(template: try template.map { try ChatTemplate(source: $0, name: "test") }), own: nil,
      tokenizer: tokenizer)
    return try rendering.tokens(contents.map { (role: "user", content: $0) }, tokenizer, end: nil)
  }

  @Test func withoutATemplateTheTokenizerSaysWhatComesBeforeAText() throws {
    #expect(try ids(nil) == [0, 1])
    #expect(try ids(nil, ["a", "b"]) == [0, 1, 2])
  }

  @Test func aTemplateAloneSaysWhichSpecialTokensThereAre() throws {
    #expect(
      try ids("{{ bos_token }}{% for m in messages %}{{ m.content }}:{% endfor %}", ["a", "b"]) == [
        0, 1, 3, 2, 3,
      ])
    #expect(try ids("{{ messages[0].content }}{% if add_generation_prompt %}:{% endif %}") == [1, 3])
  }

  @Test func twoBeginningsAreRefusedWhenTheModelIsLoaded() {
    let error = #expect(throws: TransformerError.self) {
      try ids("{{ bos_token }}{{ bos_token }}{{ messages[0].content }}")
    }
    #expect(error?.message.contains("<s> twice") == true)
  }

  @Test func aStoredModelKeepsItsTemplate() throws {
    try withFolder { folder in
      let template = try ChatTemplate(source: "{{ messages[0].content }}!", name: "test")
      let model = try TransformerModel(
        shape: .odd, tokenizer: .bytes(), seed: 1, training: TrainingMode(),
        style: PromptStyle(template: template))
      try model.save(folder)
      let again = try TransformerModel(folder: folder)
      let message = [(role: "user", content: "a")]
      #expect(try again.render(message) == model.render(message))
      #expect(try again.render(message) == model.tokenizer.encode("a!"))
    }
  }
}
