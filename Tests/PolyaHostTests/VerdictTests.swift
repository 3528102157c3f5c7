import Foundation
import PolyaCore
import PolyaHost
import PolyaTestSupport
import Testing

/// All that a plugin can say of an answer arrives, and what breaks the contract costs its row alone.
struct VerdictTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func verdicts(_ texts: [String], _ isolation: Isolation) throws -> [Verdict] {
    let file = folder.path("saying.so")
    try Command.compilePlugin(
      Repository.root.appending(path: "Tests/Fixtures/saying_reward.c"), to: file)
    let reward = try TestHost.make().reward(
      PluginReference(name: "saying", use: file, folder: folder.url.path, isolation: isolation))
    #expect(reward.range == -1...1 && reward.components == ["form", "speed"])
    let task = Task(key: "k", question: "q", reference: "", referenceKind: "")
    return try reward.score(
      texts.enumerated().map {
        Answer(id: UInt64($0), groupID: UInt64($0), task: task, completion: Array($1.utf8))
      }, seed: 0)
  }

  private let notes = [
    Note("The answer is short.", code: "short", severity: .warning, range: 2..<5), Note("Read as a number."),
    Note("The unit is missing.", code: "unit", severity: .fault, range: 0..<1),
  ]
  private let details: JSON = ["steps": [1, 2]]

  @Test(arguments: Isolation.allCases) func everythingArrives(_ isolation: Isolation) throws {
    let verdicts = try verdicts(["all of it", "unsure", "bare", "too slow"], isolation)
    #expect(
      verdicts[0]
        == Verdict(
          .scored(0.25), confidence: 0.75, components: [0.5, 0.25], extracted: "4", notes: notes,
          details: details))
    #expect(verdicts[1] == Verdict(.abstained, extracted: "4", notes: notes, details: details))
    #expect(verdicts[2] == .scored(0.25), "zero is what a plugin sends that does not say how sure it is")
    #expect(verdicts[3].outcome(in: -1...1) == .timedOut && verdicts[3].score == nil)
    // Above the middle of -1...1.
    #expect(verdicts[0].outcome(in: -1...1) == .right)
  }

  @Test(
    arguments: [
      ("overconfident", "a confidence is 1.5, outside 0...1"),
      ("outside", "a note has the byte range 2..<500 in a completion of 7 bytes"),
      ("broken", "the details are not JSON"),
    ], Isolation.allCases)
  func aLieCostsItsRow(_ lie: (text: String, message: String), isolation: Isolation) throws {
    let verdicts = try verdicts(["all of it", lie.text, "bare"], isolation)
    #expect(verdicts.map(\.score) == [0.25, nil, 0.25])
    #expect(verdicts[1].reason.contains(lie.message), "\(verdicts[1])")
  }
}
