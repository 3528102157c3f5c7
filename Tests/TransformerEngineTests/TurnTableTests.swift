import Foundation
import PolyaKit
import Testing

@testable import TransformerChatTemplate
@testable import TransformerEngine
@testable import TransformerTexts
@testable import TransformerFiles
@testable import TransformerTokenizer

/// The turns of Golden/make_turns.py: what a model learns as the assistant's, with the templates of many families.
@Suite("The assistant's turns")
struct TurnTableTests {
  private static func file(_ path: String) throws -> JSON {
    let folder = URL(filePath: #filePath).deletingLastPathComponent()
    return try JSON(parsing: [UInt8](Data(contentsOf: folder.appending(path: path))), name: path)
  }

  private struct Family {
    let tokenizer: Tokenizer
    let rendering: PromptRendering
    let end: Int32

    /// A tokenizer of bytes and the template's own special tokens.
    init(_ row: JSON) throws {
      let name = row["template"]?.string ?? ""
      let model = try TurnTableTests.file("../TransformerChatTemplateTests/Fixtures/chat/\(name).json")
      let ending = row["end"]?.string ?? ""
      var settings = TokenizerSettings()
      settings.bos = model["bos"]?.string.flatMap { $0.isEmpty ? nil : $0 }
      settings.eos = model["eos"]?.string
      let specials = [settings.bos, settings.eos, ending].compactMap(\.self)
      let distinct = specials.enumerated().filter { specials.firstIndex(of: $1) == $0 }.map(\.element)
      let text = TokenizerWriter.json(
        specials: [], merges: [], trailing: distinct, individualDigits: false, splits: false)
      tokenizer = try Tokenizer(json: Array(text.utf8), name: name, settings: settings)
      end = Int32(256 + (try #require(distinct.firstIndex(of: ending))))
      let template = try ChatTemplate(source: try #require(model["template"]?.string), name: name)
      rendering = try PromptRendering(
        PromptStyle(
          template: template,
          settings: TemplateSettings(system: nil, date: "2025-06-07", variables: row["variables"])),
        own: nil, tokenizer: tokenizer)
    }
  }

  @Test(
    "a turn continues the prompt where the template allows it, has the whole answer, and ends as the template says"
  )
  func turns() throws {
    let file = try Self.file("Fixtures/turns.json")
    let answers = (file["answers"]?.array ?? []).compactMap(\.string)
    let rows = file["rows"]?.array ?? []
    #expect(rows.count >= 24 && answers.count == 6)
    for row in rows {
      let name = "\(row["template"]?.string ?? "") \(row["variables"]?.text ?? "")"
      let family = try Family(row)
      #expect(family.rendering.turnEnd == family.end, "\(name)")
      let question = (role: "user", content: "2+2?")
      let prompt = try family.rendering.tokens([question], family.tokenizer, end: 0)
      #expect(family.tokenizer.text(prompt) == row["prompt"]?.string, "\(name)")
      for (answer, expected) in zip(answers, row["turns"]?.array ?? []) {
        let turn = try family.rendering.tokens(
          [question, (role: "assistant", content: answer)], family.tokenizer, end: 0)
        #expect(turn.last == family.end, "\(name)")
        if let after = expected["after"]?.string {
          #expect(turn.starts(with: prompt), "\(name): \(answer.debugDescription)")
          #expect(family.tokenizer.text(turn.dropFirst(prompt.count)) == after, "\(name)")
        } else {
          #expect(family.tokenizer.text(turn) == expected["whole"]?.string, "\(name)")
        }
      }
    }
  }
}
