import Foundation
import PolyaTestSupport
import Testing

/// The commands that ask a model, through the real binary: rows in, rows out.
struct ModelVerbTests {
  private let model = ["--use", "polya.transformer", "--option", "shape=tiny", "--option", "seed=1"]

  private func rows(_ words: [String], _ input: [String]) throws -> [[String: Any]] {
    let result = try Command.polya(["model"] + words, input: input.map { $0 + "\n" }.joined())
    #expect(result.status == 0, "\(result.errors)")
    return try result.output.split(separator: "\n").map {
      try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
    }
  }

  /// One such row used to refuse the whole file.
  @Test func aRowWithoutAnythingToScoreIsARowOfItsOwn() throws {
    let scored = try rows(
      ["score"] + model, [#"{"text":"ab"}"#, #"{"text":"a"}"#, #"{"text":""}"#, #"{"text":"abc"}"#])
    let lengths = scored.map { ($0["logprobs"] as? [Any])?.count }
    #expect(lengths == [2, 1, 0, 3])
    #expect((scored[3]["logprobs"] as? [Any])?.first is NSNull)
    #expect((scored[3]["logprobs"] as? [Any])?.dropFirst().allSatisfy { $0 is Double } == true)
  }

  @Test func aConversationIsRenderedByTheChatTemplate() throws {
    let words = ["generate", "--max-tokens", "4", "--option", "chat-template=chatml"] + model
    let chat = #"{"messages":[{"role":"user","content":"2+2?"}]}"#
    let text = #"{"text":"<|im_start|>user\n2+2?<|im_end|>\n<|im_start|>assistant\n"}"#
    let (rendered, written) = (try rows(words, [chat]), try rows(words, [text]))
    #expect(rendered.map { $0["ids"] as? [Int] } == written.map { $0["ids"] as? [Int] })
    #expect(
      try rows(words, [#"{"text":"2+2?"}"#]).map { $0["ids"] as? [Int] }
        != written.map { $0["ids"] as? [Int] })
    let wrong = try Command.polya(["model"] + words, input: #"{"messages":[{"role":"user"}]}"# + "\n")
    #expect(wrong.status != 0 && wrong.errors.contains("the key 'content' is missing"), "\(wrong.errors)")
  }
}
