import PolyaKit
import Testing

@testable import STaR

struct STaRStrategyTests {
  private let strategy = Self.strategy(rationalizes: true)

  private static func strategy(rationalizes: Bool) -> STaRStrategy {
    STaRStrategy(
      options: OptionValues([
        "shots": .integer(2), "rationalize": .bool(rationalizes), "max-tokens": .integer(0),
      ]))
  }

  private func item(_ turn: Int, reply: String? = nil, reference: String? = nil) -> StrategyItem {
    StrategyItem(
      id: 1, question: "How many?", heuristic: "star",
      transcript: reply.map { [Message("user", "q"), Message("assistant", $0)] } ?? [], turn: turn,
      reference: reference ?? "")
  }

  @Test func theFirstReplyIsChecked() throws {
    guard case .ask(let ask) = try strategy.next(item(0)) else { Issue.record("no question"); return }
    #expect(ask.messages[0].content.hasSuffix("\n\nQuestion: How many?\nAnswer:"))
    #expect(!ask.messages[0].content.contains("Hint"))
    guard case .check(let trial) = try strategy.next(item(1, reply: " 3 + 4 = 7\n#### 7\n")) else {
      Issue.record("not checked")
      return
    }
    #expect(trial.answer == " 3 + 4 = 7\n#### 7")
  }

  @Test func aWrongReplyIsRationalizedWithTheHintInThePromptAlone() throws {
    guard case .ask(let ask) = try strategy.next(item(2, reply: "#### 7", reference: "8")) else {
      Issue.record("no question")
      return
    }
    #expect(ask.messages[0].content.hasSuffix("Question: How many?\nHint: the answer is 8.\nAnswer:"))
    #expect(ask.messages[0].content.contains("Hint: the answer is 31.\nAnswer: There are"))
    guard case .answer(let answer) = try strategy.next(item(3, reply: "4 + 4 = 8\n#### 8")) else {
      Issue.record("no answer")
      return
    }
    #expect(answer == "4 + 4 = 8\n#### 8")
  }

  @Test func whatSpeaksOfTheHintIsGivenUp() throws {
    guard case .giveUp = try strategy.next(item(3, reply: "By the Hint it is 8.\n#### 8")) else {
      Issue.record("the hint reaches the training text")
      return
    }
  }

  @Test func withoutRationalizationTheFirstReplyIsTheAnswer() throws {
    let plain = Self.strategy(rationalizes: false)
    guard case .answer("x") = try plain.next(item(1, reply: "x")) else {
      Issue.record("another move")
      return
    }
  }
}
