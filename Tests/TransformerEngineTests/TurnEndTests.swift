import PolyaKit
import Testing

@testable import TransformerChatTemplate
@testable import TransformerEngine
@testable import TransformerTexts
@testable import TransformerFiles
@testable import TransformerTokenizer

/// How a model ends its own turn is what its chat template prints after the assistant's words.
@Suite("Ends of turns")
struct TurnEndTests {
  /// Bytes, and special tokens from id 256 on.
  private func tokenizer(_ specials: [String]) throws -> Tokenizer {
    try Tokenizer(
      json: Array(
        TokenizerWriter.json(
          specials: [], merges: [], trailing: specials, individualDigits: false, splits: false
        ).utf8),
      name: "tokenizer.json")
  }

  private func rendering(
    _ template: ChatTemplate, _ tokenizer: Tokenizer, _ settings: TemplateSettings = TemplateSettings()
  ) throws -> PromptRendering {
    try PromptRendering(PromptStyle(template: template, settings: settings), own: nil, tokenizer: tokenizer)
  }

  /// Published templates, and the token that ends a turn of the assistant by their models' documentation.
  @Test(arguments: [
    ("chatml", "<|im_end|>"), ("llama3", "<|eot_id|>"), ("qwen2.5", "<|im_end|>"), ("qwen3", "<|im_end|>"),
    ("phi-3", "<|end|>"), ("gemma", "<end_of_turn>"),
  ])
  func theTurnEndsAsTheTemplateSays(name: String, end: String) throws {
    let specials = [
      "<eos>", "<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|start_header_id|>",
      "<|end_header_id|>", "<|eot_id|>", "<|user|>", "<|assistant|>", "<|end|>", "<start_of_turn>",
      "<end_of_turn>",
    ]
    let tokenizer = try tokenizer(specials)
    let rendering = try rendering(try ChatTemplate.named(name), tokenizer)
    let expected = Int32(256 + (try #require(specials.firstIndex(of: end))))
    #expect(rendering.turnEnd == expected)
    let prompt = try rendering.tokens([("user", "2+2?")], tokenizer, end: 0)
    let turn = try rendering.tokens([("user", "2+2?"), ("assistant", "4")], tokenizer, end: 0)
    #expect(turn.last == expected)
    // Qwen3 puts an empty section for thoughts into the turn but not into the prompt; the others continue the prompt.
    #expect(turn.starts(with: prompt) || name == "qwen3")
    if name != "qwen3" { #expect(Array(turn.dropFirst(prompt.count)) == tokenizer.encode("4") + [expected]) }
  }

  @Test func withoutATemplateTheConfigurationEndsATurn() throws {
    let tokenizer = try tokenizer(["<eos>"])
    let rendering = try PromptRendering(PromptStyle(), own: nil, tokenizer: tokenizer)
    #expect(rendering.turnEnd == nil)
    #expect(try rendering.tokens([("user", "a"), ("assistant", "b")], tokenizer, end: 256).last == 256)
  }

  @Test func aTemplateThatRefusesTheAssistantLeavesTheEndToTheConfiguration() throws {
    let tokenizer = try tokenizer(["<eos>"])
    let template = try ChatTemplate(
      source:
        "{% for m in messages %}{% if m.role == 'assistant' %}{{ raise_exception('no') }}{% endif %}{{ m.content }}{% endfor %}",
      name: "test")
    let refusing = try rendering(template, tokenizer)
    #expect(refusing.turnEnd == nil)
    #expect(
      try refusing.tokens([("user", "a"), ("assistant", "b")], tokenizer, end: 256)
        == tokenizer.encode("a") + tokenizer.encode("b") + [256])
  }

  @Test func aSystemMessageIsPutWhereThereIsNone() throws {
    let tokenizer = try tokenizer(["<eos>"])
    let template = try ChatTemplate(
      source: "{% for m in messages %}[{{ m.role }}]{{ m.content }}{% endfor %}", name: "test")
    let rendering = try rendering(
      template, tokenizer, try TemplateSettings(system: "Be brief.", date: nil, variables: nil))
    func text(_ messages: [(role: String, content: String)]) throws -> String {
      String(decoding: tokenizer.decode(try rendering.tokens(messages, tokenizer, end: nil)), as: UTF8.self)
    }
    #expect(try text([("user", "Hi")]) == "[system]Be brief.[user]Hi")
    #expect(try text([("system", "Own"), ("user", "Hi")]) == "[system]Own[user]Hi")
  }

  @Test func aTemplateGetsItsDateAndVariables() throws {
    let tokenizer = try tokenizer(["<eos>"])
    let template = try ChatTemplate(
      source:
        "{% if strftime_now is defined %}{{ strftime_now('%d %b %Y') }}{% else %}none{% endif %} {{ enable_thinking }}",
      name: "test")
    func text(_ date: String?, _ variables: JSON?) throws -> String {
      let rendering = try rendering(
        template, tokenizer, TemplateSettings(system: nil, date: date, variables: variables))
      return String(
        decoding: tokenizer.decode(try rendering.tokens([("user", "")], tokenizer, end: nil)), as: UTF8.self)
    }
    #expect(try text(nil, nil) == "none ")
    #expect(try text("2024-02-29", .object([("enable_thinking", .bool(false))])) == "29 Feb 2024 False")
    for wrong in ["2023-02-29", "29.2.2024", "2024-13-01", ""] {
      #expect(throws: TransformerError.self) { try text(wrong, nil) }
    }
    for wrong in [JSON.string("x"), .object([("messages", .array([]))])] {
      #expect(throws: TransformerError.self) { try text(nil, wrong) }
    }
  }

  @Test func aTemplateThatNeedsADateSaysSo() throws {
    let template = try ChatTemplate(source: "{{ strftime_now('%Y') }}", name: "test")
    let error = #expect(throws: TransformerError.self) {
      try rendering(template, try tokenizer(["<eos>"])).tokens([("user", "")], tokenizer(["<eos>"]), end: nil)
    }
    #expect(error?.message.contains("template-date") == true)
  }
}
