import Foundation
import PolyaKit
import PolyaTestSupport
import Testing

@testable import Server

/// Each mistake is one sentence before a token is spent.
struct RefusalTests {
  private typealias Values = [String: OptionValues.Value]

  private func refusal(_ standIn: StandIn, _ given: Values, ids: Bool = false) throws -> Failure {
    do { _ = try standIn.model(given, ids: ids) } catch let failure as Failure {
      let counts = try standIn.counts()
      #expect(counts["/v1/completions"] == nil && counts["/v1/chat/completions"] == nil, "\(counts)")
      #expect(!failure.message.contains("\n"))
      return failure
    }
    throw Missing()
  }

  private struct Missing: Error {}

  @Test func whatAUserMayGetWrongIsNamed() throws {
    let standIn = try StandIn(["flavor": "openai"])
    let url = standIn.server.url
    func list(_ texts: String...) -> OptionValues.Value { .list(texts.map { .text($0) }) }
    let cases: [(Values, Failure.Code, [String])] = [
      (["url": list("http://127.0.0.1:1")], .unavailable, ["127.0.0.1:1 cannot be reached", "correct url"]),
      (["url": list(url + "/v2/x")], .notFound, ["/v2/x/models does not exist", "correct url"]),
      (["url": list("nowhere")], .badOption, ["url contains \"nowhere\""]),
      (["url": list(url, url + "/")], .badOption, ["url must list"]),
      (["url": list()], .badOption, ["url must list"]),
      (["model": .text("stand-on")], .badOption, ["no model 'stand-on'", "'stand-in', 'other'"]),
      (["budget": .real(1)], .badOption, ["price-in"]),
      (["chat-template": .text("chatml")], .badOption, ["chat-template is given without folder"]),
      (["folder": .text("/nowhere")], .unsupported, ["/nowhere has no tokenizer.json"]),
      (["timeout": .real(0)], .badOption, ["timeout is 0"]),
      (["key-env": .text("POLYA_NO_SUCH_KEY")], .badOption, ["key-env", "is set"]),
      (["key-file": .text("/nowhere/key")], .badOption, ["/nowhere/key cannot be read"]),
    ]
    for (given, code, parts) in cases {
      let failure = try refusal(standIn, given)
      #expect(
        failure.code == code && parts.allSatisfy { failure.message.contains($0) }, "\(given): \(failure)")
    }
  }

  @Test func keysAreUsedAndNeverShown() throws {
    let standIn = try StandIn(["flavor": "openai", "key": "right-key-7"])
    let missing = try refusal(standIn, [:])
    #expect(
      missing.code == .denied && missing.message.contains("give the key's variable in key-env"), "\(missing)")
    let wrong = try standIn.folder.write("wrong", "wrong-key-9\n")
    let refused = try refusal(standIn, ["key-file": .text(wrong)])
    #expect(refused.code == .denied && refused.message.contains("key-file"), "\(refused)")
    let pasted = try refusal(standIn, ["key-env": .text("wrong-key-9")])
    let broken = try standIn.folder.write("broken", "wrong-key-9\nmore")
    let odd = try refusal(standIn, ["key-file": .text(broken)])
    for failure in [refused, pasted, odd] { #expect(!failure.message.contains("wrong-key-9"), "\(failure)") }
    let right = try standIn.folder.write("right", "right-key-7\n")
    let model = try standIn.model(["key-file": .text(right)], ids: false)
    let prompt = Prompt(id: 0, seed: 0, tokens: [65], maxTokens: 40)
    #expect(try model.generate([prompt], standIn.work).count == 1)
    #expect(!standIn.lines.contains { $0.contains("key-7") || $0.contains("key-9") })
  }

  @Test func aFolderWithAnotherTokenizerIsRefused() throws {
    let standIn = try StandIn()
    let json = try String(contentsOfFile: standIn.folder.path("model/tokenizer.json"), encoding: .utf8)
    // The ids of two letters are exchanged.
    let h = try #require(json.firstMatch(of: /"H": (\d+)/)?.1)
    let i = try #require(json.firstMatch(of: /"I": (\d+)/)?.1)
    let other = json.replacing("\"H\": \(h)", with: "\"H\": \(i)").replacing(
      "\"I\": \(i),", with: "\"I\": \(h),")
    try standIn.folder.write("other/tokenizer.json", other)
    let failure = try refusal(standIn, ["folder": .text(standIn.folder.path("other"))], ids: true)
    #expect(failure.code == .badOption && failure.message.contains("folder"), "\(failure)")
  }

  @Test func aServerWithoutAChatTemplateIsNamedAsSuch() throws {
    let standIn = try StandIn(["flavor": "openai", "template": false])
    let model = try standIn.model(ids: false)
    let tokens = ByteTexts(system: nil).render([Message("user", "a")])
    #expect {
      try model.generate([Prompt(id: 0, seed: 0, tokens: tokens, maxTokens: 4)], standIn.work)
    } throws: {
      "\($0)".contains("has no chat template") && "\($0)".contains("give folder")
    }
    let vLLM = try StandIn()
    _ = try vLLM.model()
    #expect(vLLM.lines.last?.hasSuffix("no chat template, so the contents of messages are joined") == true)
  }

  @Test func promptsThatCannotBeAnsweredAreRefusedBeforeAnythingIsSent() throws {
    let standIn = try StandIn(["context": 20])
    let model = try standIn.model()
    let before = try standIn.counts()["/v1/completions"]
    let good = Prompt(id: 0, seed: 0, tokens: Array(repeating: 40, count: 5), maxTokens: 100)
    var long = good
    long.tokens = Array(repeating: 40, count: 20)
    var wild = good
    wild.tokens = [9999]
    var cold = good
    cold.temperature = -1
    var empty = good
    empty.tokens = []
    let cases = [(long, "context of 20"), (wild, "9999"), (cold, "temperature -1"), (empty, "no tokens")]
    for (prompt, part) in cases {
      #expect(throws: Failure.self) {
        do { _ = try model.generate([good, prompt], standIn.work) } catch {
          #expect("\(error)".contains("prompt 1 ") && "\(error)".contains(part), "\(error)")
          throw error
        }
      }
    }
    #expect(try standIn.counts()["/v1/completions"] == before)
    let sample = try model.generate([good], standIn.work)[0]
    #expect(sample.tokens.count <= 15)
  }
}
