import PolyaKit
import PolyaTestSupport
import Testing

@testable import Heuristics

struct HeuristicsStrategyTests {
  private func strategy(
    only: [String]? = nil, shots: Int64 = 2, instruct: Bool = true, maxTokens: Int64 = 0,
    domain: String = "mathematics", catalog: String? = nil
  ) throws -> HeuristicsStrategy {
    try HeuristicsStrategy(
      options: OptionValues([
        "only": only.map { .list($0.map(OptionValues.Value.text)) } ?? .absent, "domain": .text(domain),
        "catalog": catalog.map(OptionValues.Value.text) ?? .absent, "shots": .integer(shots),
        "instruct": .bool(instruct), "max-tokens": .integer(maxTokens),
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
    let instruction = try #require(Catalog.builtIn().entry("analogy")).instruction
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

  @Test func theDomainChoosesHeuristicsAndExemplars() throws {
    let all = try strategy()
    let code = try strategy(domain: "code")
    #expect(all.heuristics.count > code.heuristics.count && code.heuristics.count > 20)
    #expect(!code.heuristics.contains { $0.id == "unitary-method" })
    let prompt = try ask(code, item("halving")).messages[0].content
    #expect(prompt.contains("Write a Python function `place(ordered, x)`") && prompt.contains("```python\n"))
    #expect(!prompt.contains("assert place"), "checks are not for prompts")
    let story = try ask(strategy(domain: "narrative"), item("cases")).messages[0].content
    #expect(story.contains("A ring lies in box A or in box B."))
  }

  @Test(arguments: [
    (["analgy"], "mathematics", "only: there is no heuristic \"analgy\"; did you mean 'analogy'?"),
    (
      ["zzzzzzzzz"], "mathematics",
      "only: there is no heuristic \"zzzzzzzzz\"; known here: restate, draw-a-figure"
    ),
    (
      ["cases", "balancing"], "code",
      "only: \"balancing\" has no exemplars for code; the heuristics that do are restate, "
    ),
    (["cases", "cases"], "code", "only: \"cases\" is named twice; remove one"),
  ])
  func anUnsuitableChoiceIsExplained(only: [String], domain: String, message: String) throws {
    let failure = try #require(throws: Failure.self) { try strategy(only: only, domain: domain) }
    #expect(failure.code == .badOption && failure.message.hasPrefix(message), "\(failure.message)")
  }

  @Test func aCatalogOfTheUserIsOffered() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(
      "mine.md",
      """
      ## sleep-on-it — Sleep on it
      - family: mine
      - idea: Leave it, and come back.
      - instruction: Sleep on it.
      - cues: after a night
      ### narrative
      **Q:** Who?
      **A:** After a night it was clear.
      #### Ada

      """)
    let own = try strategy(only: ["sleep-on-it", "cases"], domain: "narrative", catalog: path)
    #expect(own.heuristics.map(\.title) == ["Sleep on it", "Distinguishing cases"])
    #expect(
      try ask(own, item("sleep-on-it")).messages[0].content == """
        Sleep on it.

        Question: Who?
        Approach: sleep on it
        Answer: After a night it was clear.
        #### Ada

        Question: How many?
        Approach: sleep on it
        Answer:
        """)
    #expect(own.segments(of: "After a night I knew.").map(\.label) == ["sleep-on-it"])
    let failure = try #require(throws: Failure.self) { try strategy(catalog: path + ".txt") }
    #expect(failure.message.contains("mine.md.txt"))
  }
}
