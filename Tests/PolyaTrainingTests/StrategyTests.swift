import PolyaCore
import PolyaDialogue
import Testing

@testable import PolyaTraining

/// Reinforcement with strategies that ask.
struct StrategyTests {
  /// Asks with the heuristic's letter before the question, then again after the reply; the last reply is the answer.
  private final class TwoTurns: Strategy {
    let id = "test.two-turns"
    let heuristics = ["b", "c"].map { Heuristic(id: $0, family: "", title: $0, idea: "") }

    func next(_ turns: [StrategyTurn], seed: UInt64) -> [Result<StrategyMove, PolyaError>] {
      turns.map { turn in
        guard turn.turn < 2 else { return .success(.answer(turn.transcript.last?.content ?? "")) }
        let text = turn.turn == 0 ? turn.heuristic + turn.task.question : "a"
        return .success(
          .ask(
            .init(
              messages: [Message(role: "user", content: text)], phase: "", stop: [], maxTokens: nil,
              temperature: nil, state: [])))
      }
    }
  }

  private func training(quotas: [String: Int] = [:]) throws -> TinyReinforcement {
    var training = TinyReinforcement()
    training.settings.steps = 3
    training.approaches = try Approaches([TwoTurns()], quotas: quotas)
    return training
  }

  private func model() -> BigramModel { BigramModel(vocabulary: 4, seed: 3) }

  /// Every sampled token is trained on once, after the tokens that it was sampled after, and no other token is.
  @Test func eachReplyIsTrainedOnAfterItsOwnPrompt() throws {
    let observer = RecordingObserver()
    let model = model()
    let outcome = try training().run(model, observer: observer)
    for rollout in outcome.rollouts.joined() {
      #expect(rollout.dialogue.turns.count == 2 && rollout.parts.count == 2)
      for (turn, part) in zip(rollout.dialogue.turns, rollout.parts) {
        #expect(
          part.sequence.tokens == turn.prompt + turn.completion.tokens
            && part.sequence.from == turn.prompt.count)
        #expect(part.logprobs == turn.completion.logprobs)
      }
      #expect(rollout.tokenCount == rollout.sampledTokens)
      // The letter a between the replies; the token that ended the first one is not in the second prompt.
      #expect(rollout.dialogue.insertedTokens <= 1)
    }
    // The check of sampling against training holds for all of these tokens.
    #expect(try #require(observer[.mismatch, 0]) < 1e-6)
    #expect(observer[.insertedTokens, 0] != nil)
  }

  /// Asks by one heuristic more than the context holds.
  private final class Wordy: Strategy {
    let id = "test.wordy"
    let heuristics = ["b", "c"].map { Heuristic(id: $0, family: "", title: $0, idea: "") }

    func next(_ turns: [StrategyTurn], seed: UInt64) -> [Result<StrategyMove, PolyaError>] {
      turns.map { turn in
        guard turn.turn < 1 else { return .success(.answer(turn.transcript.last?.content ?? "")) }
        let text = String(repeating: "a", count: turn.heuristic == "b" ? 40 : 1) + turn.task.question
        return .success(
          .ask(
            .init(
              messages: [Message(role: "user", content: text)], phase: "", stop: [], maxTokens: nil,
              temperature: nil, state: [])))
      }
    }
  }

  /// Half of what was asked for is not there: it counts as rollouts without a verdict, and a warning says why.
  @Test func dialoguesWithoutAReplyAreCounted() throws {
    var training = try training()
    training.approaches = try Approaches([Wordy()])
    let observer = RecordingObserver()
    let model = BigramModel(vocabulary: 4, seed: 3, context: 20)
    let outcome = try training.run(model, observer: observer)
    let asked = 3 * training.settings.promptsPerStep * training.settings.groupSize
    #expect(outcome.summary?.rollouts == asked && outcome.summary?.unscored == asked / 2)
    #expect(observer.warnings.count == 3)
    #expect(
      observer.warnings[0].hasPrefix("16 dialogues of step 0 have no reply; the first one: the prompt has"))
    training.maxUnscored = 0.4
    let error = #expect(throws: PolyaError.self) {
      try training.run(BigramModel(vocabulary: 4, seed: 3, context: 20))
    }
    #expect(error?.message.contains("the prompt has") == true, "\(error?.message ?? "")")
  }

  @Test func groupsAreDividedByQuota() throws {
    let outcome = try training(quotas: ["b": 3]).run(model())
    for group in Dictionary(grouping: outcome.rollouts[0], by: \.group).values {
      #expect(group.map(\.heuristic) == ["b", "b", "b", "c"])
      #expect(group.map(\.heuristics) == [["b"], ["b"], ["b"], ["c"]], "the label is what was asked for")
      #expect(Set(group.map { $0.dialogue.turns[0].text }).count == 2)
    }
  }

  @Test func sharesOfHeuristicsAreMetrics() throws {
    let observer = RecordingObserver()
    var training = try training(quotas: ["b": 3])
    training.reward = RuleReward(each: { _ in 9 })
    _ = try training.run(model(), observer: observer)
    #expect(observer[.heuristic("b"), 0] == 0.75 && observer[.heuristic("c"), 0] == 0.25)
    #expect(observer[.composed, 0] == 0)
  }

  /// The answer after the bare question, compared with the policy's own log-probs there.
  @Test func answersAreTrainedOnAfterTheBareQuestion() throws {
    var training = try training()
    training.settings.trainsOnQuestion = true
    training.settings.updatesPerRollout = 2
    let (model, observer) = (model(), RecordingObserver())
    let outcome = try training.run(model, observer: observer)
    for rollout in outcome.rollouts.joined() {
      let reply = rollout.dialogue.turns[1].completion.tokens
      let question = model.encode([rollout.task.question])[0]
      #expect(rollout.parts.map(\.sequence.tokens) == (reply.isEmpty ? [] : [question + reply]))
    }
    // Ratios begin at 1: nothing is clipped, although the prompts differ.
    #expect(observer[.clipFraction, 0] == 0 && observer[.loss, 0] != nil)
    #expect(Set(outcome.states.map(\.logits)).count == 3)
  }

  @Test func passesDoNotMatter() throws {
    var training = try training()
    training.settings.objective.ratio = .sequence
    training.settings.updatesPerRollout = 2
    let whole = try training.run(model())
    training.settings.tokensPerMicrobatch = 1
    #expect(try training.run(model()) == whole)
  }

  @Test func aDialogueWithoutAnAnswerHasNoVerdict() throws {
    final class Silent: Strategy {
      let id = "test.silent"
      let heuristics = [Heuristic(id: "s", family: "", title: "", idea: "")]
      func next(_ turns: [StrategyTurn], seed: UInt64) -> [Result<StrategyMove, PolyaError>] {
        turns.map { turn in
          turn.turn > 0
            ? .success(.giveUp)
            : .success(
              .ask(
                .init(
                  messages: [Message(role: "user", content: "a")], phase: "", stop: [], maxTokens: nil,
                  temperature: nil, state: [])))
        }
      }
    }
    var training = TinyReinforcement()
    training.settings.steps = 1
    training.approaches = try Approaches([Silent()])
    let outcome = try training.run(model())
    #expect(outcome.summary?.unscored == 32)
    #expect(outcome.rollouts[0].allSatisfy { $0.verdicts.map(\.outcome) == [.failed] })
  }
}

extension Verdict {
  fileprivate var outcome: Outcome { outcome(in: 0...10) }
}
