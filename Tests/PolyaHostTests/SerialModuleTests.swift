import Foundation
import PolyaCore
import PolyaTestSupport
import Testing

@testable import PolyaHost

/// What the trait SERIAL_MODULE asks for.
struct SerialModuleTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// Whether a call of one instance ever met one of the other, in so many calls of each on a thread of its own.
  private func meet(_ defines: [String], calls: Int) throws -> Bool {
    let file = folder.path("overlapping.so")
    try Command.compilePlugin(
      Repository.root.appending(path: "Tests/Fixtures/overlapping_reward.c"), to: file, defines: defines)
    let host = TestHost.make()
    let task = Task(key: "k", question: "q", reference: "r", referenceKind: "")
    let answer = Answer(id: 0, groupID: 0, task: task, completion: [])
    nonisolated(unsafe) let rewards = try ["a", "b"].map {
      try host.reward(PluginReference(name: $0, use: file, folder: folder.url.path, isolation: .host))
    }
    let told = Told()
    let threads = DispatchGroup()
    for index in 0..<2 {
      threads.enter()
      Thread.detachNewThread {
        defer { threads.leave() }
        for _ in 0..<calls where told.all.isEmpty {
          do {
            if try rewards[index].score([answer], seed: 0)[0].score != 1 { told.add("met") }
          } catch { told.add("\(error)") }
        }
      }
    }
    threads.wait()
    #expect(told.all.allSatisfy { $0 == "met" }, "\(told.all)")
    return !told.all.isEmpty
  }

  @Test func instancesOfASerialModuleTakeTurns() throws {
    #expect(try !meet(["TRAITS=POLYA_TRAIT_SERIAL_MODULE"], calls: 5))
    // However late a thread starts on a busy machine.
    #expect(try meet([], calls: 500), "without the trait they meet")
  }
}
