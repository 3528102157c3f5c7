import Foundation
import PolyaKit
import Testing

@testable import CodeReward

extension SandboxTests {
  /// The ways to make a sandbox: whoever starts the supervisor may be root or not, have lost its privileges, be in a sandbox
  /// itself, or be denied sockets.
  struct WaysTests {
    private static let ordinary = ["setpriv", "--reuid=1500", "--regid=1500", "--clear-groups"]
    private static let powerless = ["setpriv", "--bounding-set=-all", "--inh-caps=-all"]
    private static let inside = [
      "bwrap", "--unshare-pid", "--unshare-net", "--ro-bind", "/", "/", "--proc", "/proc", "--dev", "/dev",
      "--tmpfs", "/tmp",
    ]
    private static let ownUser = inside + ["--unshare-user"]

    /// Refuses sockets other than of AF_UNIX, as workers of the host do: `deny_network` in Sources/CPolyaProcess/process.c.
    private static let denied = [
      "python3", "-c",
      """
      import ctypes, os, struct, sys
      socket, unix, refuse, allow = {"x86_64": 41, "aarch64": 198}[os.uname().machine], 1, 0x5000D, 0x7FFF0000
      steps = [(0x20, 0, 0, 0), (0x15, 0, 3, socket), (0x20, 0, 0, 16), (0x15, 1, 0, unix), (6, 0, 0, refuse), (6, 0, 0, allow)]
      code = b"".join(struct.pack("=HBBI", *step) for step in steps)
      class Program(ctypes.Structure):
          _fields_ = [("count", ctypes.c_ushort), ("steps", ctypes.c_char_p)]
      C = ctypes.CDLL(None)
      assert C.prctl(38, 1, 0, 0, 0) == 0 and C.prctl(22, 2, ctypes.byref(Program(len(steps), code)), 0, 0) == 0
      os.execvp(sys.argv[1], sys.argv[1:])
      """,
    ]

    private static let ways: [(name: String, command: [String])] = [
      ("as it is", []), ("denied sockets", denied), ("an ordinary user", ordinary),
      ("an ordinary user, denied sockets", ordinary + denied), ("without privileges", powerless),
      ("inside", inside), ("inside, denied sockets", inside + denied),
      ("inside, without privileges", inside + ["--cap-drop", "ALL"]),
      ("inside, without privileges, denied sockets", inside + ["--cap-drop", "ALL"] + denied),
      ("inside, in a user namespace", ownUser),
      ("inside, in a user namespace, without privileges", ownUser + ["--cap-drop", "ALL"]),
      ("inside, in a user namespace, as another user", ownUser + ["--uid", "1000", "--gid", "1000"]),
      ("an ordinary user inside", ordinary + ownUser),
      ("an ordinary user inside, denied sockets", ordinary + ownUser + denied),
    ]

    private static func run(_ command: [String], input: String) throws -> (status: Int32, output: String) {
      let process = Process()
      let (source, sink) = (Pipe(), Pipe())
      process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
      // The python3 of the system: another user may not be able to read any other.
      process.arguments = ["PATH=/usr/bin:/bin"] + command
      process.currentDirectoryURL = URL(fileURLWithPath: "/")
      process.standardInput = source
      process.standardOutput = sink
      process.standardError = FileHandle.nullDevice
      try process.run()
      source.fileHandleForWriting.write(Data(input.utf8))
      // It ends with its input, so that this stays open until it has said everything.
      var output = Data()
      let lines = input.isEmpty ? 0 : 4
      while output.count(where: { $0 == UInt8(ascii: "\n") }) < lines {
        let part = sink.fileHandleForReading.availableData
        if part.isEmpty { break }
        output += part
        if String(decoding: output, as: UTF8.self).contains("\"problem\"") { break }
      }
      source.fileHandleForWriting.closeFile()
      process.waitUntilExit()
      return (process.terminationStatus, String(decoding: output, as: UTF8.self))
    }

    /// Reaches what no program may reach, and does what every program may do.
    private static let program = """
      import os, socket
      def f():
          for family in (socket.AF_INET, 16):
              try: return socket.socket(family, socket.SOCK_DGRAM).close()
              except OSError: pass
          try: open("/proc/net/unix").read().index("@")
          except (OSError, ValueError): pass
          else: return 0
          return 42
      def forks():
          n = 0
          try:
              while n < 40:
                  if os.fork() == 0: os.read(os.pipe()[0], 1)
                  n += 1
          except OSError: pass
          return n
      """

    @Test(arguments: ways.indices) func theSandboxHolds(_ index: Int) throws {
      let (name, command) = Self.ways[index]
      guard (try Self.run(command + ["true"], input: "")).status == 0 else { return }  // not to be had here
      guard case .object(let settings) = Sandbox.settings() else { return }
      let jobs = try ["assert f() == 42", "assert f() == 41", "assert forks() < 17"].enumerated().map {
        number, tests in
        JSON.object(
          try CodeJob(Sandbox.item(Self.program, tests: tests), .python).members + [
            ("id", .number("\(number)"))
          ])
      }
      let lines = [
        JSON.object(settings + [("sources", Supervisor.sources)]),
        JSON.object([("workers", .number("2")), ("jobs", .array(jobs))]),
      ].map { $0.text.replacing("\n", with: " ") + "\n" }
      let output = try Self.run(
        command + ["python3", "-I", "-S", "-c", Supervisor.program], input: lines.joined()
      ).output
      let said = try output.split(separator: "\n").map { try JSON(parsing: String($0)) }
      #expect(said.first?["ready"] == .bool(true), "\(name): \(output)")
      let results = said.dropFirst().sorted { ($0["id"]?.integer ?? 0) < ($1["id"]?.integer ?? 0) }
      #expect(results.map { $0["right"]?.bool } == [true, false, true], "\(name): \(output)")
    }
  }

  struct InterpreterTests {
    /// A virtual environment below /tmp, with a package, and with a project that is installed to be edited.
    @Test func onlyWhatBelongsToTheInterpreterIsSeen() throws {
      let folder = FileManager.default.temporaryDirectory.appending(path: "polya-venv-\(UUID().uuidString)")
      defer { #expect(throws: Never.self) { try FileManager.default.removeItem(at: folder) } }
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      let process = Process()
      process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
      process.arguments = [
        "sh", "-c",
        """
        python3 -m venv --without-pip "$0/venv" && mkdir "$0/project" && echo 'x = 1' > "$0/project/edited.py" &&
        cd "$0"/venv/lib/python3*/site-packages && echo "$0/project" > edited.pth && echo 'x = 42' > package.py
        """, folder.path,
      ]
      try process.run()
      process.waitUntilExit()
      guard process.terminationStatus == 0 else { return }  // this Python has no venv
      let program = """
        import os
        def f():
            import package
            open("/tmp/file", "w").close()
            return package.x
        def seen():
            try:
                import edited
                return "imported"
            except ImportError:
                return os.path.exists("\(folder.path)/project")
        """
      let results = try Sandbox.results(
        [Sandbox.item(program, tests: "assert f() == 42\nassert seen() is False")],
        python: folder.appending(path: "venv/bin/python").path)
      #expect(results[0]["right"] == .bool(true), "\(results)")
    }
  }
}
