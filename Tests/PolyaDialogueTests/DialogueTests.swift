import PolyaCore
import PolyaDialogue
import Testing

struct DialogueTests {
  private let model = EchoModel()
  private let task = Task(key: "t", question: "q", reference: "r", referenceKind: "")

  private func run(_ strategy: any Strategy, count: Int = 1, sampling: Sampling = Sampling(maxTokens: 9))
    throws
    -> [Dialogue]
  {
    var dialogues = (0..<count).map {
      Dialogue(task, Approach(strategy, "plan"), id: UInt64($0), random: Randomness(seed: 5))
    }
    try DialogueRunner(model, sampling: sampling, seed: 3).run(&dialogues)
    return dialogues
  }

  private func text(_ bytes: [UInt8]?) -> String? { bytes.map { String(decoding: $0, as: UTF8.self) } }

  @Test func theBareQuestionIsAskedOnce() throws {
    let template = try PromptTemplate(prompt: "Q: {question}", target: "{solution}")
    let dialogues = try run(BareQuestion(template), count: 3)
    #expect(dialogues.map { text($0.answer) } == ["<4.0>", "<4.1>", "<4.2>"])
    #expect(model.requests.map { $0.map(\.samples) } == [[3]], "one request of three samples")
    #expect(model.requests[0][0].seed == Randomness(seed: 5).key)
    let answer = try #require(dialogues[1].judged(id: 7, group: 8))
    #expect(answer.tokens == dialogues[1].turns[0].completion.tokens && answer.logprobs.count == 5)
    #expect(answer.transcript == [Message(role: "user", content: "Q: q")])
    #expect(dialogues[1].insertedTokens == 0 && dialogues[1].turns[0].text == "Q: q")
  }

  /// Two turns: the second prompt repeats the first one and the reply, and adds "|", "|", "do it".
  @Test func severalTurnsAreOneDialogue() throws {
    let strategy = ScriptedStrategy(["plan"]) { turn in
      switch turn.turn {
      case 0: return .say("plan", state: "planned")
      case 1:
        #expect(turn.state == Array("planned".utf8) && turn.transcript.map(\.role) == ["user", "assistant"])
        return .say("do it")
      default: return .answer(turn.transcript.last?.content ?? "")
      }
    }
    let dialogues = try run(strategy, count: 2)
    #expect(dialogues.map { $0.turns.count } == [2, 2])
    #expect(dialogues[0].turns[1].text == "plan|<4.0>|do it")
    #expect(text(dialogues[1].answer) == "<16.0>", "by then each has a prompt of its own")
    #expect(dialogues[0].insertedTokens == 7)
    #expect(model.requests.map(\.count) == [1, 2])
    #expect(Set(model.requests[1].map(\.seed)).count == 2)
    let answer = try #require(dialogues[0].judged(id: 0, group: 0))
    #expect(answer.transcript.map(\.role) == ["user", "assistant", "user"])
  }

  @Test func anAnswerThatIsNotTheReplyHasNoTokens() throws {
    let strategy = ScriptedStrategy(["plan"]) { $0.turn == 0 ? .say("x") : .answer("other") }
    let dialogue = try run(strategy)[0]
    #expect(!dialogue.answerIsReply && text(dialogue.answer) == "other")
    let answer = try #require(dialogue.judged(id: 0, group: 0))
    #expect(answer.tokens.isEmpty && answer.transcript.count == 2)
  }

  @Test func whatIsToBeCheckedIsTheAnswerAndTheReferenceStaysHidden() throws {
    let strategy = ScriptedStrategy(["plan"]) { turn in
      #expect(turn.reference == nil)
      return turn.turn == 0 ? .say("x") : .check(.init(answer: "<1.0>", state: []))
    }
    #expect(text(try run(strategy)[0].answer) == "<1.0>")
  }

  @Test func aStrategyThatGivesUpOrNeverEndsHasFailed() throws {
    #expect(try run(ScriptedStrategy(["plan"]) { _ in .giveUp })[0].failure == "the strategy gave up")
    let endless = try run(ScriptedStrategy(["plan"]) { _ in .say("again") })[0]
    #expect(endless.failure == "no answer after 64 turns" && endless.answer == nil)
    #expect(endless.judged(id: 0, group: 0) == nil)
  }

  @Test func aPromptThatDoesNotFitFails() throws {
    model.info.contextLength = 2
    let dialogue = try run(ScriptedStrategy(["plan"]) { _ in .say("too long") })[0]
    #expect(dialogue.failure == "the prompt has 8 tokens, but the model's context has only 2")
    #expect(dialogue.isTooLong && model.requests.isEmpty)
  }

  @Test func aMoveMayOverrideSampling() throws {
    let strategy = ScriptedStrategy(["plan"]) { turn in
      guard turn.turn == 0 else { return .answer("") }
      return .ask(
        .init(
          messages: [Message(role: "user", content: "x")], phase: "", stop: ["b"], maxTokens: 2,
          temperature: 0.5,
          state: []))
    }
    let dialogue = try run(strategy, sampling: Sampling(maxTokens: 9, stop: ["a"]))[0]
    let sampling = model.requests[0][0].sampling
    #expect(sampling.maxTokens == 2 && sampling.temperature == 0.5 && sampling.stop == ["a", "b"])
    #expect(dialogue.turns[0].temperature == 0.5)
    // What is to be the most likely answer stays that.
    let greedy = try run(strategy, sampling: Sampling(maxTokens: 9, temperature: 0))[0]
    #expect(greedy.turns[0].temperature == 0)
  }
}
