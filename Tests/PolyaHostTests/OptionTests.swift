import Foundation
import PolyaCore
import PolyaHost
import PolyaTestSupport
import Testing

/// Options of a C plugin and of a Swift plugin, through the real boundary.
struct OptionTests {
  private let folder: TemporaryFolder
  private let host = TestHost.make()

  init() throws { folder = try TemporaryFolder() }

  private func exactMatch(_ options: JSON.Members) throws -> any Reward {
    let file = folder.path("exact.so")
    try Command.compilePlugin(
      Repository.root.appending(path: "examples/reward-in-c/exact_match.c"), to: file)
    return try host.reward(
      PluginReference(name: "exact", use: file, options: options, folder: folder.url.path))
  }

  private func answer(_ text: String, reference: String) -> Answer {
    Answer(
      id: 0, groupID: 0, task: Task(key: "k", question: "q", reference: reference, referenceKind: "text"),
      completion: Array(text.utf8))
  }

  @Test func optionsReachAPluginInC() throws {
    let strict = try exactMatch([:])
    let folding = try exactMatch(["fold-case": true, "wrong": -0.5])
    #expect(try strict.score([answer(" Yes", reference: "yes")], seed: 0)[0].score == 0)
    #expect(try folding.score([answer(" Yes", reference: "yes")], seed: 0)[0].score == 1)
    #expect(try folding.score([answer("no", reference: "yes")], seed: 0)[0].score == -0.5)
    #expect(folding.range == -0.5...1)
    #expect(try strict.score([answer("x", reference: "")], seed: 0)[0] == .abstained())
  }

  @Test(
    arguments: [
      (["fold": true], "has no option 'fold'"), (["fold-case": "yes"], "must be true or false, not \"yes\""),
      (["wrong": 2], "must be a number from -1.0 to 0.0, not 2"),
    ] as [(JSON.Members, String)])
  func wrongOptionsAreRefused(options: JSON.Members, message: String) throws {
    let error = try #require(throws: PolyaError.self) { try exactMatch(options) }
    #expect(error.code == .configuration)
    #expect(error.description.contains(message), "\(error)")
  }

  @Test func aBrokenCompletionReachesThePluginAsValidText() throws {
    let reward = try exactMatch([:])
    var broken = answer("", reference: "a\u{FFFD}b")
    broken.completion = [0x61, 0xFF, 0x62]
    #expect(try reward.score([broken], seed: 0)[0].score == 1)
  }

  @Test func listOptionsReachAPluginInSwift() throws {
    let strategy = try host.strategy(
      PluginReference(
        name: "ways", use: "polya.heuristics", options: ["only": ["analogy", "plain"], "shots": 0],
        folder: "."))
    #expect(strategy.heuristics.map(\.id) == ["analogy", "plain"])
    let one = PluginReference(
      name: "ways", use: "polya.heuristics", options: ["only": "analogy", "shots": 0], folder: ".")
    #expect(try host.strategy(one).heuristics.map(\.id) == ["analogy"], "a list of one needs no brackets")
    #expect(throws: PolyaError.self) {
      try host.strategy(
        PluginReference(name: "w", use: "polya.heuristics", options: ["only": ["x"]], folder: "."))
    }
  }

  @Test func aPluginOfAnotherKindIsRefused() {
    let error = #expect(throws: PolyaError.self) {
      try host.strategy(PluginReference(name: "w", use: "polya.math-answer", folder: "."))
    }
    #expect(error?.message.contains("is a polya.reward/1, not a polya.strategy/1") == true)
  }

  @Test func anUnknownIdIsMetWithTheNearestOne() {
    let error = #expect(throws: PolyaError.self) {
      try host.reward(PluginReference(name: "w", use: "polya.math-anser", folder: "."))
    }
    #expect(error?.hint == "did you mean 'polya.math-answer'?")
    #expect(error?.code == .plugin)
  }

  @Test func everyShippedPluginExportsOneSymbol() throws {
    let (plugins, failures) = try host.list()
    #expect(failures.isEmpty)
    for file in Set(plugins.map(\.file)) {
      let symbols = try Command.run("/usr/bin/env", ["nm", "-D", "-g", "--defined-only", file]).output
      #expect(
        symbols.split(separator: "\n").map { $0.split(separator: " ").last } == ["polya_plugin_entry"],
        "\(file)")
    }
  }

  @Test func theSeedOfAReferenceReachesThePlugin() throws {
    func logprobs(_ seed: UInt64) throws -> [Float] {
      let model = try host.model(
        PluginReference(name: "m", use: "polya.transformer", folder: ".", seed: seed))
      return try model.score([TokenSequence(tokens: [1, 2, 3], from: 1)])[0].logprobs
    }
    #expect(try logprobs(1) == logprobs(1))
    #expect(try logprobs(1) != logprobs(2))
  }

  @Test func tasksAreAFunctionOfTheirPlace() throws {
    let source = try host.taskSource(
      PluginReference(name: "words", use: "polya.word-arithmetic", folder: "."))
    let whole = try source.tasks(split: "train", range: 0..<50, seed: 3)
    #expect(try source.tasks(split: "train", range: 20..<30, seed: 3) == Array(whole[20..<30]))
    #expect(try source.tasks(split: "train", range: 0..<50, seed: 4) != whole)
    #expect(throws: PolyaError.self) { try source.tasks(split: "trian", range: 0..<1, seed: 0) }
  }
}
