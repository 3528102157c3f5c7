import Foundation
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
    parameters: 0, vocabularySize: 256, contextLength: nil, bos: nil, eos: 0)

  func encode(_ texts: [String]) -> [[Int32]] { texts.map { $0.utf8.map { Int32($0) } } }
  func decode(_ tokens: [[Int32]]) -> [[UInt8]] { tokens.map { $0.map { UInt8($0) } } }
  func promptTokens(for chats: [[Message]]) -> [[Int32]] {
    encode(chats.map { $0.map { "<\($0.role)>\($0.content)" }.joined() + "<assistant>" })
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
  func backward(_ pass: ForwardPass, gradients: [SequenceGradient]) {}
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
      if answer.task.question == "abstain" { return .abstained(notes: [Note("no idea")]) }
      let text = String(decoding: answer.completion, as: UTF8.self)
      return .scored(text.hasSuffix(answer.task.reference) ? 1 : 0, extracted: "4", notes: [])
    }
  }
}

/// Checks its first reply, and asks once more with the reference when that was wrong.
private final class CheckingStrategy: Strategy {
  let id = "test.checking"
  let heuristics = [Heuristic(id: "check", family: "", title: "check", idea: "")]

  func next(_ turns: [StrategyTurn], seed: UInt64) -> [Result<StrategyMove, PolyaError>] {
    turns.map { turn in
      let last = turn.transcript.last?.content ?? ""
      switch (turn.turn, turn.reference) {
      case (1, _): return .success(.check(StrategyMove.Trial(answer: last, state: [7])))
      case (2, let hint?):
        let message = Message(role: "user", content: "It is \(hint), state \(turn.state)")
        return .success(
          .ask(.init(messages: [message], phase: "", stop: [], maxTokens: nil, temperature: nil, state: [])))
      case (0, _):
        let message = Message(role: "user", content: turn.task.question)
        return .success(
          .ask(.init(messages: [message], phase: "", stop: [], maxTokens: nil, temperature: nil, state: [])))
      default: return .success(.answer("rationalized #### \(turn.task.reference)"))
      }
    }
  }
}

private final class SilentObserver: StageObserver {
  /// Polls before the user interrupts; nil: never.
  private var patience: Int?

  init(patience: Int? = nil) { self.patience = patience }

  func metric(_ name: MetricName, _ value: Double, step: Int) {}
  func progress(_ done: Int, of total: Int, _ note: String) {}
  func table(_ rows: () -> [[String]]) {}
  func warn(_ message: String) {}
  func checkStop() throws {
    guard let left = patience else { return }
    guard left > 0 else { throw PolyaError(.interrupted, "interrupted") }
    patience = left - 1
  }
}

/// Remembers the groups of its calls; the verdict depends on what else is in the group.
private final class GroupReward: Reward {
  let id = "test.group"
  let range = 0.0...1.0
  let wantsWholeGroups = true
  private let lock = NSLock()
  private var calls: [[String: Int]] = []

  /// Answers to each task, of each call.
  var groups: [[String: Int]] { lock.withLock { calls } }

  func score(_ answers: [Answer], seed: UInt64) -> [Verdict] {
    let groups = Dictionary(grouping: answers, by: \.groupID)
    lock.withLock { calls.append(Dictionary(grouping: answers, by: \.task.key).mapValues(\.count)) }
    return answers.map { answer in
      let size = groups[answer.groupID]?.count ?? 0
      return .scored((size + answer.completion.count) % 2 == 0 ? 1 : 0, extracted: "\(size)", notes: [])
    }
  }
}

struct BootstrappingTests {
  private let model = ScriptedModel()

  private func run(
    _ questions: [String], samples: Int = 3, stopAfterCorrect: Int? = nil, tokens: Int? = nil,
    perShard: Int = 1,
    strategies: [any Strategy] = [ScriptedStrategy()], verifier: any Reward = SuffixReward(),
    known: [CandidateRecord] = [], kept: [CandidateRecord] = [], observer: SilentObserver = SilentObserver(),
    keeping: ([CandidateRecord]) -> Void = { _ in }
  ) throws -> (candidates: [CandidateRecord], isShort: Bool) {
    let tasks = questions.map {
      Task(key: $0, question: $0, reference: $0.hasPrefix("five") ? "5" : "4", referenceKind: "math")
    }
    let bootstrapping = Bootstrapping(
      model: model, origin: "m", strategies: strategies,
      settings: .init(
        samples: samples, stopAfterCorrect: stopAfterCorrect, sampling: Sampling(maxTokens: 9), tokens: tokens
      ),
      verifier: verifier, adherence: nil, exemplars: [:], random: Randomness(seed: 1))
    var shards = stride(from: 0, to: tasks.count, by: perShard).enumerated().map { number, start in
      Bootstrapping.Shard(
        number: number, tasks: Array(tasks[start..<min(start + perShard, tasks.count)]),
        firstNumber: start * bootstrapping.candidatesPerTask, recordID: { "k:\($0)" })
    }[...]
    var found: [Int: [CandidateRecord]] = [:]
    let isShort = try bootstrapping.run(
      { shards.popFirst() }, observer: observer, before: { _ in .init(known: known, kept: kept) },
      keeping: { keeping($1) }
    ) { found[$0.number] = $1 }
    return (found.keys.sorted().flatMap { found[$0] ?? [] }, isShort)
  }

  /// Whatever moment an interruption comes at, the candidates are those of a run without one, and what was judged is not
  /// sampled again: also where a strategy saw a verdict.
  @Test(arguments: 1...6) func anInterruptionChangesNothing(patience: Int) throws {
    let questions = ["a", "five", "abstain", "b"]
    func run(_ observer: SilentObserver, kept: [CandidateRecord], keeping: ([CandidateRecord]) -> Void) throws
      -> [CandidateRecord]
    {
      try self.run(
        questions, stopAfterCorrect: 2, perShard: 2, strategies: [ScriptedStrategy(), CheckingStrategy()],
        kept: kept,
        observer: observer, keeping: keeping
      ).candidates
    }
    let whole = try run(SilentObserver(), kept: []) { _ in }
    let asked = model.requests.reduce(0) { $0 + $1.samples }
    var kept: [CandidateRecord] = []
    let error = #expect(throws: PolyaError.self) {
      try run(SilentObserver(patience: patience), kept: []) { kept += $0 }
    }
    guard let error else { return }
    #expect(error.code == .interrupted)
    #expect(patience < 4 || !kept.isEmpty, "nothing was judged after \(patience) steps")
    let before = model.requests.reduce(0) { $0 + $1.samples }
    #expect(try run(SilentObserver(), kept: kept) { _ in } == whole)
    let again = model.requests.reduce(0) { $0 + $1.samples } - before
    let sampled = kept.count { !$0.prompt.isEmpty }
    #expect(again <= asked - sampled, "\(again) samples after \(sampled) of \(asked) were kept")
  }

  /// All candidates of a task, whatever their approach and their turns, are judged at once.
  @Test func aRewardThatComparesGetsAllCandidatesOfATask() throws {
    let reward = GroupReward()
    let all = try run(["a", "b", "five"], perShard: 2, verifier: reward).candidates
    // "once" and "twice" give an answer for each of three samples; the others give none.
    for call in reward.groups { for (task, count) in call { #expect(count == 6, "\(task): \(count)") } }
    #expect(reward.groups.reduce(0) { $0 + $1.count } == 3, "each task in one call")
    #expect(all.filter { !$0.answer.isEmpty }.allSatisfy { $0.verdict.extracted == "6" })
    let apart = try run(["a", "b", "five"], perShard: 9, verifier: GroupReward()).candidates
    #expect(apart == all)
  }

  /// An interruption leaves no group of which a part was judged.
  @Test(arguments: 1...6) func anInterruptionCutsNoGroup(patience: Int) throws {
    let questions = ["a", "five", "b"]
    let ways: [any Strategy] = [ScriptedStrategy(), CheckingStrategy()]
    let whole = try run(questions, perShard: 2, strategies: ways, verifier: GroupReward()).candidates
    var kept: [CandidateRecord] = []
    _ = try? run(
      questions, perShard: 2, strategies: ways, verifier: GroupReward(),
      observer: SilentObserver(patience: patience)
    ) { kept += $0 }
    #expect(
      try run(questions, perShard: 2, strategies: ways, verifier: GroupReward(), kept: kept).candidates
        == whole)
  }

  private func candidates(_ questions: [String], samples: Int = 3) throws -> [CandidateRecord] {
    try run(questions, samples: samples).candidates
  }

  @Test func shardsDoNotChangeTheCandidates() throws {
    let questions = (0..<7).map { "q\($0)" } + ["abstain", "five"]
    let one = try run(questions, perShard: 9).candidates
    #expect(try run(questions, perShard: 2).candidates == one)
    #expect(one.count == 9 * 12)
  }

  @Test func aCellWithEnoughRightAnswersWantsNoMore() throws {
    let all = try run(["a", "five"], samples: 5, stopAfterCorrect: 2).candidates
    func count(_ task: String, _ heuristic: String) -> Int {
      all.count { $0.task.key == task && $0.heuristic == heuristic }
    }
    #expect(count("a", "once") == 2 && count("five", "once") == 5)
    #expect(Set(all.map(\.id)).count == all.count)
    #expect(all.first { $0.task.key == "five" && $0.sample == 4 }?.id == "k:24", "2 x 20 numbers")
    // Later samples are other ones, with seeds of their own.
    let seeds = all.filter { $0.task.key == "five" && $0.heuristic == "once" }.map(\.seed)
    #expect(seeds[0] == seeds[1] && Set(seeds).count == 3)
  }

  @Test func aBudgetOfTokensEndsTheRun() throws {
    let (all, isShort) = try run((0..<400).map { "q\($0)" }, tokens: 20_000)
    #expect(isShort && all.count < 400 * 12 && all.count >= 12)
    #expect(all.allSatisfy { $0.outcome == .failed || $0.outcome == .right }, "what is begun is ended")
    let isShortWithoutNeed = try run(["a"], tokens: 1_000_000).isShort
    #expect(!isShortWithoutNeed)
  }

  @Test func anotherVerifierJudgesWhatWasSampled() throws {
    let first = try run(["a", "five"]).candidates
    let asked = model.requests.count
    final class Generous: Reward {
      let id = "test.generous"
      let range = 0.0...1.0
      func score(_ answers: [Answer], seed: UInt64) -> [Verdict] {
        answers.map { _ in .scored(1, extracted: "", notes: []) }
      }
    }
    let second = try run(["a", "five"], verifier: Generous(), known: first).candidates
    #expect(model.requests.count == asked, "nothing is sampled again")
    #expect(second.map(\.answer) == first.map(\.answer) && second.map(\.seed) == first.map(\.seed))
    #expect(second.filter { $0.heuristic == "once" }.allSatisfy { $0.outcome == .right })
    #expect(
      second.filter { $0.heuristic == "broken" }.map(\.verdict)
        == first.filter { $0.heuristic == "broken" }.map(\.verdict))
  }

  @Test func aCandidateSaysWhatTheModelWasSent() throws {
    let all = try candidates(["a"])
    let twice = try #require(all.first { $0.heuristic == "twice" })
    #expect(twice.messages.map(\.role) == ["user", "assistant", "user"])
    #expect(twice.messages.last?.content == "a/twice/1")
    #expect(
      twice.prompt == "<user>a/twice/0<assistant>\(twice.messages[1].content)<user>a/twice/1<assistant>")
    let never = try #require(all.first { $0.heuristic == "never" })
    #expect(never.messages.isEmpty && never.prompt.isEmpty)
    let stored = try all.map { try CandidateRecord(try JSONParser.parse($0.json.compact)) }
    #expect(stored == all)
  }

  @Test func anotherVerifierSeesTheSameConversation() throws {
    /// Says how many messages came before the answer.
    final class Listening: Reward {
      let id = "test.listening"
      let range = 0.0...1.0
      func score(_ answers: [Answer], seed: UInt64) -> [Verdict] {
        answers.map { .scored(1, extracted: $0.transcript.map(\.role).joined(separator: " "), notes: []) }
      }
    }
    let first = try run(["a"], verifier: Listening()).candidates
    let second = try run(["a"], verifier: Listening(), known: first).candidates
    #expect(second == first)
    #expect(second.contains { $0.verdict.extracted == "user assistant user" })
  }

  @Test func aWrongTrialGoesOnWithTheReference() throws {
    let all = try run(["a", "five"], samples: 1, strategies: [CheckingStrategy()]).candidates
    #expect(all.map(\.outcome) == [.right, .right])
    #expect(all[0].answer.hasSuffix("#### 4") && !all[0].answer.contains("rationalized"))
    #expect(all[1].answer == "rationalized #### 5")
    #expect(all[1].messages.last?.content == "It is 5, state [7]")
    #expect(!all.contains { !$0.wasTried })
    let again = try all.map { try CandidateRecord($0.json) }
    #expect(again == all)
    // Its conversations depended on the verdicts, so they are held anew.
    let asked = model.requests.count
    _ = try run(["a", "five"], samples: 1, strategies: [CheckingStrategy()], known: all)
    #expect(model.requests.count == 2 * asked)
  }

  @Test func everyHeuristicAndSampleLeavesACandidate() throws {
    let all = try candidates(["a", "b"])
    #expect(all.count == 2 * 4 * 3)
    #expect(all.map(\.id) == (0..<24).map { "k:\($0)" })
    #expect(
      all.filter { $0.heuristic == "once" }.allSatisfy {
        $0.outcome == .right && $0.answer.hasSuffix("#### 4")
      })
  }

  @Test func failureIsNotWrong() throws {
    let all = try candidates(["a"])
    #expect(
      all.filter { $0.heuristic == "broken" }.allSatisfy { $0.outcome == .failed && $0.verdict.score == nil })
    #expect(all.filter { $0.heuristic == "broken" }.first?.verdict.reason == "cannot")
    #expect(all.filter { $0.heuristic == "never" }.first?.verdict.reason == "the strategy gave up")
    let abstained = try candidates(["abstain"]).filter { $0.heuristic == "once" }
    #expect(abstained.allSatisfy { $0.outcome == .abstained && $0.verdict.score == nil })
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
