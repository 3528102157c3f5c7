import Foundation
import PolyaTestSupport
import Testing

/// A run with every kind of stage that is done in a fraction of a second, to be attacked many times.
final class TinyRun: Sendable {
  let folder: TemporaryFolder
  /// Where its copies of plugins go.
  private let temporary: TemporaryFolder
  private let injector: String

  init() throws {
    folder = try TemporaryFolder(inMemory: true)
    temporary = try TemporaryFolder(inMemory: true)
    injector = folder.path("injector.so")
    let source = Repository.root.appending(path: "Tests/Fixtures/fault_injector.c").path
    let built = try Command.run(
      "/usr/bin/env",
      ["cc", "-std=gnu11", "-Wall", "-Werror", "-O1", "-fPIC", "-shared", source, "-o", injector, "-ldl"])
    try #require(built.status == 0, "\(built.errors)")
    let products = Repository.products.path
    // By their files, so that nothing is searched for.
    let text = Self.manifest.replacing(/use: "polya\.([a-z-]+)"/) { match in
      "use: \"\(products)/lib\(Self.libraries[String(match.1)] ?? "").so\""
    }
    try folder.write("tiny.json5", text)
  }

  private static let libraries = [
    "transformer": "Transformer", "word-arithmetic": "WordArithmetic", "heuristics": "Heuristics",
    "math-answer": "MathReward", "shape": "ShapeReward",
  ]

  /// An untrained model is right about nothing: wrong answers are selected, and their length is rewarded.
  private static let manifest = """
    { polya: 1, run: { name: "tiny", seed: 5, "max-unscored": 1, "checkpoint-minutes": 0 },
      plugins: {
        fresh: { use: "polya.transformer", options: { shape: "custom", hidden: 16, layers: 1, heads: 1,
                 "key-value-heads": 1, "feed-forward": 16, context: 320 } },
        words: { use: "polya.word-arithmetic" },
        ways: { use: "polya.heuristics", options: { shots: 0, instruct: false, only: ["working-backwards", "plain"] } },
        answer: { use: "polya.math-answer" }, shape: { use: "polya.shape" } },
      tasks: { stories: { from: "words", split: "corpus", count: 4 }, train: { from: "words", split: "train", count: 2 } },
      stages: {
        corpus: { kind: "demonstrate", tasks: "stories", strategy: "ways", count: 4 },
        candidates: { kind: "bootstrap", model: "fresh", tasks: "train", strategies: ["ways"], samples: 1,
                      "max-tokens": 8, verify: "answer", "tasks-per-shard": 1 },
        two: { kind: "select", from: "candidates", variants: 2, outcome: "wrong", truncated: "keep" },
        mid: { kind: "train", model: "fresh", data: ["two", "corpus"], "batch-size": 4, epochs: 1, "learning-rate": 1e-3 },
        polya: { kind: "reinforce", model: "mid", tasks: "train", steps: 2, rewards: [{ use: "shape" }], "prompts-per-step": 1,
                 "group-size": 2, "max-tokens": 6, "learning-rate": 1e-3 },
        scores: { kind: "evaluate", models: ["polya"], tasks: ["train"], verify: "answer", samples: 2, "max-tokens": 6 },
        many: { kind: "measure", from: ["candidates"], strategy: "ways", outcome: "any" } } }
    """

  static let polya = Repository.products.appending(path: "polya").path

  /// Runs it into the folder `runs`, with a fault of Tests/Fixtures/fault_injector.c.
  func run(_ runs: String, fault: String? = nil) throws -> CommandResult {
    try start(runs, fault: fault).finish()
  }

  /// Starts it.
  func start(_ runs: String, fault: String? = nil) throws -> RunningCommand {
    var environment = ["TMPDIR": temporary.url.path]
    if let fault {
      environment.merge(
        ["LD_PRELOAD": injector, "POLYA_FAULT": fault, "POLYA_FAULT_ROOT": folder.url.path]
      ) { $1 }
    }
    return try Command.start(
      Self.polya, ["run", folder.path("tiny.json5"), "--runs", runs, "--threads", "1"], folder: folder.url,
      environment: environment)
  }

  /// Starts it, and gives it when it has stopped itself before its call with this number.
  func stopped(_ runs: String, at number: Int) throws -> RunningCommand {
    let running = try start(runs, fault: "stop:\(number)")
    while running.isRunning {
      let state = try String(contentsOfFile: "/proc/\(running.id)/stat", encoding: .utf8)
      if state.split(separator: ")").last?.hasPrefix(" T") == true { break }
      usleep(1000)
    }
    return running
  }

  func path(_ runs: String) -> URL { folder.url.appending(path: runs).appending(path: "tiny") }

  /// All files that a run promises byte for byte, by path. Times are in the journal and the report only; what was set
  /// aside is the user's.
  func results(_ runs: String) throws -> [String: Data] {
    let root = path(runs).resolvingSymlinksInPath()
    var files: [String: Data] = [:]
    let walker = FileManager.default.enumerator(at: root, includingPropertiesForKeys: nil)
    while let file = walker?.nextObject() as? URL {
      let name = String(file.path.dropFirst(root.path.count + 1))
      if name.split(separator: "/").contains(where: { $0.hasPrefix(".damaged-") }) { continue }
      var isFolder: ObjCBool = false
      _ = FileManager.default.fileExists(atPath: file.path, isDirectory: &isFolder)
      guard !isFolder.boolValue, ![".lock", "journal.jsonl", "report.html"].contains(name) else { continue }
      files[name] = try Data(contentsOf: file)
    }
    return files
  }

  /// What differs between two runs, by name.
  func differences(_ a: [String: Data], _ b: [String: Data]) -> [String] {
    Set(a.keys).union(b.keys).filter { a[$0] != b[$0] }.sorted()
  }
}

/// Runs a body for each element on two threads, and gives what it complains of.
func attack<Element: Sendable>(_ elements: [Element], _ body: @Sendable (Element) throws -> String?)
  -> [String]
{
  let lock = NSLock()
  nonisolated(unsafe) var complaints: [(Int, String)] = []
  nonisolated(unsafe) var next = 0
  DispatchQueue.concurrentPerform(iterations: 2) { _ in
    while true {
      let index = lock.withLock { () -> Int in
        defer { next += 1 }
        return next
      }
      guard index < elements.count else { return }
      var complaint: String?
      do { complaint = try body(elements[index]) } catch { complaint = "\(error)" }
      if let complaint { lock.withLock { complaints.append((index, "\(elements[index]): \(complaint)")) } }
    }
  }
  return complaints.sorted { $0.0 < $1.0 }.map(\.1)
}
