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

  /// A copy of the SDK whose headers have one field more before a place, with everything that is generated from them.
  private func nextMinor(_ place: String) throws -> String {
    let sdk = folder.path("SDK")
    for part in ["abi", "include", "cpp"] {
      try FileManager.default.createDirectory(atPath: sdk, withIntermediateDirectories: true)
      try FileManager.default.copyItem(
        atPath: Repository.root.appending(path: "SDK/\(part)").path, toPath: "\(sdk)/\(part)")
    }
    func replace(_ file: String, _ old: String, _ new: String) throws {
      let text = try String(contentsOfFile: "\(sdk)/\(file)", encoding: .utf8)
      try #require(text.contains(old), "\(file)")
      try text.replacing(old, with: new).write(toFile: "\(sdk)/\(file)", atomically: true, encoding: .utf8)
    }
    let field = "PolyaText hint; /* what the task offers as a hint */"
    try replace("include/polya/reward.h", place, "  \(field)\n  \(place)")
    try replace("include/polya/polya.h", "POLYA_ABI_MINOR 1", "POLYA_ABI_MINOR 2")
    let generated = try Command.run("/usr/bin/env", ["python3", "\(sdk)/abi/generate.py"])
    try #require(generated.status == 0, "\(generated.errors)")
    return sdk
  }

  private static let end = "} PolyaRewardItem;"

  /// A field is described once: after that the overlay has it, and a plugin that uses it runs in a host that does not
  /// know it.
  @Test(arguments: Isolation.allCases)
  func aPluginOfTheNextMinorVersionRuns(isolation: Isolation) throws {
    let sdk = try nextMinor(Self.end)
    let layout = try Command.run("/usr/bin/env", ["python3", "\(sdk)/abi/layout.py", "\(sdk)/include"])
    #expect(layout.output.contains("PolyaRewardItem.hint 160 16"), "\(layout.output)")
    for file in ["cpp/polya_items.hpp", "PolyaKit/Boundary/Items.swift", "rust/polya-sdk/src/items.rs"] {
      #expect(try String(contentsOfFile: "\(sdk)/\(file)", encoding: .utf8).contains("hint"), "\(file)")
    }
    let file = folder.path("next.so")
    let source = Repository.root.appending(path: "Tests/Fixtures/next_minor_reward.cpp").path
    let built = try Command.run(
      "/usr/bin/env",
      ["g++", "-std=c++17", "-fPIC", "-shared", "-I\(sdk)/include", "-I\(sdk)/cpp", source, "-o", file])
    try #require(built.status == 0, "\(built.errors)")
    let reference = PluginReference(name: "next", use: file, folder: folder.url.path, isolation: isolation)
    let task = Task(key: "k", question: "q", reference: "r", referenceKind: "")
    let answer = Answer(id: 0, groupID: 0, task: task, completion: Array("c".utf8))
    #expect(try TestHost.make().reward(reference).score([answer], seed: 0)[0].score == nil)
  }

  /// Appended, older plugins go on; anywhere else the golden layout says what moved.
  @Test func onlyAnAppendedFieldKeepsTheLayout() throws {
    func check(_ place: String) throws -> CommandResult {
      let sdk = try nextMinor(place)
      defer { do { try FileManager.default.removeItem(atPath: sdk) } catch {} }
      let layout = try Command.run("/usr/bin/env", ["python3", "\(sdk)/abi/layout.py", "\(sdk)/include"])
      try layout.output.write(toFile: "\(sdk)/abi/polya-1.2.layout", atomically: true, encoding: .utf8)
      return try Command.run(
        "/usr/bin/env", ["python3", "\(sdk)/abi/layout.py", "\(sdk)/include", "--check"])
    }
    let appended = try check(Self.end)
    #expect(appended.status == 0, "\(appended.errors)")
    let inserted = try check("PolyaText question;")
    #expect(
      inserted.status == 1 && inserted.errors.contains("polya-1.0.layout: - PolyaRewardItem.completion 32 16")
    )
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
    #expect(throws: Misbehavior.self) {
      try Received.local.rows(rows, PolyaMessage.self, "messages") { _ in }
    }
  }

  @Test func everyShippedPluginExportsTheGoldenSymbols() throws {
    let golden = try String(
      contentsOf: Repository.root.appending(path: "SDK/abi/polya-1.0.symbols"), encoding: .utf8)
    let plugins = Repository.root.appending(path: "Plugins")
    // Folders without an entry are rooms that several plugins share.
    let names = try FileManager.default.contentsOfDirectory(atPath: plugins.path).filter {
      FileManager.default.fileExists(atPath: plugins.appending(path: "\($0)/Entry").path)
    }
    #expect(names.count >= 16)
    for plugin in names {
      let file = Repository.products.appending(path: "lib\(plugin).so").path
      let symbols = try Command.run("/usr/bin/env", ["nm", "-D", "-g", "--defined-only", file]).output
      let names = symbols.split(separator: "\n").compactMap { $0.split(separator: " ").last }
      #expect(names.joined(separator: "\n") + "\n" == golden, "\(plugin)")
    }
  }
}
