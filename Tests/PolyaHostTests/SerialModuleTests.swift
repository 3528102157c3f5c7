import Foundation
import PolyaCore
import PolyaTestSupport
import Testing

@testable import PolyaHost

/// What the trait SERIAL_MODULE asks for.
struct SerialModuleTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// The share of calls that met no other one, of two instances on a thread each.
  private func shareAlone(_ defines: [String]) throws -> Double {
    let file = folder.path("overlapping.so")
    try Command.compilePlugin(
      Repository.root.appending(path: "Tests/Fixtures/overlapping_reward.c"), to: file, defines: defines)
    let host = TestHost.make()
    let task = Task(key: "k", question: "q", reference: "r", referenceKind: "")
    let answer = Answer(id: 0, groupID: 0, task: task, completion: [])
    nonisolated(unsafe) let rewards = try ["a", "b"].map {
      try host.reward(PluginReference(name: $0, use: file, folder: folder.url.path, isolation: .host))
    }
    let scores = Told()
    DispatchQueue.concurrentPerform(iterations: 2) { index in
      for _ in 0..<5 {
        do {
          scores.add(try rewards[index].score([answer], seed: 0)[0].score == 1 ? "alone" : "met another")
        } catch { scores.add("\(error)") }
      }
    }
    #expect(scores.all.count == 10)
    return Double(scores.all.count { $0 == "alone" }) / 10
  }

  @Test func instancesOfASerialModuleTakeTurns() throws {
    #expect(try shareAlone(["TRAITS=POLYA_TRAIT_SERIAL_MODULE"]) == 1)
    #expect(try shareAlone([]) < 1, "without the trait they meet")
  }
}
