import Foundation
import PolyaCore
import PolyaHost
import PolyaTestSupport
import Testing

/// Every way to break the contract gives one sentence that names the file and the fault.
struct BrokenPluginTests {
  private let folder: TemporaryFolder
  private let host = TestHost.make()

  init() throws { folder = try TemporaryFolder() }

  private func reward(breaking what: String, _ isolation: Isolation = .host) throws -> any Reward {
    let file = folder.path("bad.so")
    try Command.compilePlugin(
      Repository.root.appending(path: "Tests/Fixtures/bad_plugin.c"), to: file, defines: ["BREAK=\(what)"])
    return try host.reward(
      PluginReference(name: "bad", use: file, folder: folder.url.path, isolation: isolation))
  }

  private let answers = (0..<3).map {
    Answer(
      id: $0, groupID: 0, task: Task(key: "k", question: "q", reference: "1", referenceKind: "math"),
      completion: Array("1".utf8))
  }

  @Test(
    arguments: [
      ("WRONG_MAGIC", "is not a polya plugin: its magic number is 1234"),
      ("NEWER_MAJOR", "has ABI 2.1, but this host has 1.1"),
      ("NEEDS_NEWER_MINOR", "needs at least ABI 1.7, but this host has 1.1; update polya"),
      ("SHORT_MODULE", "describes itself in 8 bytes"),
      ("NO_PLUGIN", "announces 1 plugins but has none at index 0"),
      ("NO_TABLE", "has no such table"), ("REFUSES", "refused to load"),
      ("CREATE_FAILS", "rejects its options: no license file"), ("NULL_INSTANCE", "returns no instance"),
      ("BAD_RANGE", "its score range is 2.0...1.0"),
    ], Isolation.allCases)
  func refusedBeforeAnythingRuns(_ broken: (what: String, message: String), isolation: Isolation) throws {
    let error = try #require(throws: PolyaError.self) { try reward(breaking: broken.what, isolation) }
    // Options are the manifest's, and everything else is the file's.
    let isOption = broken.what == "CREATE_FAILS"
    #expect(error.code == (isOption ? .configuration : .plugin))
    #expect(error.description.contains(broken.message), "\(error)")
    #expect(error.description.contains(isOption ? "plugins.bad" : "bad.so"), "\(error)")
  }

  @Test(
    arguments: [
      ("OUT_OF_RANGE", "a score is 7.0, outside 0.0...1.0"), ("NOT_A_NUMBER", "a score is nan"),
      ("NO_VERDICT", "has the verdict 0"), ("BAD_UTF8", "the extracted answer is not UTF-8"),
      ("WILD_SIZE", "the size is 18446744073709551615, with a pointer"),
    ], Isolation.allCases)
  func nonsenseInARowIsThatRowsFailure(_ broken: (what: String, message: String), isolation: Isolation) throws
  {
    for verdict in try reward(breaking: broken.what, isolation).score(answers, seed: 0) {
      guard case .failed(let why) = verdict.status else {
        Issue.record("\(verdict)")
        continue
      }
      #expect(why.contains("breaks the contract") && why.contains(broken.message), "\(why)")
    }
  }

  @Test(
    arguments: [
      ("CALL_FAILS", "failed in 'score': the disk is gone"),
      ("WILD_ALLOCATION", "failed in 'score': refused as it should be"),
    ], Isolation.allCases)
  func aCallThatFailsIsBlamedOnThePlugin(_ broken: (what: String, message: String), isolation: Isolation)
    throws
  {
    let reward = try reward(breaking: broken.what, isolation)
    let error = try #require(throws: PolyaError.self) { try reward.score(answers, seed: 0) }
    #expect(error.code == .plugin)
    #expect(error.description.contains(broken.message), "\(error)")
    #expect(error.description.contains("'bad'"), "\(error)")
  }

  @Test(arguments: Isolation.allCases)
  func aFailedRowIsNoVerdictAndTheOthersStay(isolation: Isolation) throws {
    let verdicts = try reward(breaking: "ROW_FAILS", isolation).score(answers, seed: 0)
    #expect(verdicts[0].score == 1)
    #expect(verdicts[1] == Verdict(.timedOut("too slow on this one")))
    #expect(verdicts[2].score == 1)
  }

  @Test func filesThatAreNoPluginsAreNamed() throws {
    let text = try folder.write("text.so", "hello")
    let missing = folder.path("missing.so")
    for (file, message) in [(text, "cannot be loaded"), (missing, "is missing: there is no file")] {
      let error = try #require(throws: PolyaError.self) {
        try host.reward(PluginReference(name: "x", use: file, folder: folder.url.path))
      }
      #expect(error.code == .plugin)
      #expect(error.description.contains(message), "\(error)")
    }
    let empty = try folder.write("empty.c", "int nothing;\n")
    let library = folder.path("empty.so")
    try Command.compilePlugin(URL(filePath: empty), to: library)
    let error = #expect(throws: PolyaError.self) {
      try host.reward(PluginReference(name: "x", use: library, folder: folder.url.path))
    }
    #expect(error?.message.contains("does not export") == true)
  }

  @Test func aBrokenNeighborIsMentionedWhenNothingElseFits() throws {
    try folder.write("broken.so", "hello")
    let host = TestHost.make(searchPath: [folder.url.path])
    let error = #expect(throws: PolyaError.self) {
      try host.reward(PluginReference(name: "x", use: "org.example.wanted", folder: folder.url.path))
    }
    #expect(error?.message.contains("no plugin 'org.example.wanted'") == true)
    #expect(error?.message.contains("broken.so: cannot be loaded") == true)
  }

  @Test func aPinnedHashIsChecked() throws {
    _ = try reward(breaking: "NOTHING")
    let pinned = PluginReference(
      name: "bad", use: folder.path("bad.so"), sha256: String(repeating: "0", count: 64),
      folder: folder.url.path)
    let fresh = TestHost.make()
    let error = #expect(throws: PolyaError.self) { try fresh.reward(pinned) }
    #expect(error?.message.contains("the manifest pins 0000") == true)
  }
}
