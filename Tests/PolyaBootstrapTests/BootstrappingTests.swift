import PolyaBootstrap
import PolyaCore
import PolyaRecords
import Testing

/// A model that says its prompt's length and the sample's number: enough to see what was asked.
private final class ScriptedModel: LanguageModel {
  private(set) var requests: [GenerationRequest] = []
  let info = ModelInfo(
    name: "scripted", family: "test", device: "cpu", dtype: "", sharesForward: true, trains: false,
    chats: false,
    parameters: 0, vocabularySize: 256, contextLength: nil, bos: nil, eos: 0, pad: nil)

  func encode(_ texts: [String]) -> [[Int32]] { texts.map { $0.utf8.map { Int32($0) } } }
  func decode(_ tokens: [[Int32]]) -> [[UInt8]] { tokens.map { $0.map { UInt8($0) } } }
  func promptTokens(for chats: [[Message]]) -> [[Int32]] {
    encode(chats.map { $0.map(\.content).joined(separator: "|") })
  }

  func generate(_ requests: [GenerationRequest]) -> [[Completion]] {
    self.requests += requests
    return requests.map { request in
      (0..<request.samples).map { sample in
        let text = Array(" \(request.tokens.count).\(sample) #### 4".utf8)
        return Completion(
          finish: .stop, text: text, tokens: text.map { Int32($0) } + [0],
          logprobs: Array(repeating: -0.5, count: text.count + 1))
      }
    }
  }

  func score(_ sequences: [TokenSequence]) -> [ScoredSequence] { [] }
  func forward(_ sequences: [TokenSequence]) throws -> ForwardPass {
    throw PolyaError(.plugin, "does not learn")
  }
  func backward(_ pass: ForwardPass, gradients: [[Float]]) {}
  func drop(_ pass: ForwardPass) throws {}
  func step(_ step: OptimizerStep) throws -> StepReport { throw PolyaError(.plugin, "does not learn") }
  func save(to folder: String) {}
  func load(from folder: String) {}
}

/// "once" answers after one reply, "twice" after two, "never" gives up, "broken" fails.
private final class ScriptedStrategy: Strategy {
  let id = "test.scripted"
  let heuristics = ["once", "twice", "never", "broken"].map {
    Heuristic(id: $0, family: "", title: $0, idea: "")
  }

  func next(_ turns: [StrategyTurn], seed: UInt64) -> [Result<StrategyMove, PolyaError>] {
    turns.map { turn in
      switch (turn.heuristic, turn.turn) {
      case ("broken", _): return .failure(PolyaError(.plugin, "cannot"))
      case ("never", _): return .success(.giveUp)
      case ("once", 1), ("twice", 2): return .success(.answer(turn.transcript.last?.content ?? ""))
      default:
        let message = Message(role: "user", content: "\(turn.task.question)/\(turn.heuristic)/\(turn.turn)")
        return .success(
          .ask(
            StrategyMove.Ask(
              messages: [message], phase: "", stop: [], maxTokens: nil, temperature: nil,
              state: [UInt8(turn.turn)])))
      }
    }
  }
}

/// Right when the answer ends with the reference; abstains on questions that say so.
private final class SuffixReward: Reward {
  let id = "test.suffix"
  let range = 0.0...1.0

  func score(_ answers: [Answer], seed: UInt64) -> [Verdict] {
    answers.map { answer in
      if answer.task.question == "abstain" { return .abstained(notes: ["no idea"]) }
      let text = String(decoding: answer.completion, as: UTF8.self)
      return .scored(text.hasSuffix(answer.task.reference) ? 1 : 0, extracted: "4", notes: [])
    }
  }
}

struct BootstrappingTests {
  private let model = ScriptedModel()

  private func candidates(_ questions: [String], samples: Int = 3) throws -> [CandidateRecord] {
    let tasks = questions.map { Task(key: $0, question: $0, reference: "4", referenceKind: "math") }
    return try Bootstrapping(
      model: model, origin: "m", strategies: [ScriptedStrategy()], samples: samples,
      sampling: Sampling(maxTokens: 9),
      verifier: SuffixReward(), adherence: nil, exemplars: [:], random: Randomness(seed: 1)
    ).candidates(for: tasks) { "k:\($0)" }
  }

  @Test func everyHeuristicAndSampleLeavesACandidate() throws {
    let all = try candidates(["a", "b"])
    #expect(all.count == 2 * 4 * 3)
    #expect(all.map(\.id) == (0..<24).map { "k:\($0)" })
    #expect(
      all.filter { $0.heuristic == "once" }.allSatisfy {
        $0.outcome == .verified && $0.answer.hasSuffix("#### 4")
      })
  }

  @Test func failureIsNotWrong() throws {
    let all = try candidates(["a"])
    #expect(all.filter { $0.heuristic == "broken" }.allSatisfy { $0.outcome == .failed && $0.score == nil })
    #expect(all.filter { $0.heuristic == "broken" }.first?.notes == ["cannot"])
    #expect(all.filter { $0.heuristic == "never" }.first?.notes == ["the strategy gave up"])
    let abstained = try candidates(["abstain"]).filter { $0.heuristic == "once" }
    #expect(abstained.allSatisfy { $0.outcome == .abstained && $0.score == nil })
  }

  @Test func samplesOfOnePromptShareOneRequest() throws {
    _ = try candidates(["a"])
    #expect(model.requests.filter { $0.samples == 3 }.count == 2, "once and twice, first turn")
    #expect(model.requests.filter { $0.samples == 1 }.count == 3, "twice, second turn: transcripts differ")
  }

  @Test func seedsDoNotDependOnTheBatch() throws {
    let alone = try candidates(["b"]).map(\.seed)
    let together = try candidates(["a", "b"]).filter { $0.task.key == "b" }.map(\.seed)
    #expect(alone == together)
    #expect(Set(alone).count > 1)
  }
}
