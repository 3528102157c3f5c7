internal import PolyaKit

import Foundation
import Testing

@testable import TransformerChatTemplate
@testable import TransformerFiles

@Suite("Chat templates of published models")
struct ChatTemplateTests {
  private func messages(_ json: JSON) -> [(role: String, content: String)] {
    (json.array ?? []).map { ($0["role"]?.string ?? "", $0["content"]?.string ?? "") }
  }

  @Test("every conversation renders as transformers renders it", arguments: ChatFixture.models)
  func published(_ name: String) throws {
    let file = try ChatFixture.file(name)
    let template = try ChatTemplate(source: #require(file["template"]?.string), name: name)
    let conversations = try #require(ChatFixture.file("conversations")["conversations"]?.array)
    let bos = file["bos"]?.string ?? ""
    let eos = file["eos"]?.string ?? ""
    #expect(conversations.count == 17)
    for prompt in [false, true] {
      let expected = try #require(file[prompt ? "on" : "off"]?.array)
      #expect(expected.count == conversations.count)
      for (conversation, expected) in zip(conversations, expected) {
        let actual = ChatOutcome {
          try template.render(
            messages: messages(conversation), bos: bos, eos: eos, addGenerationPrompt: prompt,
            date: ChatFixture.date)
        }
        #expect(actual == ChatOutcome(expected), "\(actual.shown) for \(ChatOutcome(expected).shown)")
      }
    }
  }

  @Test("tools, tool calls and options reach the template", arguments: ChatFixture.models)
  func extras(_ name: String) throws {
    let file = try ChatFixture.file(name)
    let template = try ChatTemplate(source: #require(file["template"]?.string), name: name)
    let shared = try ChatFixture.file("conversations")
    let conversation = try #require(shared["conversations"]?.array)[2]
    let extras = try #require(shared["extras"]?.array)
    let expected = try #require(file["extras"]?.array)
    #expect(extras.count == 6 && expected.count == 6)
    for (extra, expected) in zip(extras, expected) {
      var variables: [String: TemplateValue] = [:]
      for (key, value) in extra.members ?? [] { variables[key] = try TemplateValue(value) }
      let actual = ChatOutcome {
        try template.render(
          messages: messages(conversation), bos: file["bos"]?.string ?? "", eos: file["eos"]?.string ?? "",
          addGenerationPrompt: true, extra: variables, date: ChatFixture.date)
      }
      #expect(actual == ChatOutcome(expected), "\(actual.shown) for \(ChatOutcome(expected).shown)")
    }
  }

  @Test(
    "the built-in templates are the published ones",
    arguments: ["chatml", "llama3", "qwen2.5", "qwen3", "phi-3", "gemma"])
  func builtIn(_ name: String) throws {
    #expect(BuiltInTemplates.names.contains(name))
    #expect(BuiltInTemplates.source(name) == (try ChatFixture.file(name)["template"]?.string))
    let text = try ChatTemplate.named(name).render(
      messages: [("user", "Hi")], bos: "<s>", eos: "</s>", addGenerationPrompt: true)
    #expect(text.contains("Hi"))
  }

  @Test("an unknown name is refused with the list and the nearest")
  func unknown() throws {
    let near = try #require(throws: TransformerError.self) { try ChatTemplate.named("qwen-3") }
    #expect(near.kind == .badArgument && near.message.contains("did you mean 'qwen3'?"))
    let far = try #require(throws: TransformerError.self) { try ChatTemplate.named("something-else") }
    #expect(far.message.contains("known here: chatml, llama3"))
  }

  @Test("a template is found where models keep it")
  func found() throws {
    func render(_ settings: String?, _ jinja: String?) throws -> String? {
      let json = try settings.map { try JSON(parsing: Array($0.utf8), name: "settings") }
      return try ChatTemplate.find(folder: json, jinja: jinja)?.render(
        messages: [("user", "x")], bos: "", eos: "", addGenerationPrompt: false)
    }
    #expect(try render(nil, nil) == nil)
    #expect(try render("{}", nil) == nil)
    #expect(try render(#"{"chat_template": null}"#, nil) == nil)
    #expect(try render(#"{"chat_template": "t{{ messages[0].content }}"}"#, nil) == "tx")
    #expect(try render(#"{"chat_template": "text"}"#, "file") == "file")
    let list = #"[{"name": "tool_use", "template": "no"}, {"name": "default", "template": "yes"}]"#
    #expect(try render(#"{"chat_template": \#(list)}"#, nil) == "yes")
    #expect(throws: TransformerError.self) { try render(#"{"chat_template": 3}"#, nil) }
    let error = try #require(throws: TransformerError.self) {
      try render(#"{"chat_template": [{"name": "rag", "template": "no"}]}"#, nil)
    }
    #expect(error.kind == .unsupported && error.message.contains("rag"))
  }

  @Test("today's date is what the caller gives")
  func date() throws {
    let template = try ChatTemplate(
      source: "{{ strftime_now('%d %b %Y|%-d %B %y, %A %a %H:%M:%S %p %I %F %T %%') }}", name: "date")
    let date = TemplateDate(year: 2024, month: 2, day: 9, hour: 15, minute: 4, second: 5)
    #expect(
      try template.render([:], date: date)
        == "09 Feb 2024|9 February 24, Friday Fri 15:04:05 PM 03 2024-02-09 15:04:05 %")
    let error = try #require(throws: TransformerError.self) { try template.render([:]) }
    #expect(error.message.contains("template-date"))
  }
}
