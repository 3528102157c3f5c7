import PolyaKit
import Testing

@testable import Heuristics

struct HeuristicsStrategyTests {
  private func strategy(
    only: [String]? = nil, shots: Int64 = 2, instruct: Bool = true, maxTokens: Int64 = 0
  ) throws -> HeuristicsStrategy {
    try HeuristicsStrategy(
      options: OptionValues([
        "only": only.map { .list($0.map(OptionValues.Value.text)) } ?? .absent, "shots": .integer(shots),
        "instruct": .bool(instruct), "max-tokens": .integer(maxTokens), "domain": .text("mathematics"),
        "catalogue": .absent,
      ]))
  }

  private func ask(_ strategy: HeuristicsStrategy, _ item: StrategyItem) throws -> Move.Ask {
    guard case .ask(let ask) = try strategy.next(item) else {
      throw Failure(.internal, "not an ask")
    }
    return ask
  }

  private func item(_ heuristic: String, exemplars: [Exemplar] = []) -> StrategyItem {
    StrategyItem(id: 7, question: "How many?", heuristic: heuristic, exemplars: exemplars)
  }

  @Test func theBarePromptIsExactlyTheTrainingFrame() throws {
    let strategy = try strategy(shots: 0, instruct: false)
    #expect(
      try ask(strategy, item("decomposing")).messages
        == [Message("user", "Question: How many?\nApproach: decomposing and recombining\nAnswer:")])
    #expect(try ask(strategy, item("plain")).messages == [Message("user", "Question: How many?\nAnswer:")])
  }

  @Test func exemplarsStandBeforeTheQuestionInTheSameFrame() throws {
    let given = Exemplar(question: "Q?", heuristic: "analogy", solution: "1 + 1 = 2\n#### 2")
    let prompt = try ask(strategy(instruct: false), item("analogy", exemplars: [given])).messages[0].content
    #expect(
      prompt == """
        Question: Q?
        Approach: analogy
        Answer: 1 + 1 = 2
        #### 2

        Question: How many?
        Approach: analogy
        Answer:
        """)
  }

  @Test(arguments: 0...4)
  func asksWithAtMostAsManyExemplarsAsWanted(shots: Int) throws {
    let given = (0..<5).map { Exemplar(question: "Q\($0)?", heuristic: "analogy", solution: "#### \($0)") }
    let strategy = try strategy(shots: Int64(shots))
    let fromTasks = try ask(strategy, item("analogy", exemplars: given)).messages[0].content
    #expect(fromTasks.split(separator: "\n").count { $0.hasPrefix("Question:") } == shots + 1)
    let ownCount = min(shots, 2) + 1
    let own = try ask(strategy, item("analogy")).messages[0].content
    #expect(own.split(separator: "\n").count { $0.hasPrefix("Question:") } == ownCount)
  }

  @Test func instructsOnlyWhenAskedAndNeverForTheControl() throws {
    let instruction = try #require(Catalogue.builtIn.entry("analogy")).instruction
    #expect(
      try ask(strategy(), item("analogy")).messages[0].content.hasPrefix(instruction + "\n\nQuestion: "))
    #expect(try ask(strategy(instruct: false), item("analogy")).messages[0].content.hasPrefix("Question: "))
    #expect(try ask(strategy(), item("plain")).messages[0].content.hasPrefix("Question: "))
  }

  @Test func leavesSamplingToThePipelineUnlessTold() throws {
    let silent = try ask(strategy(), item("plain"))
    #expect(silent.maxTokens == nil && silent.temperature == nil && silent.state.isEmpty)
    #expect(silent.stop == ["\n\nQuestion:", "\nQuestion:"])
    #expect(try ask(strategy(maxTokens: 96), item("plain")).maxTokens == 96)
  }

  @Test(arguments: [("5 - 2 = 3\n#### 3\n", "5 - 2 = 3\n#### 3"), (" x \n\n", " x \n"), ("#### 3", "#### 3")])
  func answersWithTheReplyWithoutItsLastNewline(reply: String, answer: String) throws {
    var item = item("plain")
    item.turn = 1
    item.transcript = [Message("user", "Question: …"), Message("assistant", reply)]
    guard case .answer(let solution) = try strategy().next(item) else {
      Issue.record("not an answer")
      return
    }
    #expect(solution == answer)
  }

  @Test func refusesWhatItCannotDo() throws {
    #expect(throws: Failure.self) { try strategy(only: ["plain", "no-such-way"]) }
    #expect(throws: Failure.self) { try strategy(only: ["plain", "plain"]) }
    #expect(throws: Failure.self) { try strategy(only: []) }
    let one = try strategy(only: ["plain"])
    #expect(one.heuristics.map(\.id) == ["plain"])
    #expect(throws: Failure.self) { try one.next(item("analogy")) }
    var late = item("plain")
    late.turn = 1
    #expect(throws: Failure.self) { try one.next(late) }
  }
}
