import Foundation
import PolyaCore
import PolyaHost
import PolyaTestSupport
import Synchronization
import Testing

/// What runs is what was hashed, whatever happens to the file meanwhile.
struct PluginContentAttacks {
  private let folder: TemporaryFolder
  private let file: String

  init() throws {
    folder = try TemporaryFolder()
    file = folder.path("deadly.so")
  }

  private func build(_ name: String, shift: Int) throws -> String {
    let path = folder.path(name)
    try Command.compilePlugin(
      Repository.root.appending(path: "Tests/Fixtures/deadly_reward.c"), to: path,
      defines: ["MARKS=1", "TRAITS=0", "SHIFT=\(shift)"])
    return path
  }

  private var host: PluginHost {
    let products = Repository.products
    return PluginHost(
      PluginHost.Environment(
        installed: [products.path], worker: products.appending(path: "polya-worker").path, threads: 1),
      stop: StopFlag(), log: LogSink(verbose: false) { _, _ in })
  }

  private func scores(_ reward: any Reward, _ texts: [String]) throws -> [Double?] {
    try reward.score(
      texts.enumerated().map { index, text in
        Answer(
          id: UInt64(index), groupID: 0,
          task: Task(key: "k", question: "q", reference: "", referenceKind: ""),
          completion: Array(text.utf8))
      }, seed: 0
    ).map(\.score)
  }

  private final class Told: Sendable {
    let lines = Mutex<[String]>([])
    func add(_ line: String) { lines.withLock { $0.append(line) } }
  }

  /// What can happen to a file while it is used. A new way is a line here.
  private static let ways:
    [(name: String, apply: @Sendable (_ file: String, _ other: String) throws -> Void)] = [
      (
        "overwritten in place",
        { file, other in
          let handle = try FileHandle(forWritingTo: URL(filePath: file))
          try handle.truncate(atOffset: 0)
          try handle.write(contentsOf: Data(contentsOf: URL(filePath: other)))
          try handle.close()
        }
      ),
      ("emptied", { file, _ in try FileHandle(forWritingTo: URL(filePath: file)).truncate(atOffset: 0) }),
      ("cut", { file, _ in try FileHandle(forWritingTo: URL(filePath: file)).truncate(atOffset: 5000) }),
      ("deleted", { file, _ in try FileManager.default.removeItem(atPath: file) }),
      (
        "exchanged by a rename",
        { file, other in
          try FileManager.default.copyItem(atPath: other, toPath: file + ".new")
          guard rename(file + ".new", file) == 0 else { throw CocoaError(.fileWriteUnknown) }
        }
      ),
      (
        "exchanged by a link",
        { file, other in
          try FileManager.default.removeItem(atPath: file)
          try FileManager.default.createSymbolicLink(atPath: file, withDestinationPath: other)
        }
      ),
      (
        "filled with noise",
        { file, _ in try Data(repeating: 0xC3, count: 20_000).write(to: URL(filePath: file)) }
      ),
    ]

  @Test(arguments: 0..<7, Isolation.allCases)
  func aRunningInstanceKeepsItsCode(_ way: Int, _ isolation: Isolation) throws {
    let original = try build("deadly.so", shift: 0)
    let other = try build("other.so", shift: 3)
    let host = host
    let reference = PluginReference(name: "d", use: original, folder: folder.url.path, isolation: isolation)
    let reward = try host.reward(reference)
    #expect(try scores(reward, ["1", "2"]) == [1, 2])
    try Self.ways[way].apply(original, other)
    #expect(try scores(reward, ["3"]) == [3], "\(Self.ways[way].name)")
    guard isolation == .process else { return }
    // Its process is replaced twice, and runs the same bytes each time.
    #expect(try scores(reward, ["4", "crash", "5"]) == [4, nil, 5], "\(Self.ways[way].name)")
  }

  @Test func aSettledReferenceStaysWhatItWas() throws {
    let original = try build("deadly.so", shift: 0)
    let other = try build("other.so", shift: 3)
    for isolation in Isolation.allCases {
      let host = host
      var reference = PluginReference(name: "d", use: original, folder: folder.url.path, isolation: isolation)
      reference.settled = try host.settle(reference)
      try Self.ways[4].apply(original, other)
      #expect(try scores(host.reward(reference), ["1"]) == [1])
      reference.settled = nil
      #expect(try scores(host.reward(reference), ["1"]) == [4])
      _ = try build("deadly.so", shift: 0)
    }
  }

  @Test func pathsAreNormalizedBeforeAnythingIsTrusted() throws {
    _ = try build("deadly.so", shift: 0)
    let products = Repository.products.path
    let up = String(repeating: "/..", count: products.split(separator: "/").count)
    let detour = products + up + file
    let told = Told()
    let product = Repository.products
    let environment = PluginHost.Environment(
      installed: [products], worker: product.appending(path: "polya-worker").path, threads: 1,
      warn: { told.add($0) })
    let host = PluginHost(environment, stop: StopFlag(), log: LogSink(verbose: false) { _, _ in })
    let reward = try host.reward(PluginReference(name: "d", use: detour, folder: folder.url.path))
    #expect(try scores(reward, ["crash", "1"]) == [nil, 1], "in the host this would end the test")
    #expect(told.lines.withLock { $0 }.contains { $0.contains("is not pinned") })
  }

  /// Anyone who can write beside a plugin can write a sidecar. A new lie is a line here.
  @Test(arguments: [
    (#""traits":[]"#, #""traits":["network"]"#), (#""title":"Deadly""#, #""title":"Harmless""#),
    (#""version":"1.0.0""#, #""version":"2.0.0""#),
    (#""options":[]"#, #""options":[{"key":"a","help":"b","type":"bool","default":true}]"#),
  ]) func aForgedSidecarDecidesNothing(_ truth: String, _ lie: String) throws {
    _ = try build("deadly.so", shift: 0)
    let described = try Command.polya(["plugin", "describe", file, "--write"])
    #expect(described.status == 0, "\(described.errors)")
    let sidecar = folder.url.appending(path: "deadly.polya.json")
    let json = try JSONSerialization.jsonObject(with: Data(contentsOf: sidecar))
    let compact = String(
      decoding: try JSONSerialization.data(withJSONObject: json, options: [.withoutEscapingSlashes]),
      as: UTF8.self)
    let forged = compact.replacing(truth, with: lie)
    #expect(forged != compact, "\(compact)")
    try Data(forged.utf8).write(to: sidecar)
    for isolation in ["host", "process"] {
      let refused = try Command.polya(
        ["reward", "score", "--use", file, "--isolation", isolation], input: #"{"completion":"1"}"# + "\n")
      #expect(refused.status == 3)
      #expect(refused.errors.contains("does not match the descriptor of the plugin"), "\(refused.errors)")
    }
  }

  /// The copies of a killed host go with the next command.
  @Test func aKilledHostLeavesNoCopiesForLong() throws {
    let plugin = try build("deadly.so", shift: 0)
    let temporary = folder.path("temporary")
    try FileManager.default.createDirectory(atPath: temporary, withIntermediateDirectories: true)
    func copies() throws -> [String] {
      try FileManager.default.contentsOfDirectory(atPath: temporary).filter { $0.hasPrefix("polya-copies-") }
    }
    let polya = Repository.products.appending(path: "polya").path
    let hanging = try Command.start(
      polya, ["reward", "score", "--use", plugin], input: #"{"completion":"hang"}"# + "\n",
      folder: folder.url,
      environment: ["TMPDIR": temporary])
    var waited = 0
    while try copies().isEmpty, waited < 400 {
      usleep(50_000)
      waited += 1
    }
    // One that lives keeps its own.
    let beside = try Command.run(
      polya, ["reward", "score", "--use", plugin], input: #"{"completion":"1"}"# + "\n", folder: folder.url,
      environment: ["TMPDIR": temporary])
    #expect(beside.status == 0, "\(beside.errors)")
    #expect(try copies().count == 1)
    hanging.signal(SIGKILL)
    _ = try hanging.finish()
    #expect(try copies().count == 1)
    let next = try Command.run(
      polya, ["reward", "score", "--use", plugin], input: #"{"completion":"1"}"# + "\n", folder: folder.url,
      environment: ["TMPDIR": temporary])
    #expect(next.status == 0, "\(next.errors)")
    #expect(try copies().isEmpty)
  }

  @Test func aPythonFileIsPinnedAndCopied() throws {
    try folder.write(
      "mine.py", "def reward(completions, **columns):\n    return [1.0 for _ in completions]\n")
    let manifest = try folder.write(
      "m.json5",
      """
      { polya: 1, run: { name: "m" },
        plugins: { r: { use: "polya.python-reward", options: { file: "mine.py" } } }, tasks: {}, stages: {} }
      """)
    #expect(try Command.polya(["plugin", "lock", manifest]).status == 0)
    let lock = try String(contentsOf: folder.url.appending(path: "m.lock.json"), encoding: .utf8)
    #expect(lock.contains(#""file": ""#), "\(lock)")
    #expect(try Command.polya(["doctor", manifest]).status == 0)
    try folder.write(
      "mine.py", "def reward(completions, **columns):\n    return [0.5 for _ in completions]\n")
    let refused = try Command.polya(["doctor", manifest])
    #expect(refused.status == 3)
    #expect(refused.errors.contains("the file of the option 'file' has sha256"), "\(refused.errors)")

    try folder.write(
      "mine.py",
      "import os\ndef reward(completions, **columns):\n    return [os._exit(1) if c == 'end' else 1.0 for c in completions]\n"
    )
    let reward = try host.reward(
      PluginReference(
        name: "r", use: "polya.python-reward", options: ["file": .string("mine.py")], folder: folder.url.path)
    )
    #expect(try scores(reward, ["a"]) == [1])
    try folder.write(
      "mine.py", "def reward(completions, **columns):\n    return [0.25 for c in completions]\n")
    #expect(
      try scores(reward, ["a", "end", "b"]) == [1, nil, 1],
      "its interpreter is replaced and runs the same code")
  }
}
