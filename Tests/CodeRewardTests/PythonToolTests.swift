import PolyaKit
import Testing

@testable import CodeReward

extension SandboxTests {
  /// The strategy that runs what the model writes.
  struct PythonToolTests {
    private func strategy(runs: Int64 = 3, shown: Int64 = 2000, role: String = "user") throws
      -> PythonToolStrategy
    {
      try PythonToolStrategy(
        options: OptionValues([
          "instruction": .text("Use Python."), "max-runs": .integer(runs), "output-bytes": .integer(shown),
          "role": .text(role), "timeout": .real(2), "memory-mb": .integer(1024), "processes": .integer(16),
          "python": .text("python3"), "sandbox": .text("bubblewrap"),
        ]), shouldStop: { false })
    }

    /// Plays a dialog as a host does: what the model is asked, and the answer.
    private func play(_ strategy: PythonToolStrategy, _ replies: [String]) throws -> (
      asks: [Message], answer: String
    ) {
      var item = StrategyItem(id: 1, question: "How many?", heuristic: "python")
      var asks: [Message] = []
      while true {
        switch try strategy.next(item, shouldStop: { false }) {
        case .ask(let ask):
          item.transcript += ask.messages + [Message("assistant", replies[asks.count])]
          item.turn += 1
          asks += ask.messages
        case .answer(let answer): return (asks, answer)
        default: throw Failure(.internal, "another move")
        }
      }
    }

    private func code(_ text: String) -> String { "I calculate.\n```python\n\(text)\n```\n" }

    /// What one program's output looks like to the model.
    private func shown(_ program: String, _ strategy: PythonToolStrategy) throws -> String {
      try play(strategy, [code(program), "done"]).asks.last?.content ?? ""
    }

    @Test func theOutputComesBackAsTheNextMessage() throws {
      let (asks, answer) = try play(
        strategy(), [code("n = 6 * 7\nprint(n)"), "So it is 42.\n#### 42\n"])
      #expect(
        asks == [
          Message("user", "Question: How many?\nUse Python.\n"), Message("user", "Output:\n```\n42\n```\n"),
        ])
      #expect(answer == "So it is 42.\n#### 42")
    }

    @Test func severalProgramsRunAndEachBeginsAnew() throws {
      let (asks, answer) = try play(
        strategy(), [code("n = 1\nprint(n)"), code("print('n' in globals())"), "#### 1"])
      #expect(asks.map(\.content).dropFirst() == ["Output:\n```\n1\n```\n", "Output:\n```\nFalse\n```\n"])
      #expect(answer == "#### 1")
    }

    @Test func anExceptionIsShown() throws {
      let text = try shown("print('before')\n1 / 0", strategy())
      #expect(text.hasPrefix("Output:\n```\nbefore\nTraceback"), "\(text)")
      #expect(text.contains("ZeroDivisionError: division by zero"), "\(text)")
      #expect(try shown("import sys\nsys.exit(3)", strategy()).contains("(the program ends with status 3)"))
      #expect(try shown("x = (", strategy()).contains("SyntaxError"))
    }

    @Test func whatHasNoOutputOrTooMuchOrDoesNotEndIsSaid() throws {
      #expect(try shown("x = 1", strategy()) == "Output:\n```\n(no output)\n```\n")
      #expect(
        try shown("print('a' * 100)", strategy(shown: 16))
          == "Output:\n```\n\(String(repeating: "a", count: 16))\n(84 more bytes)\n```\n")
      #expect(
        try shown("while True: print('a' * 9999)", strategy()).contains("(the program writes more than"))
      #expect(try shown("while True: pass", strategy()).contains("(the run does not end within"))
    }

    @Test func theSandboxIsThatOfTheReward() throws {
      let text = try shown(
        "import os, socket\nprint(os.path.exists('/root') and os.listdir('/root'))\nsocket.create_connection(('127.0.0.1', 1))",
        strategy())
      #expect(text.contains("Traceback") && !text.contains(".bash"), "\(text)")
    }

    @Test(arguments: [
      "#### 42", "```\n42\n```", "```python\nprint(1)\n```\nThat prints 1.\n#### 1", "",
    ])
    func repliesThatEndWithoutAProgramAreAnswers(reply: String) throws {
      let (asks, answer) = try play(strategy(), [reply])
      #expect(asks.count == 1 && answer == reply)
    }

    @Test func afterTheLastRunTheReplyIsTheAnswer() throws {
      let (asks, answer) = try play(strategy(runs: 1, role: "tool"), [code("print(1)"), code("print(2)")])
      #expect(asks.map(\.role) == ["user", "tool"] && answer.contains("print(2)"))
    }
  }
}
