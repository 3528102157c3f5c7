import CPolya
import Foundation
import PolyaContract
import PolyaCore
import PolyaTestSupport
import Testing

@testable import PolyaHost

/// Old plugins in this host, and rows of other sizes than its own.
struct AbiTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// Struct sizes of the golden layout of 1.0.
  private func goldenSizes() throws -> [String: Int] {
    let text = try String(
      contentsOf: Repository.root.appending(path: "SDK/abi/polya-1.0.layout"), encoding: .utf8)
    let pairs = text.split(separator: "\n").map { $0.split(separator: " ") }.filter { $0[1] == "size" }
    return Dictionary(pairs.map { (String($0[0]), Int($0[2]) ?? 0) }) { first, _ in first }
  }

  @Test func whatTheHostDemandsIsTheSizeOfOneZero() throws {
    let sizes = try goldenSizes()
    let demanded = [
      "PolyaOption": PolyaOption.firstSize, "PolyaChoice": PolyaChoice.firstSize,
      "PolyaText": PolyaText.firstSize, "PolyaMessage": PolyaMessage.firstSize,
      "PolyaNote": PolyaNote.firstSize, "PolyaSegment": PolyaSegment.firstSize,
      "PolyaHeuristic": PolyaHeuristic.firstSize, "PolyaComponent": PolyaComponent.firstSize,
      "PolyaSplit": PolyaSplit.firstSize, "PolyaModule": StructLayout.FirstSize.module,
      "PolyaPlugin": StructLayout.FirstSize.plugin, "PolyaStrategy": StructLayout.FirstSize.strategy,
      "PolyaReward": StructLayout.FirstSize.reward, "PolyaModel": StructLayout.FirstSize.model,
      "PolyaTasks": StructLayout.FirstSize.tasks,
    ]
    for (name, size) in demanded { #expect(sizes[name] == size, "\(name)") }
  }

  /// Compiled against the frozen copy of the 1.0 headers, whatever the present ones have become.
  @Test(arguments: Isolation.allCases)
  func aPluginOfOneZeroRuns(isolation: Isolation) throws {
    let host = TestHost.make()
    func plugin(_ source: String) throws -> PluginReference {
      let file = folder.path("old.so")
      let root = Repository.root.path
      let result = try Command.run(
        "/usr/bin/env",
        [
          "cc", "-std=c11", "-fPIC", "-shared", "-I\(root)/SDK/abi/1.0/include", "\(root)/\(source)", "-o",
          file,
        ])
      #expect(result.status == 0, "\(result.errors)")
      return PluginReference(name: "old", use: file, folder: folder.url.path, isolation: isolation)
    }
    let task = Task(key: "k", question: "2+2?", reference: "yes", referenceKind: "text")
    let reward = try host.reward(try plugin("examples/reward-in-c/exact_match.c"))
    let answer = Answer(id: 0, groupID: 0, task: task, completion: Array(" yes ".utf8))
    #expect(try reward.score([answer], seed: 0) == [.scored(1, extracted: "yes", confidence: 1)])
    let strategy = try host.strategy(try plugin("examples/strategy-in-c/think_twice.c"))
    let move = try strategy.next([StrategyTurn(id: 0, task: task, heuristic: "check")], seed: 0)[0].get()
    guard case .ask(let ask) = move else {
      Issue.record("\(move)")
      return
    }
    #expect(ask.messages.map(\.content) == ["Question: 2+2?\nAnswer:"])
  }

  @Test func rowsOfANewerPluginAreReadAtItsStride() throws {
    struct Wide {
      var message = PolyaMessage()
      var extra = UInt64.max
    }
    try withExtendedLifetime(["a", "b"].map { Array($0.utf8CString) }) { texts in
      var rows = texts.map { text in
        text.withUnsafeBufferPointer { pointer in
          var wide = Wide()
          wide.message.content = PolyaText(data: pointer.baseAddress, size: 1)
          return wide
        }
      }
      try rows.withUnsafeMutableBytes { bytes in
        let sent = PolyaRows(
          base: UnsafeRawPointer(bytes.baseAddress), count: 2, stride: UInt32(MemoryLayout<Wide>.stride),
          zero: 0)
        let read = try Received.local.rows(sent, PolyaMessage.self, "messages") {
          try Received.local.text($0.content, "text")
        }
        #expect(read == ["a", "b"])
      }
    }
  }

  @Test func rowsShorterThanOneZeroAreRefused() {
    var byte: UInt8 = 0
    let rows = withUnsafeMutablePointer(to: &byte) {
      PolyaRows(base: UnsafeRawPointer($0), count: 1, stride: 31, zero: 0)
    }
    #expect(throws: Misbehaviour.self) {
      try Received.local.rows(rows, PolyaMessage.self, "messages") { _ in }
    }
  }

  @Test func everyShippedPluginExportsTheGoldenSymbols() throws {
    let golden = try String(
      contentsOf: Repository.root.appending(path: "SDK/abi/polya-1.0.symbols"), encoding: .utf8)
    for plugin in try FileManager.default.contentsOfDirectory(
      atPath: Repository.root.appending(path: "Plugins").path)
    {
      let file = Repository.products.appending(path: "lib\(plugin).so").path
      let symbols = try Command.run("/usr/bin/env", ["nm", "-D", "-g", "--defined-only", file]).output
      let names = symbols.split(separator: "\n").compactMap { $0.split(separator: " ").last }
      #expect(names.joined(separator: "\n") + "\n" == golden, "\(plugin)")
    }
  }
}
