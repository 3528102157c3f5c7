import Plain
import PolyaKit
import Testing

struct PlainStrategyTests {
  private func strategy(_ prompt: String = "Question: {question}\nAnswer:") throws -> PlainStrategy {
    try PlainStrategy(options: OptionValues(["prompt": .text(prompt)]))
  }

  private func item(_ turn: Int, reply: String? = nil) -> StrategyItem {
    StrategyItem(
      id: 1, question: "How many {question}s?", heuristic: "plain",
      exemplars: [Exemplar(question: "Q?", heuristic: "plain", solution: "#### 1")],
      transcript: reply.map { [Message("user", "q"), Message("assistant", $0)] } ?? [], turn: turn)
  }

  /// The default frame of a run, as SDK/docs/manifest.md has it.
  @Test func asksTheBareQuestionInTheFrameAndLeavesTheRestToTheStage() throws {
    guard case .ask(let ask) = try strategy().next(item(0)) else { Issue.record("no question"); return }
    #expect(ask.messages == [Message("user", "Question: How many {question}s?\nAnswer:")])
    #expect(ask.stop.isEmpty && ask.maxTokens == nil && ask.temperature == nil)
    guard case .ask(let other) = try strategy("Q {question} A").next(item(0)) else {
      Issue.record("no question")
      return
    }
    #expect(other.messages[0].content == "Q How many {question}s? A")
  }

  @Test(arguments: [("5\n", "5"), (" a \n\n", " a \n"), ("", "")])
  func answersWithTheReply(reply: String, answer: String) throws {
    guard case .answer(let text) = try strategy().next(item(1, reply: reply)) else {
      Issue.record("no answer")
      return
    }
    #expect(text == answer)
  }

  @Test(arguments: ["", "Answer:", "{question} {question}"])
  func refusesAFrameWithoutOnePlaceForTheQuestion(prompt: String) {
    #expect(throws: Failure.self) { try strategy(prompt) }
  }

  @Test func aTurnWithoutAReplyFails() throws {
    #expect(throws: Failure.self) { try strategy().next(item(1)) }
  }
}
