import Foundation
import PolyaCore
import PolyaTestSupport
import Testing

@testable import PolyaHost

/// What the contract can say, every overlay can say: one plugin in each language uses all of it, in the host's process and
/// in one of its own.
@Suite(.serialized) struct OverlayContractTests {
  enum Language: String, CaseIterable, Sendable { case cpp, rust, swift, python }

  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private static let fixtures = Repository.root.appending(path: "Tests/Fixtures/everything")

  /// Built as its author would, from the template with another source.
  private func build(_ language: Language) throws -> String {
    let made = try Command.polya(
      ["plugin", "new", "--lang", language.rawValue, "--kind", "reward", "everything"], folder: folder.url)
    try #require(made.status == 0, "\(made.errors)")
    let (source, place) =
      switch language {
      case .cpp: ("everything.cpp", "everything.cpp")
      case .rust: ("everything.rs", "src/lib.rs")
      case .swift, .python: ("everything.swift", "Sources/Everything/Everything.swift")
      }
    let text = try String(contentsOf: Self.fixtures.appending(path: source), encoding: .utf8)
    try folder.write("everything/\(place)", text)
    let warnings = "-O2 -Wall -Wextra -Wpedantic -Werror"
    let built = try Command.run(
      "/usr/bin/env", ["make", "CXXFLAGS=\(warnings)"], folder: folder.url.appending(path: "everything"),
      environment: ["RUSTFLAGS": "-Dwarnings"])
    try #require(built.status == 0, "\(built.errors)\(built.output)")
    return folder.path("everything/everything.so")
  }

  private struct Plugins {
    let checking, telling, ranking, asking, toy: PluginReference
  }

  private func plugins(_ language: Language, _ isolation: Isolation) throws -> Plugins {
    let module = try build(language == .python ? .cpp : language)
    func native(_ name: String, _ options: JSON.Members = [:]) -> PluginReference {
      PluginReference(
        name: name, use: "\(module)#org.example.\(name)", options: options, folder: folder.url.path,
        isolation: isolation)
    }
    let toy = native("toy")
    guard language == .python else {
      var asking = native("asking", ["model": "toy"])
      asking.bindings = ["toy": toy]
      return Plugins(
        checking: native("checking"), telling: native("telling"), ranking: native("ranking"), asking: asking,
        toy: toy)
    }
    let file = Self.fixtures.appending(path: "everything.py").path
    func python(_ role: String, _ options: JSON.Members = [:]) -> PluginReference {
      var all: JSON.Members = ["file": .string(file)]
      for (key, value) in options { all[key] = value }
      return PluginReference(
        name: "python", use: "\(Repository.products.path)/libPython.so#polya.python-\(role)", options: all,
        folder: folder.url.path)
    }
    var asking = python(
      "reward", ["function": "asking", "models": ["toy"], "range-low": -1e6, "range-high": 1e6])
    asking.bindings = ["toy": toy]
    return Plugins(
      checking: python("strategy"),
      telling: python(
        "reward", ["function": "telling", "components": ["length", "absent"], "range-low": -1]),
      ranking: python("reward", ["function": "ranking", "whole-groups": true]), asking: asking, toy: toy)
  }

  private static let cases: [(Language, Isolation)] = Language.allCases.flatMap { language in
    language == .python ? [(language, .process)] : [(language, .host), (language, .process)]
  }

  @Test(arguments: cases) func everythingIsSaid(_ language: Language, _ isolation: Isolation) throws {
    if language == .rust { guard try Toolchain.has("cargo") else { return } }
    let plugins = try plugins(language, isolation)
    let host = TestHost.make()
    try checks(try host.strategy(plugins.checking))
    try tells(try host.reward(plugins.telling), isPython: language == .python)
    try ranks(try host.reward(plugins.ranking))
    try asks(try host.reward(plugins.asking), isPython: language == .python)
    try models(try host.model(plugins.toy))
  }

  private let task = Task(
    key: "k", question: "2+2?", reference: "4", referenceKind: "math", metadataJSON: #"{"meta_word":"m"}"#)

  private func checks(_ strategy: any Strategy) throws {
    #expect(strategy.heuristics.map(\.id) == ["one"])
    let exemplar = Exemplar(question: "q", heuristic: "one", solution: "s")
    let first = StrategyTurn(id: 1, task: task, heuristic: "one", exemplars: [exemplar])
    guard case .ask(let ask) = try strategy.next([first], seed: 0)[0].get() else {
      Issue.record("it does not ask")
      return
    }
    #expect(ask.messages == [Message(role: "user", content: "2+2?1")])
    let told = ask.messages + [Message(role: "assistant", content: "5")]
    let second = StrategyTurn(id: 1, task: task, heuristic: "one", transcript: told, turn: 1)
    guard case .check(let trial) = try strategy.next([second], seed: 0)[0].get() else {
      Issue.record("it does not check")
      return
    }
    #expect(trial.answer == "5" && trial.state == Array("state".utf8))
    let third = StrategyTurn(
      id: 1, task: task, heuristic: "one", transcript: told, state: trial.state, reference: "4", turn: 2)
    #expect(try strategy.next([third], seed: 0)[0].get() == .answer("it is 4"))
    let labels = try strategy.labels(
      of: [ShownAnswer(id: 1, question: "2+2?", heuristic: "one", text: "half ½")], seed: 0)
    #expect(try labels?[0].get() == ["first", "one"])
  }

  private func tells(_ reward: any Reward, isPython: Bool) throws {
    #expect(reward.range.lowerBound == -1 && reward.components == ["length", "absent"])
    let transcript = [Message(role: "system", content: "be brief"), Message(role: "user", content: "2+2?")]
    func answer(_ completion: [UInt8], reference: String) -> Answer {
      var task = task
      task.reference = reference
      return Answer(
        id: 1, groupID: 1, task: task, completion: completion, tokens: [1, 2, 3], logprobs: [-1, -2, -3],
        transcript: transcript)
    }
    let verdicts = try reward.score(
      [
        answer(Array("four".utf8), reference: "4"), answer([0x66, 0x6F, 0xFF], reference: "4"),
        answer([], reference: ""),
      ], seed: 0)
    let metadata = isPython ? "m" : #"{"meta_word":"m"}"#
    let seen =
      "reference 4, kind math, system be brief, user 2+2?, metadata \(metadata), tokens 3, logprobs 3"
    let note = Note(
      isPython ? seen : seen + ", raw 0", code: "seen", severity: .fault, range: isPython ? nil : 0..<1)
    #expect(verdicts[0].score == -0.5 && verdicts[0].confidence == 0.25 && verdicts[0].extracted == "fo")
    #expect(verdicts[0].notes == [note] && verdicts[0].details == ["way": "told"])
    #expect(verdicts[0].components.first == 4 && verdicts[0].components.last?.isNaN == true)
    if !isPython { #expect(verdicts[1].notes.first?.message.hasSuffix("raw 3") == true, "\(verdicts[1])") }
    let why = Note("nothing to compare with", code: "no-reference", severity: .warning)
    #expect(verdicts[2] == .abstained(notes: [why]))
  }

  private func ranks(_ reward: any Reward) throws {
    #expect(reward.wantsWholeGroups)
    let rows: [(UInt64, String)] = [
      (1, "a"), (2, "ccc"), (1, "bb"), (3, "throw"), (2, "d"), (1, "eeee"), (3, "x"),
    ]
    let answers = rows.enumerated().map { index, row in
      Answer(id: UInt64(index), groupID: row.0, task: task, completion: Array(row.1.utf8))
    }
    let verdicts = try reward.score(answers, seed: 0)
    let wanted: [Double?] = [0, 0.5, 1.0 / 3, nil, 0, 2.0 / 3, nil]
    for (verdict, score) in zip(verdicts, wanted) { #expect(verdict.score == score, "\(verdict)") }
    #expect([verdicts[3], verdicts[6]].allSatisfy { "\($0)".contains("a group that throws") })
  }

  private func asks(_ reward: any Reward, isPython: Bool) throws {
    let verdict = try reward.score(
      [Answer(id: 1, groupID: 1, task: task, completion: Array("hello".utf8))], seed: 0)[0]
    #expect(verdict.score == -4, "\(verdict)")
    #expect(verdict.extracted == (isPython ? "1 zzz" : "toy 1 zzz 4"), "\(verdict)")
  }

  private func models(_ model: any LanguageModel) throws {
    #expect(model.info.name == "toy" && model.info.chats && !model.info.trains)
    #expect(model.info.tokenizerHash == [7] + Array(repeating: 0, count: 31))
    #expect(try model.promptTokens(for: [[Message(role: "user", content: "a")]]) == [[0, 97]])
    #expect(try model.embed([[1, 2, 3], [4]]) == [[3, 1], [1, 1]])
    let request = GenerationRequest(
      id: 1, seed: 1, tokens: [1], samples: 2, sampling: Sampling(maxTokens: 2))
    #expect(try model.generate([request])[0].map(\.text) == [[122, 122], [122, 122]])
  }
}
