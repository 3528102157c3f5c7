import Foundation
import PolyaCore
import PolyaHost
import PolyaTestSupport
import Synchronization
import Testing

/// Plugins out of process: what they break is only themselves.
struct WorkerTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func deadly(
    marks: Bool = true, traits: String = "0", isolation: Isolation? = nil,
    limits: WorkerLimits = WorkerLimits(deadline: 0.5, memory: 64 << 20), host: PluginHost = TestHost.make()
  ) throws -> any Reward {
    let file = folder.path("deadly.so")
    try Command.compilePlugin(
      Repository.root.appending(path: "Tests/Fixtures/deadly_reward.c"), to: file,
      defines: ["MARKS=\(marks ? 1 : 0)", "TRAITS=\(traits)"])
    return try host.reward(
      PluginReference(
        name: "deadly", use: file, folder: folder.url.path, isolation: isolation, limits: limits))
  }

  private func answers(_ texts: [String]) -> [Answer] {
    texts.enumerated().map { index, text in
      Answer(
        id: UInt64(index), groupID: 0, task: Task(key: "k", question: "q", reference: "", referenceKind: ""),
        completion: Array(text.utf8))
    }
  }

  @Test(arguments: [true, false])
  func everyHealthyRowHasItsVerdictAndTheOthersTheirCause(marks: Bool) throws {
    let texts = (0..<40).map { index in
      [5: "crash", 11: "exit", 12: "crash", 20: "hang", 33: "eat", 39: "speak"][index] ?? String(index % 10)
    }
    let verdicts = try deadly(marks: marks).score(answers(texts), seed: 0)
    let causes = [
      "crash": "crashed with signal 6", "exit": "exit status 3", "hang": "returned no result for 0.5 s",
      "eat": "crashed with signal 6", "speak": "it last printed: last words",
    ]
    for (text, verdict) in zip(texts, verdicts) {
      if let cause = causes[text] {
        #expect(verdict.reason.contains(cause), "\(text): \(verdict)")
        #expect(verdict.outcome(in: -1...1) == (text == "hang" ? .timedOut : .failed), "\(text): \(verdict)")
      } else {
        #expect(verdict == .scored(Double(text) ?? -1, extracted: "a constant of the module", notes: []))
      }
    }
  }

  /// The promise to a run of any length: every healthy row has its verdict, the others their cause, the run ends.
  @Test func tenThousandRowsWithThreeHundredDeadlyOnes() throws {
    let texts = (0..<10_000).map { index in
      switch index % 100 {
      case 17: "crash"
      case 43: "hang"
      case 81: "eat"
      default: String(index % 10)
      }
    }
    let reward = try deadly(limits: WorkerLimits(deadline: 0.1, memory: 64 << 20))
    let verdicts = try reward.score(answers(texts), seed: 0)
    #expect(verdicts.count == texts.count)
    for (text, verdict) in zip(texts, verdicts) {
      #expect(verdict.score == Double(text))
      if verdict.score == nil {
        let why = verdict.reason
        // On a busy machine the one that eats memory may meet its deadline before its limit.
        let causes = [
          "crash": ["signal 6"], "hang": ["returned no result"], "eat": ["signal 6", "returned no result"],
        ]
        #expect(causes[text]?.contains { why.contains($0) } == true, "\(text): \(why)")
      }
    }
  }

  @Test(arguments: ["shout", "babble"])
  func endlessOutputDoesNotHoldOffTheDeadline(what: String) throws {
    let verdicts = try deadly().score(answers(["1", what, "2"]), seed: 0)
    #expect(verdicts.map(\.score) == [1, nil, 2])
    #expect(verdicts[1].outcome(in: -1...1) == .timedOut, "\(verdicts[1])")
    #expect(verdicts[1].reason.contains("returned no result for 0.5 s"))
  }

  @Test func halfARowIsNotKept() throws {
    // The first row sets its verdict, then dies: it must be retried and fail, never score 0.
    let verdicts = try deadly().score(answers(["crash", "1"]), seed: 0)
    #expect(verdicts[0].score == nil)
    #expect(verdicts[1].score == 1)
  }

  @Test func aDeadlyRowIsSavedAndCanBeReplayed() throws {
    let told = Told()
    let crashes = CrashFolder(folder.path("crashes")) { told.add("\($0): \($1) -> \($2)") }
    _ = try deadly(host: TestHost.make(crashes: crashes)).score(answers(["1", "crash"]), seed: 7)
    let files = try FileManager.default.contentsOfDirectory(atPath: folder.path("crashes"))
    #expect(files.count == 1)
    #expect(told.all.count == 1)
    let saved = try CrashCase(file: folder.path("crashes/\(files[0])"))
    #expect(saved.function == "score")
    #expect(saved.item["completion"] == "crash")
    let error = #expect(throws: PolyaError.self) { try saved.replay(on: TestHost.make(), isolation: nil) }
    #expect(error?.code == .plugin && error?.message.contains("crashed with signal 6") == true)
  }

  @Test func networkIsForThoseWhoDeclareIt() throws {
    #expect(try deadly().score(answers(["connect"]), seed: 0)[0].score == 2)
    let declared = try deadly(traits: "POLYA_TRAIT_NETWORK")
    #expect(try declared.score(answers(["connect"]), seed: 0)[0].score == 3)
  }

  @Test func trustDecidesWhereAPluginRuns() throws {
    let told = Told()
    let host = TestHost.make(warn: { told.add($0) })
    _ = try deadly(host: host)
    #expect(told.all.first?.contains("is not pinned") == true)
    let error = #expect(throws: PolyaError.self) {
      try deadly(traits: "POLYA_TRAIT_OWN_PROCESS", isolation: .host)
    }
    #expect(error?.message.contains("must run out of process") == true)
  }

  @Test func aRequestToStopEndsACallThatHangs() throws {
    let stop = StopFlag()
    let reward = try deadly(limits: WorkerLimits(deadline: 60), host: TestHost.make(stop: stop))
    Thread.detachNewThread {
      Thread.sleep(forTimeInterval: 0.2)
      stop.set()
    }
    let error = #expect(throws: PolyaError.self) { try reward.score(answers(["hang"]), seed: 0) }
    #expect(error?.code == .interrupted)
  }

  @Test func aModelLearnsInAWorkerAsItDoesInTheHost() throws {
    func losses(_ isolation: Isolation) throws -> [Float] {
      let model = try TestHost.make().model(
        PluginReference(
          name: "m", use: "polya.transformer", folder: ".", seed: 3, isolation: isolation,
          limits: WorkerLimits(writable: [folder.url.path])))
      let sequences = [
        TokenSequence(tokens: [1, 2, 3, 4], from: 1), TokenSequence(tokens: [5, 6, 7], from: 2),
      ]
      for _ in 0..<3 {
        let pass = try model.forward(sequences)
        try model.backward(
          pass, gradients: [SequenceGradient(logprobs: [-1, -1, -1]), SequenceGradient(logprobs: [-1])])
        _ = try model.step(OptimizerStep(learningRate: 1e-3, weightDecay: 0, clipNorm: 1, index: 0))
      }
      let saved = folder.path("checkpoint-\(isolation)")
      try FileManager.default.createDirectory(atPath: saved, withIntermediateDirectories: true)
      try model.save(to: saved)
      let sampled = try model.generate([
        GenerationRequest(id: 1, seed: 2, tokens: [1, 2], samples: 2, sampling: Sampling(maxTokens: 5))
      ])
      return try model.score(sequences).flatMap(\.logprobs) + sampled[0].flatMap(\.logprobs)
    }
    #expect(try losses(.host) == losses(.process))
  }

  @Test func everyRoleAnswersTheSameInAWorker() throws {
    let host = TestHost.make()
    func reference(_ id: String, _ isolation: Isolation) -> PluginReference {
      PluginReference(name: id, use: id, folder: ".", isolation: isolation)
    }
    let sources = try Isolation.allCases.map { try host.taskSource(reference("polya.word-arithmetic", $0)) }
    let tasks = try sources.map { try $0.tasks(split: "train", range: 0..<50, seed: 3) }
    #expect(tasks[0] == tasks[1])
    let requests = tasks[0].compactMap(\.place).map {
      DemonstrationRequest(place: $0, heuristic: "working-backwards", id: 0)
    }
    let solutions = try sources.map { try $0.demonstrate(requests).map { try $0.get() } }
    #expect(solutions[0] == solutions[1])
    let moves = try Isolation.allCases.map { isolation in
      try host.strategy(reference("polya.heuristics", isolation)).next(
        tasks[0].map { StrategyTurn(id: 1, task: $0, heuristic: "analogy") }, seed: 1
      ).map { try $0.get() }
    }
    #expect(moves[0] == moves[1])
    let verdicts = try Isolation.allCases.map { isolation in
      try host.reward(reference("polya.math-answer", isolation)).score(
        answers(["The answer is 12.", "\\boxed{3}"]), seed: 0)
    }
    #expect(verdicts[0] == verdicts[1])
  }
}
