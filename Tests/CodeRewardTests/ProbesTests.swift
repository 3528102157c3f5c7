import Foundation
import PolyaKit
import Testing

@testable import CodeReward

extension SandboxTests {
  /// What a program must not see, reach or hold: see `Cases/probes.txt`, where a probe more is some lines more.
  struct ProbesTests {
    private static let preparation = """
      import ctypes, mmap, os, platform, resource, signal, socket, subprocess, sys, threading, time
      C = ctypes.CDLL(None, use_errno=True)
      def call(x86, arm, *rest):
          ctypes.set_errno(0)
          found = C.syscall(x86 if platform.machine() == "x86_64" else arm, *rest)
          if found < 0:
              raise OSError(ctypes.get_errno(), "refused")
          return found
      signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGRTMIN + 1])
      def f():
          try:
              return repr(probe() or False)
          except Exception:
              return "False"
      def probe():

      """

    private static func probes() throws -> [(name: String, program: String)] {
      let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(
        path: "Cases/probes.txt")
      return try String(contentsOf: file, encoding: .utf8).components(separatedBy: "\n### ").dropFirst().map {
        var lines = $0.components(separatedBy: "\n")
        let name = lines.removeFirst()
        return (name, preparation + lines.map { "    \($0)\n" }.joined())
      }
    }

    /// What there is to be reached. It says that it is ready, and ends with its input.
    private static let outside = """
      import ctypes, os, socket, sys
      C = ctypes.CDLL(None)
      kept = []
      for kind, address in ((socket.SOCK_STREAM, "\\0polya-probe"), (socket.SOCK_DGRAM, "\\0polya-probe-datagram"),
                            (socket.SOCK_STREAM, "/tmp/polya-probe.sock")):
          if not address.startswith("\\0") and os.path.exists(address):
              os.unlink(address)
          kept.append(socket.socket(socket.AF_UNIX, kind))
          kept[-1].bind(address)
          if kind == socket.SOCK_STREAM:
              kept[-1].listen(100)
      open("/tmp/polya-probe.txt", "w").write("x")
      identifiers = [C.shmget(0x706f6c79, 4096, 0o1666), C.msgget(0x706f6c79, 0o1666), C.semget(0x706f6c79, 1, 0o1666)]
      print("ready", flush=True)
      sys.stdin.read()
      C.shmctl(identifiers[0], 0, None); C.msgctl(identifiers[1], 0, None); C.semctl(identifiers[2], 0, 0)
      os.unlink("/tmp/polya-probe.sock"); os.unlink("/tmp/polya-probe.txt")
      """

    /// Neither an answer nor tests get through, and what is outside is there, as a program without sandbox shows.
    @Test func nothingIsReached() throws {
      let process = Process()
      let input = Pipe()
      let output = Pipe()
      process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
      process.arguments = ["python3", "-c", Self.outside]
      process.standardInput = input
      process.standardOutput = output
      try process.run()
      defer {
        input.fileHandleForWriting.closeFile()
        process.waitUntilExit()
      }
      // Python may write the word and the end of its line apart.
      var said = Data()
      while said.last != UInt8(ascii: "\n") {
        let more = output.fileHandleForReading.availableData
        guard !more.isEmpty else { break }
        said += more
      }
      #expect(String(decoding: said, as: UTF8.self) == "ready\n")
      setenv("POLYA_PROBE", "x", 1)
      let probes = try Self.probes()
      #expect(probes.count >= 50)
      let check = "assert f() == 'False', f()"
      let items =
        probes.map { Sandbox.item($0.program, tests: check) }
        + probes.map { Sandbox.item("x = 1", tests: $0.program + check) }
      for (probe, result) in zip(probes + probes, try Sandbox.results(items, timeout: 30)) {
        #expect(result["right"] == .bool(true), "\(probe.name): \(result)")
      }
      let open = Set([
        "connect to an abstract socket of the host", "send to an abstract datagram socket of the host",
        "connect to a socket of the host by its path", "see the host's sockets in /proc/net",
        "see a variable of the host", "read another file of the host",
      ])
      let reached = probes.filter { open.contains($0.name) }
      #expect(reached.count == open.count)
      for result in try Sandbox.results(
        reached.map { Sandbox.item($0.program, tests: check) }, sandbox: "none-i-trust-the-model")
      { #expect(result["right"] == .bool(false), "\(result)") }
    }
  }

  /// No candidate decides about another.
  struct NeighborTests {
    private static let honest = """
      import os, subprocess, threading
      def f():
          thread = threading.Thread(target=lambda: None)
          thread.start()
          thread.join()
          open("/tmp/mine", "x").write("42")
          return int(subprocess.run(["/bin/cat", "/tmp/mine"], capture_output=True).stdout)
      """

    /// Each is run between honest answers, and at the same time as them.
    private static let harmful = [
      "import os\nwhile True:\n    try: os.fork()\n    except OSError: pass",
      "import os\ndef f():\n    for _ in range(15):\n        if os.fork() == 0:\n            while True: pass\n    return 42",
      "import threading, time\ndef f():\n    while True: threading.Thread(target=time.sleep, args=(99,)).start()",
      "def f():\n    for n in range(10 ** 6): open(f'/tmp/{n}', 'w').write('x' * 5000)",
      "import os\ndef f():\n    open('/tmp/mine', 'w').write('41')\n    open('/dev/shm/mine', 'w').write('41')\n    return 41",
      "import os, signal\ndef f():\n    for n in range(1, 1000):\n        try: os.kill(n, 9)\n        except OSError: pass\n    return 41",
      "import os, socket\ndef f():\n    kept = [os.pipe() for _ in range(20)]\n    while True: pass",
    ]

    @Test func answersDoNotHarmEachOther() throws {
      let items = Self.harmful.flatMap { [$0, Self.honest, Self.honest] }.map {
        Sandbox.item($0, tests: "assert f() == 42")
      }
      let right = try Sandbox.results(items, timeout: 3).map { $0["right"]?.bool }
      for place in items.indices where place % 3 != 0 {
        #expect(right[place] == true, "after \(items[place - place % 3])")
      }
    }

    /// Tests that evaluate what an answer gives hand over their process. It is their own one, so that this costs nobody else
    /// anything.
    private static let takeovers = [
      "__import__('os').kill(-1, 9)", "__import__('os').kill(__import__('os').getppid(), 9)",
      "[__import__('os').fork() for _ in range(99)]", "open('/tmp/mine', 'w').write('41')",
      "__import__('sys').modules.clear()", "__import__('os').closerange(0, 99)", "__import__('os')._exit(0)",
      "[open(f'/proc/{n}/mem', 'r+b') for n in range(1, 400) if __import__('os').path.exists(f'/proc/{n}/mem') and n != __import__('os').getpid()]",
      "[open(f'/tmp/{n}', 'w').write('x' * 9999) for n in range(10 ** 6)]",
      "setattr(__import__('json'), 'dumps', None)",
      "__import__('socket').socket(1, 1).connect(chr(0) + 'polya-probe')",
      "(lambda: [0 for _ in iter(int, 1)])()",
    ]

    @Test func testsDoNotHarmEachOther() throws {
      let tests = """
        import os
        assert not os.path.exists("/tmp/mine")
        assert eval(f()) == 42
        open("/tmp/mine", "x").close()
        """
      let items = Self.takeovers.flatMap {
        ["def f(): return \"\"\"\($0)\"\"\"", "def f(): return '42'", "def f(): return '40 + 2'"]
      }
      .map { Sandbox.item($0, tests: tests) }
      let right = try Sandbox.results(items, timeout: 3).map { $0["right"]?.bool }
      for place in items.indices { #expect(right[place] == (place % 3 != 0), "\(items[place - place % 3])") }
    }
  }
}
