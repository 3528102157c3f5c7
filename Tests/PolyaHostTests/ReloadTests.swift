import Foundation
import PolyaCore
import PolyaHost
import PolyaTestSupport
import Testing

/// A rebuilt file is a new plugin: for the next instance, in the same process, without unloading the old one.
struct ReloadTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func build(_ scale: Int) throws {
    try Command.compilePlugin(
      Repository.root.appending(path: "Tests/Fixtures/length_reward.c"), to: folder.path("length.so"),
      defines: ["SCALE=\(scale)"])
  }

  @Test(arguments: Isolation.allCases)
  func aRebuiltRewardIsPickedUpByTheNextInstance(isolation: Isolation) throws {
    let host = TestHost.make()
    let reference = PluginReference(
      name: "length", use: folder.path("length.so"), folder: folder.url.path, isolation: isolation)
    let answers = [
      Answer(
        id: 0, groupID: 0, task: Task(key: "k", question: "q", reference: "", referenceKind: ""),
        completion: Array("123456".utf8))
    ]
    try build(1)
    let first = try host.reward(reference)
    let before = try host.find(reference).sha256
    #expect(try first.score(answers, seed: 0)[0].score == 1)
    try FileManager.default.removeItem(atPath: folder.path("length.so"))
    try build(2)
    let second = try host.reward(reference)
    #expect(try host.find(reference).sha256 != before)
    #expect(try second.score(answers, seed: 0)[0].score == 0.5)
    #expect(try first.score(answers, seed: 0)[0].score == 1, "the old instance keeps its code")
  }

  @Test func aPinnedPluginIsNotReloaded() throws {
    try build(1)
    let host = TestHost.make()
    let open = PluginReference(name: "length", use: folder.path("length.so"), folder: folder.url.path)
    var pinned = open
    let sha256 = try host.find(open).sha256
    pinned.sha256 = sha256
    _ = try host.reward(pinned)
    try FileManager.default.removeItem(atPath: folder.path("length.so"))
    try build(2)
    let error = #expect(throws: PolyaError.self) { try host.reward(pinned) }
    let found = try host.find(open).sha256
    #expect(error?.message == "has sha256 \(found), but the manifest pins \(sha256)")
  }
}
