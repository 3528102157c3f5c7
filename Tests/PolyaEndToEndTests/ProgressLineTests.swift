import Foundation
import PolyaTestSupport
import Testing

/// What a person in front of a terminal sees of a run.
struct ProgressLineTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// Gives a command a terminal and writes down all that the terminal gets.
  private static let terminal = """
    import fcntl, os, pty, struct, sys, termios
    pid, fd = pty.fork()
    if pid == 0:
        fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 24, int(sys.argv[1]), 0, 0))
        os.execv(sys.argv[2], sys.argv[2:])
    data = b""
    while True:
        try:
            part = os.read(fd, 65536)
        except OSError:
            break
        if not part:
            break
        data += part
    status = os.waitpid(pid, 0)[1]
    sys.stdout.buffer.write(data)
    sys.exit(os.WEXITSTATUS(status) if os.WIFEXITED(status) else 99)
    """

  private static let manifest = """
    { polya: 1, run: { name: "mini", seed: 5 },
      plugins: {
        fresh: { use: "polya.transformer", options: { shape: "custom", hidden: 32, layers: 2, heads: 2,
                 "key-value-heads": 1, "feed-forward": 48, context: 320 } },
        words: { use: "polya.word-arithmetic" },
        ways: { use: "polya.heuristics", options: { shots: 0, instruct: false, only: ["plain"] } } },
      tasks: { stories: { from: "words", split: "corpus", count: 32 } },
      stages: {
        "worked-examples-of-every-story-of-the-corpus": { kind: "demonstrate", tasks: "stories", strategy: "ways", count: 32 },
        "a-base-that-learns-from-all-of-the-worked-examples": { kind: "train", model: "fresh",
          data: "worked-examples-of-every-story-of-the-corpus", "batch-size": 8, "learning-rate": 3e-3 } } }
    """

  private func run(columns: Int, _ environment: [String: String]) throws -> String? {
    guard try Toolchain.has("python3") else { return nil }
    let file = try folder.write("mini.json5", Self.manifest)
    let result = try Command.run(
      "/usr/bin/env",
      [
        "python3", "-c", Self.terminal, "\(columns)", Repository.products.appending(path: "polya").path,
        "run", file,
        "--runs", folder.path("runs-\(UUID().uuidString)"),
      ], folder: folder.url, environment: environment)
    #expect(result.status == 0, "\(result.output) \(result.errors)")
    return result.output
  }

  @Test(arguments: [20, 40, 80])
  func progressStaysOnItsLine(columns: Int) throws {
    guard let text = try run(columns: columns, ["TERM": "xterm", "NO_COLOR": ""]) else { return }
    // A line that is replaced is one that no newline ends.
    let replaced = text.components(separatedBy: "\r\u{1B}[K").filter {
      !$0.isEmpty && !$0.unicodeScalars.contains("\n")
    }
    #expect(!replaced.isEmpty, "\(text)")
    for line in replaced { #expect(line.count < columns, "\(line)") }
    if columns < 80 {
      #expect(replaced.contains { $0.hasSuffix("…") && $0.count == columns - 1 }, "\(replaced)")
    }
  }

  @Test(arguments: [["TERM": "dumb"], ["TERM": ""], ["TERM": "xterm", "NO_COLOR": "1"]])
  func plainTerminalsGetPlainLines(environment: [String: String]) throws {
    guard let text = try run(columns: 80, environment) else { return }
    #expect(!text.contains("\u{1B}"), "\(text)")
    #expect(text.contains("(train): ") && text.contains("report: "))
  }
}
