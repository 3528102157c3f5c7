import Foundation
import PolyaCore
import PolyaHost
import PolyaTestSupport
import Testing

/// Attempts of a plugin to leave its process, in each placement, compared with the table of SDK/docs/isolation.md.
struct WorkerAttacks {
  private let folder: TemporaryFolder
  private let plugin: String

  init() throws {
    folder = try TemporaryFolder()
    plugin = folder.path("attacking.so")
    try Command.compilePlugin(
      Repository.root.appending(path: "Tests/Fixtures/attacking_reward.c"), to: plugin)
    try PluginHost.protectProcess()
  }

  /// What the documentation promises.
  private static func promises(column: Int) throws -> [(attempt: String, isHeld: Bool)] {
    let text = try String(
      contentsOf: Repository.root.appending(path: "SDK/docs/isolation.md"), encoding: .utf8)
    return text.split(separator: "\n").compactMap { line in
      let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
      guard cells.count == 3, ["held", "open"].contains(cells[column]) else { return nil }
      return (cells[0], cells[column] == "held")
    }
  }

  private func host(_ placement: Placement) -> PluginHost {
    let products = Repository.products.path
    return PluginHost(
      PluginHost.Environment(
        installed: [products], worker: products + "/polya-worker", usesNamespaces: placement == .namespaces,
        threads: 1),
      stop: StopFlag(), log: LogSink(verbose: false) { _, _ in })
  }

  enum Placement: String, CaseIterable { case namespaces, plain }

  /// Listens on something as long as it lives.
  private final class Listener {
    private let process = Process()
    let line: String

    init(_ python: String) throws {
      process.executableURL = URL(filePath: "/usr/bin/env")
      process.arguments = ["python3", "-u", "-c", "import socket, sys\n\(python)\nsys.stdin.read()"]
      let (input, output) = (Pipe(), Pipe())
      process.standardInput = input
      process.standardOutput = output
      try process.run()
      var text = Data()
      while !text.contains(10) {
        let part = output.fileHandleForReading.availableData
        guard !part.isEmpty else { break }
        text += part
      }
      line = String(decoding: text, as: UTF8.self).trimmingCharacters(in: .newlines)
    }

    deinit {
      // It inherits what the test's threads block.
      kill(process.processIdentifier, SIGKILL)
      process.waitUntilExit()
    }
  }

  @Test(arguments: Placement.allCases) func eachAttemptEndsAsTheTableSays(_ placement: Placement) throws {
    let host = host(placement)
    if placement == .namespaces, let missing = host.missingSandbox {
      Issue.record("no namespaces here: \(missing)")
      return
    }
    let promises = try Self.promises(column: placement == .namespaces ? 1 : 2)
    #expect(promises.count == 23)
    let port = try Listener(
      "s = socket.socket(); s.bind(('127.0.0.1', 0)); s.listen(); print(s.getsockname()[1])")
    let name = "polya-attack-\(UUID().uuidString)"
    let abstract = try Listener(
      "s = socket.socket(socket.AF_UNIX); s.bind('\\0\(name)'); s.listen(); print('\(name)')")
    let path = "/tmp/polya-\(UUID().uuidString.prefix(8)).sock"
    let local = try Listener(
      "s = socket.socket(socket.AF_UNIX); s.bind('\(path)'); s.listen(); print('\(path)')")
    defer { unlink(path) }
    try folder.write("victim", "")
    let seconds = String(90_000 + UInt32.random(in: 0..<9999))
    let arguments = [
      "signals the host": "\(getpid())", "reads or traces the host": "\(getpid())",
      "takes the host's descriptors": "\(getpid())", "writes a file of the user": folder.path("written"),
      "removes a file of the user": folder.path("victim"), "connects to a port": port.line,
      "connects to an abstract socket": abstract.line, "connects to a socket in /tmp": local.line,
      "maps shared memory above its limit": "6000", "fills /dev/shm above its limit": "512",
      "leaves a child behind": seconds,
    ]
    for (attempt, isHeld) in promises where isHeld {
      let reward = try host.reward(
        PluginReference(
          name: "attacker", use: plugin, folder: folder.url.path, isolation: .process,
          limits: WorkerLimits(deadline: 1, memory: 256 << 20)))
      let rows = ["nothing", attempt, "nothing"].enumerated().map { index, question in
        Answer(
          id: UInt64(index), groupID: 0,
          task: Task(key: "k", question: question, reference: "", referenceKind: ""),
          completion: Array((arguments[question] ?? "").utf8))
      }
      let verdicts = try reward.score(rows, seed: 0)
      #expect(
        verdicts[0].score == 0 && verdicts[2].score == 0, "'\(attempt)' costs its neighbors: \(verdicts)")
      #expect(verdicts[1].score != 1, "'\(attempt)' gets through")
    }
    // The namespace of the last one is gone with its host's instance.
    let children = try Command.run("/usr/bin/env", ["pgrep", "-f", "sleep \(seconds)"]).output
    if placement == .namespaces { #expect(children.isEmpty, "a child is left behind") }
    if !children.isEmpty { _ = try Command.run("/usr/bin/env", ["pkill", "-f", "sleep \(seconds)"]) }
    withExtendedLifetime((port, abstract, local)) {}
  }

  /// Where polya may make control groups no kind of memory escapes them; elsewhere there is nothing to try.
  @Test func whatNoLimitOfAProcessSeesCountsInAControlGroup() throws {
    let host = host(.namespaces)
    guard host.hasControlGroups else { return print("skipped: no control groups can be made here") }
    let reward = try host.reward(
      PluginReference(
        name: "attacker", use: plugin, folder: folder.url.path, isolation: .process,
        limits: WorkerLimits(deadline: 5, memory: 128 << 20)))
    func verdict(_ mebibytes: Int) throws -> Verdict {
      let task = Task(
        key: "k", question: "holds memory in files without names", reference: "", referenceKind: "")
      return try reward.score(
        [Answer(id: 0, groupID: 0, task: task, completion: Array("\(mebibytes)".utf8))], seed: 0)[0]
    }
    #expect(try verdict(32).score == 1, "what is below the limit is given")
    guard case .failed(let why) = try verdict(600).status else {
      Issue.record("600 MiB are held under a limit of 128")
      return
    }
    #expect(why.contains("more memory than its limit"), "\(why)")
  }

  /// No child outlives a host that is killed.
  @Test func nothingOutlivesAKilledHost() throws {
    let seconds = String(80_000 + UInt32.random(in: 0..<9999))
    let row = #"{"question":"leaves a child behind","completion":"\#(seconds)"}"# + "\n"
    let hang = #"{"question":"finishes a row for ever","completion":""}"# + "\n"
    let running = try Command.start(
      Repository.products.appending(path: "polya").path, ["reward", "score", "--use", plugin],
      input: row + hang,
      folder: folder.url)
    func isThere() throws -> Bool {
      try !Command.run("/usr/bin/env", ["pgrep", "-f", "sleep \(seconds)"]).output.isEmpty
    }
    var waited = 0
    while try !isThere(), waited < 100 {
      usleep(100_000)
      waited += 1
    }
    #expect(try isThere())
    running.signal(SIGKILL)
    _ = try running.finish()
    waited = 0
    while try isThere(), waited < 50 {
      usleep(100_000)
      waited += 1
    }
    #expect(try !isThere(), "a child outlives its host")
  }
}
