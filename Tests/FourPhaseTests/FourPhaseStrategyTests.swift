import PolyaKit
import Testing

@testable import FourPhase

struct FourPhaseStrategyTests {
  private static let all = ["understand", "plan", "carry-out", "look-back"]

  private func strategy(
    _ phases: [String] = all, target: String = "solution", shots: Int64 = 0, instruct: Bool = false,
    planTokens: Int64 = 0
  ) throws -> FourPhaseStrategy {
    try FourPhaseStrategy(
      options: OptionValues([
        "phases": .list(phases.map(OptionValues.Value.text)), "target": .text(target),
        "shots": .integer(shots), "instruct": .bool(instruct), "ending": .text("End with #### answer."),
        "understand-tokens": .integer(0), "plan-tokens": .integer(planTokens),
        "carry-out-tokens": .integer(0), "look-back-tokens": .integer(0),
      ]))
  }

  /// Plays a dialog as a host does; the asks in order, and the answer.
  private func play(_ strategy: FourPhaseStrategy, _ replies: [String]) throws -> (
    asks: [Move.Ask], answer: String, page: String
  ) {
    var item = StrategyItem(id: 1, question: "How many?", heuristic: "four-phase")
    var asks: [Move.Ask] = []
    while true {
      switch try strategy.next(item) {
      case .ask(let ask):
        item.transcript += ask.messages + [Message("assistant", replies[asks.count])]
        item.state = ask.state
        item.turn += 1
        asks.append(ask)
      case .answer(let answer): return (asks, answer, item.transcript.map(\.content).joined())
      default: throw Failure(.internal, "another move")
      }
    }
  }

  @Test func aBaseModelSeesOnePage() throws {
    let dialog = try play(strategy(), [" u", " p", " 3 + 4 = 7\n#### 7", " right"])
    #expect(
      dialog.page == """
        Question: How many?
        Understanding: u
        Plan: p
        Solution: 3 + 4 = 7
        #### 7
        Looking back: right
        """)
    #expect(dialog.asks.map(\.phase) == Self.all)
    #expect(dialog.answer == "3 + 4 = 7\n#### 7")
    for heading in ["Understanding:", "Plan:", "Solution:", "Looking back:", "Question:"] {
      #expect(dialog.asks.allSatisfy { $0.stop.contains("\n" + heading) })
    }
  }

  @Test func requestsStandBeforeTheHeadings() throws {
    let asks = try play(strategy(instruct: true), ["", "", "", ""]).asks.map { $0.messages[0].content }
    #expect(asks[0].hasPrefix("Question: How many?\n\nUnderstand the problem: what is unknown"))
    #expect(asks[1].hasPrefix("\n\nDevise a plan: ") && asks[1].hasSuffix("\nPlan:"))
    #expect(asks[2].hasSuffix("End with #### answer.\nSolution:"))
    #expect(asks[3].contains("\"Revised solution:\"") && asks[3].hasSuffix("\nLooking back:"))
  }

  @Test(arguments: [
    ("All is well.", "a\n#### 7"),
    ("Again 4 + 3.\n#### 7", "a\n#### 7"),
    ("No: 4 + 4 = 8\n#### 8", "No: 4 + 4 = 8\n#### 8"),
    ("It is wrong.\nRevised solution:\n4 + 4 = 8\n#### 8\n", "4 + 4 = 8\n#### 8"),
    ("Revised solution: b\n#### 8\nno\nRevised solution: c\n#### 9", "c\n#### 9"),
    ("A Revised solution: is not needed.", "a\n#### 7"), ("Revised solution:\n", "a\n#### 7"),
    ("", "a\n#### 7"),
  ])
  func theLastSolutionWins(lookBack: String, answer: String) throws {
    #expect(try play(strategy(), ["u", "p", "a\n#### 7\n", lookBack]).answer == answer)
  }

  @Test func allPhasesCanBeTheTarget() throws {
    let dialog = try play(
      strategy(target: "all-phases"), [" u\n", "Plan: p", "a\n#### 7", "Revised solution: b\n#### 8"])
    #expect(
      dialog.answer == """
        Understanding: u

        Plan: p

        Solution: a
        #### 7

        Looking back: Revised solution: b
        #### 8
        """)
  }

  @Test(arguments: [["carry-out"], ["plan", "carry-out"], ["understand", "carry-out", "look-back"]])
  func phasesCanBeLeftOut(phases: [String]) throws {
    let dialog = try play(strategy(phases, planTokens: 5), phases.map { "reply to \($0)" })
    #expect(dialog.asks.map(\.phase) == phases)
    #expect(dialog.answer == "reply to carry-out")
    #expect(dialog.asks.map(\.maxTokens) == phases.map { $0 == "plan" ? 5 : nil })
  }

  @Test(arguments: [[], ["plan"], ["carry-out", "plan"], ["carry-out", "carry-out"]])
  func phasesMustBeInOrderAndCarryOut(phases: [String]) {
    #expect(throws: Failure.self) { try strategy(phases) }
  }

  @Test func goesOnFromTheStateAndRefusesAnother() throws {
    var item = StrategyItem(
      id: 1, question: "q", heuristic: "four-phase",
      transcript: [Message("user", "q"), Message("assistant", "u")], state: Array("understand".utf8), turn: 1)
    guard case .ask(let ask) = try strategy().next(item) else { Issue.record("no question"); return }
    #expect(ask.phase == "plan")
    for state in ["plan", "nothing", "\u{FF}"] {
      item.state = Array(state.utf8)
      #expect(throws: Failure.self) { try strategy().next(item) }
    }
  }

  /// The examples speak the language of the dialog: played as replies they give the same page.
  @Test(arguments: [true, false])
  func theExamplesAreDialogs(isInstructed: Bool) throws {
    for example in Example.all {
      let texts = Phase.allCases.map { " " + example.text(of: $0) }
      let own = try play(strategy(instruct: isInstructed), texts).page
        .replacing("How many?", with: example.question)
      let shown = try play(strategy(shots: 2, instruct: isInstructed), texts).asks[0].messages[0].content
      #expect(shown.contains(own + "\n\nQuestion: "))
    }
    #expect(
      Example.all.map { Revision.standing($0.solution, after: $0.lookBack).suffix(7) } == [
        "#### 45", "#### 84",
      ])
  }
}
