import Foundation
import PolyaCore
import PolyaHost
import PolyaTestSupport
import Testing

/// A row that breaks the contract costs that row only, is kept for a replay, and says why.
struct LyingPluginTests {
  /// A lie that a row tells, and words of the reason it gets.
  struct Lie: CustomTestStringConvertible, Sendable {
    let row, reason: String
    /// Only a process of its own can be seen to read such a pointer.
    var isWild: Bool { row.hasPrefix("wild") }
    /// A status that the host does not know is a failure like any other, not a lie.
    var isStatus: Bool { row.hasSuffix("status") || row == "failed" }
    var testDescription: String { row }

    init(_ row: String, _ reason: String) { (self.row, self.reason) = (row, reason) }
  }

  private static let signal = "crashed with signal 11"

  static let rewards = [
    Lie("nan", "a score is nan"), Lie("infinite", "a score is inf"),
    Lie("too-high", "a score is 9.5, outside"),
    Lie("too-low", "a score is -1.0, outside"), Lie("no-verdict", "has the verdict 0"),
    Lie("odd-verdict", "has the verdict 99"), Lie("null-text", "the size is 5, with no pointer"),
    Lie("huge-text", "the size is 18446744073709551615"), Lie("large-text", "the size is 1073741825"),
    Lie("broken-text", "the extracted answer is not UTF-8"), Lie("broken-note", "a note is not UTF-8"),
    Lie("null-notes", "the notes: 3 rows"), Lie("short-notes", "rows of 8 bytes"),
    Lie("many-notes", "the notes: 1099511627776 rows"), Lie("wide-notes", "rows of 4294967295 bytes"),
    Lie("crooked-notes", "the notes: the address is not aligned"),
    Lie("crooked-components", "the components: the address is not aligned"),
    Lie("infinite-component", "is inf"), Lie("odd-status", "status 99"),
    Lie("negative-status", "status -7"), Lie("wild-text", signal), Lie("wild-notes", signal),
    Lie("wild-note", signal), Lie("wild-components", signal),
  ]
  static let moves = [
    Lie("odd-action", "unknown action 77"), Lie("no-action", "unknown action 0"),
    Lie("no-message", "asks without messages"), Lie("null-message", "the size is 5, with no pointer"),
    Lie("broken-message", "a message is not UTF-8"), Lie("broken-stop", "a stop string is not UTF-8"),
    Lie("broken-phase", "a phase is not UTF-8"), Lie("nan-temperature", "a temperature is nan"),
    Lie("infinite-temperature", "a temperature is inf"),
    Lie("large-state", "a state of 2097152 bytes is too large"),
    Lie("null-state", "the size is 8, with no pointer"),
    Lie("crooked-messages", "the messages: the address is not aligned"),
    Lie("broken-answer", "an answer is not UTF-8"), Lie("odd-status", "status 99"),
    Lie("wild-messages", signal), Lie("wild-message", signal), Lie("wild-state", signal),
  ]
  static let labels = [
    Lie("backwards", "has a negative length"), Lie("overlapping", "begins before byte 3"),
    Lie("beyond", "ends at byte 999"), Lie("broken-label", "a label is not UTF-8"),
    Lie("null-segments", "the segments: 2 rows"), Lie("odd-status", "status 99"),
    Lie("wild-segments", signal),
  ]
  static let solutions = [
    Lie("null-solution", "the size is 4, with no pointer"),
    Lie("huge-solution", "the size is 9223372036854775807"),
    Lie("broken-solution", "a solution is not UTF-8"), Lie("odd-status", "status 99"),
    Lie("failed", "not this one"), Lie("wild-solution", signal),
  ]

  private let folder: TemporaryFolder
  private let host: PluginHost
  private let told = Told()
  private let crashes: CrashFolder

  init() throws {
    folder = try TemporaryFolder()
    let told = told
    crashes = CrashFolder(folder.path("crashes")) { plugin, cause, file in told.add("\(cause) -> \(file)") }
    host = TestHost.make(crashes: crashes, warn: { told.add($0) })
  }

  private func reference(_ role: String, _ isolation: Isolation, marks: Bool) throws -> PluginReference {
    let file = folder.path("lying.so")
    try Command.compilePlugin(
      Repository.root.appending(path: "Tests/Fixtures/lying_plugins.c"), to: file,
      defines: ["MARKS=\(marks ? 1 : 0)"])
    return PluginReference(
      name: "liar", use: "\(file)#org.example.lying-\(role)", folder: folder.url.path, isolation: isolation)
  }

  /// Every placement that can see the lie, with and without rows that are reported finished.
  private func everywhere(
    _ lie: Lie, _ role: String, _ body: (PluginReference, Isolation) throws -> String
  ) throws {
    for isolation in lie.isWild ? [Isolation.process] : Isolation.allCases {
      for marks in [true, false] {
        let why = try body(try reference(role, isolation, marks: marks), isolation)
        #expect(why.contains(lie.reason), "\(isolation): \(why)")
        guard !lie.isStatus else { continue }
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path("crashes"))
        #expect(files.count == 1, "\(isolation), marks \(marks): \(files)")
        let saved = try CrashCase(file: folder.path("crashes/\(try #require(files.first))"))
        #expect(saved.cause.contains(lie.reason))
        let again = try? saved.replay(on: TestHost.make(), isolation: isolation)
        #expect(again?.contains(lie.reason) ?? true, "\(again ?? "")")
        try FileManager.default.removeItem(atPath: folder.path("crashes"))
      }
    }
  }

  private func answers(_ texts: [String]) -> [Answer] {
    texts.enumerated().map { index, text in
      Answer(
        id: UInt64(index), groupID: 0, task: Task(key: "k", question: "q", reference: "", referenceKind: ""),
        completion: Array(text.utf8))
    }
  }

  @Test(arguments: rewards) func aRewardLosesTheRow(_ lie: Lie) throws {
    try everywhere(lie, "reward") { reference, _ in
      let verdicts = try host.reward(reference).score(answers(["1", lie.row, "2"]), seed: 0)
      #expect(verdicts.map(\.score) == [1, nil, 2])
      guard case .failed(let why) = verdicts[1].status else { return "\(verdicts[1])" }
      return why
    }
  }

  private func why<T>(_ outcomes: [Result<T, PolyaError>], _ good: (T) -> Bool) -> String {
    for index in [0, 2] {
      guard case .success(let value) = outcomes[index], good(value) else { return "\(outcomes[index])" }
    }
    guard case .failure(let error) = outcomes[1] else { return "\(outcomes[1])" }
    #expect(error.message.contains("'liar'"))
    return error.message
  }

  @Test(arguments: moves) func aStrategyLosesTheRow(_ lie: Lie) throws {
    try everywhere(lie, "strategy") { reference, _ in
      let turns = ["a", lie.row, "b"].map { question in
        StrategyTurn(
          id: 0, task: Task(key: "k", question: question, reference: "", referenceKind: ""),
          heuristic: "plain")
      }
      return why(try host.strategy(reference).next(turns, seed: 0)) { move in
        if case .ask(let ask) = move { ask.messages.map(\.content) == ["hello"] } else { false }
      }
    }
  }

  @Test(arguments: labels) func aLabelledAnswerIsLostAlone(_ lie: Lie) throws {
    try everywhere(lie, "strategy") { reference, _ in
      let shown = ["good", lie.row, "fine"].map {
        ShownAnswer(id: 0, question: "q", heuristic: "plain", text: $0)
      }
      let found = try #require(try host.strategy(reference).labels(of: shown, seed: 0))
      return why(found) { $0 == ["a", "b"] }
    }
  }

  @Test(arguments: solutions) func aDemonstrationIsLostAlone(_ lie: Lie) throws {
    try everywhere(lie, "tasks") { reference, _ in
      let requests = ["plain", lie.row, "plain"].map {
        DemonstrationRequest(place: Task.Place(split: "train", index: 0, seed: 0), heuristic: $0, id: 0)
      }
      return why(try host.taskSource(reference).demonstrate(requests)) { $0 == "so" }
    }
  }

  @Test func aDemonstrationThatCrashesIsLostAlone() throws {
    let source = try host.taskSource(try reference("tasks", .process, marks: true))
    let requests = ["plain", "crash", "plain"].map {
      DemonstrationRequest(place: Task.Place(split: "train", index: 0, seed: 0), heuristic: $0, id: 0)
    }
    #expect(why(try source.demonstrate(requests)) { $0 == "so" }.contains("crashed with signal 6"))
  }

  /// A disk that is full, or a folder that cannot be made, costs the case, not the verdicts of the other rows.
  @Test(arguments: ["nan", "wild-text"]) func aCaseThatCannotBeKeptIsTold(_ row: String) throws {
    let blocked = try folder.write("blocked", "a file where a folder is wanted")
    let told = told
    let host = TestHost.make(
      crashes: CrashFolder(blocked + "/crashes") { _, _, _ in }, warn: { told.add($0) })
    let reward = try host.reward(try reference("reward", .process, marks: true))
    #expect(try reward.score(answers(["1", row, "2"]), seed: 0).map(\.score) == [1, nil, 2])
    #expect(told.all.contains { $0.contains("cannot be saved for a replay") && $0.contains("blocked") })
  }

  @Test func aPluginThatAlwaysLiesDoesNotFillTheDisk() throws {
    let reward = try host.reward(try reference("reward", .host, marks: true))
    let verdicts = try reward.score(answers(Array(repeating: "nan", count: 300)), seed: 0)
    #expect(verdicts.allSatisfy { $0 == .failed("breaks the contract: a score is nan, outside 0.0...9.0") })
    let many = try reward.score(
      (0..<300).map { index in
        Answer(
          id: index, groupID: 0, task: Task(key: "k", question: "\(index)", reference: "", referenceKind: ""),
          completion: Array("nan".utf8))
      }, seed: 0)
    #expect(many.count == 300)
    let files = try FileManager.default.contentsOfDirectory(atPath: folder.path("crashes"))
    #expect(files.count <= 100)
    #expect(told.all.count { $0.contains("further ones are not saved") } == 1)
  }
}
