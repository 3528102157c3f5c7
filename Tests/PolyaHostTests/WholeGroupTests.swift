import Foundation
import PolyaCore
import PolyaHost
import PolyaTestSupport
import Testing

/// A reward that wants whole groups gets each of them in one call, whatever the batch and whatever dies.
struct WholeGroupTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func reward(_ isolation: Isolation, marks: Bool, host: PluginHost = TestHost.make()) throws
    -> any Reward
  {
    let file = folder.path("group.so")
    try Command.compilePlugin(
      Repository.root.appending(path: "Tests/Fixtures/group_reward.c"), to: file,
      defines: ["MARKS=\(marks ? 1 : 0)"])
    return try host.reward(
      PluginReference(name: "group", use: file, folder: folder.url.path, isolation: isolation))
  }

  private func answers(_ rows: [(group: UInt64, text: String)]) -> [Answer] {
    rows.enumerated().map { index, row in
      Answer(
        id: UInt64(index), groupID: row.group,
        task: Task(key: "k", question: "q", reference: "", referenceKind: ""),
        completion: Array(row.text.utf8)
      )
    }
  }

  private func rowsOfTheCall(_ verdict: Verdict) -> Int? { Int(verdict.extracted) }

  /// Groups of 3, 6, 1, 2 and 1, their answers mixed; a call holds at most 4 rows.
  @Test(arguments: Isolation.allCases) func aGroupIsNeverCut(_ isolation: Isolation) throws {
    let sizes = [3, 6, 1, 2, 1]
    let rows = (0..<6).flatMap { sample in
      sizes.enumerated().filter { sample < $1 }.map { (group: UInt64($0.offset), text: "\(sample)") }
    }
    let reward = try reward(isolation, marks: true)
    #expect(reward.wantsWholeGroups)
    let verdicts = try reward.score(answers(rows), seed: 0)
    #expect(verdicts.map(\.score) == rows.map { Double(sizes[Int($0.group)]) })
    // 3 alone, since 6 do not fit beside it; 6 alone, though more than 4; then 1 + 2 + 1.
    let calls = [3, 6, 4, 4, 4]
    #expect(verdicts.map(rowsOfTheCall) == rows.map { calls[Int($0.group)] })
  }

  @Test(arguments: [true, false]) func aGroupThatKillsIsLostAsAGroup(marks: Bool) throws {
    let crashes = CrashFolder(folder.path("crashes")) { _, _, _ in }
    let rows: [(group: UInt64, text: String)] = [
      (0, "a"), (1, "a"), (0, "b"), (1, "crash"), (2, "a"), (3, "a"), (2, "b"),
    ]
    let reward = try reward(.process, marks: marks, host: TestHost.make(crashes: crashes))
    let verdicts = try reward.score(answers(rows), seed: 0)
    #expect(verdicts.map(\.score) == [2, nil, 2, nil, 2, 1, 2])
    for index in [1, 3] {
      guard case .failed(let why) = verdicts[index].status else { continue }
      #expect(why.contains("crashed with signal 6"))
    }
    let files = try FileManager.default.contentsOfDirectory(atPath: folder.path("crashes"))
    #expect(files.count == 1)
    let saved = try CrashCase(file: folder.path("crashes/\(try #require(files.first))"))
    #expect(saved.item.array?.map { $0["completion"]?.string } == ["a", "crash"])
    let again = #expect(throws: PolyaError.self) {
      try saved.replay(on: TestHost.make(), isolation: .process)
    }
    #expect(again?.message.contains("crashed with signal 6") == true)
  }

  @Test(arguments: Isolation.allCases) func aLieCostsItsRowAndKeepsTheGroup(_ isolation: Isolation) throws {
    let crashes = CrashFolder(folder.path("crashes")) { _, _, _ in }
    let reward = try reward(isolation, marks: true, host: TestHost.make(crashes: crashes))
    let verdicts = try reward.score(answers([(0, "a"), (0, "nan"), (1, "a")]), seed: 0)
    #expect(verdicts.map(\.score) == [2, nil, 1])
    let files = try FileManager.default.contentsOfDirectory(atPath: folder.path("crashes"))
    let saved = try CrashCase(file: folder.path("crashes/\(try #require(files.first))"))
    #expect(saved.item.array?.count == 2, "a row alone would be judged otherwise")
  }
}
