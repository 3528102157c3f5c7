import PolyaKit
import Testing

@testable import CodeReward

extension SandboxTests {
  /// Answers that know how they are tried. None may pass, and none may hide behind a failure: each is wrong.
  struct ForgeryTests {
    /// Takes over the answer's end of the conversation.
    private static let takeOver = """
      import json, os, sys
      frame = sys._getframe()
      while "inward" not in frame.f_locals: frame = frame.f_back
      inward, outward = frame.f_locals["inward"], frame.f_locals["outward"]
      def say(text):
          os.write(outward, len(text).to_bytes(8, "big") + text)
      def hear():
          size = int.from_bytes(os.read(inward, 8), "big")
          return json.loads(os.read(inward, size)) if size else os._exit(1)

      """

    private static let forgeries: [(name: String, program: String, tests: String)] = [
      (
        "subtracts itself to nothing",
        "class Z:\n    def __sub__(self, other): return 0.0\ndef f(): return Z()",
        "assert abs(f() - 2.5) < 1e-6"
      ),
      (
        "is less and more", "class Z:\n    __lt__ = __gt__ = lambda a, b: True\ndef f(): return Z()",
        "assert f() < 5\nassert f() > 7"
      ),
      (
        "contains everything",
        "class Z:\n    def __contains__(self, x): return True\ndef f(): return Z()", "assert 7 in f()"
      ),
      (
        "is an equal kind of number",
        "class Z(int):\n    __eq__ = lambda a, b: True\n    __hash__ = int.__hash__\ndef f(): return Z(1)",
        "assert f() == 42"
      ),
      (
        "answers for a name it was not asked for",
        takeOver + """
          say(b'{"ok": null}')
          while True:
              op = hear()["op"]
              say(b'{"ok": ["helper", "__builtins__", "f"]}' if op == "names" else b'{"ok": ["h", 0]}' if op == "name" else b'{"ok": ["i", "0x2a"]}')
          """, "def helper(x): return x + 1\nassert helper(f()) == 42"
      ),
      ("disturbs the conversation", takeOver + "say(b'{\"ok\": null}')\nsay(b'5')", "assert f() == 42"),
      ("says what is no JSON", takeOver + "say(b'x')", "assert f() == 42"),
      ("announces more than it says", takeOver + "os.write(outward, b'\\xff' * 8)", "assert f() == 42"),
      (
        "nests without end", "def f():\n    x = []\n    for _ in range(100000): x = [x]\n    return x",
        "assert f() == 42"
      ),
      ("gives more than there is", "def f(): return range(10 ** 12)", "assert sorted(f()) == [42]"),
      (
        "gives without end", "import itertools\ndef f(): return itertools.count()", "assert list(f()) == [42]"
      ),
      ("raises half a character", "def f(): raise ValueError('\\ud800')", "assert f() == 42"),
      ("cannot make what the tests set up", "class Node: pass", "assert f(Node(1)) == 42"),
      ("lacks a module", "import no_such_module\ndef f(): return 42", "assert f() == 42"),
    ]

    @Test(arguments: forgeries.indices) func noForgeryPasses(_ index: Int) throws {
      let (name, program, tests) = Self.forgeries[index]
      let result = try Sandbox.results([Sandbox.item(program, tests: tests)], timeout: 2)[0]
      #expect(result["right"] == .bool(false), "\(name): \(result)")
    }

    /// What a program that has taken over its end of the conversation may say to every question about a value.
    private static let replies = [
      #"{"ok": ["a", "<f8", [1], "00"], "objects": []}"#,
      #"{"ok": ["a", "|O8", [1], "0000000000000000"]}"#,
      #"{"ok": ["v","os","system",["id"]]}"#,
      #"{"ok": ["v","fractions","Fraction",[["i","0x1"],["i","0x0"]]]}"#,
      #"{"ok": ["o", 5]}"#,
      #"{"ok": ["o", 0], "objects": [["P",[["x",["h",3]],["__class__",1],["__eq__",["h",1]]]]]}"#,
      #"{"ok": ["o",0],"objects":[["int",[]]]}"#,
      #"{"callback": 0, "args": [], "objects": []}"#,
      #"{"callback": -1, "args": [["l",[]],["l",[]]], "objects": []}"#,
      #"{"ok": 1, "changed": [[0, ["l",[]]]]}"#,
      #"{"ok": 1, "changed": [[9, 3]]}"#,
      #"{"ok": ["b",0]}"#,
      #"{"error": "ImportError", "text": "x"}"#,
      #"{"error": "SystemExit", "text": ""}"#,
      #"{"error": "Broken", "text": "x"}"#,
      #"{"error": "Skipped", "text": "x"}"#,
      #"{"error":"BaseException"}"#,
      #"{"error":"ExceptionGroup","text":"x"}"#,
      #"{"error":"P","text":"x"}"#,
      #"{"ok": ["e","P","x"]}"#,
      #"{"ok": ["n","P",[]]}"#,
      #"{"ok": ["k","x"]}"#,
      #"{"ok": ["r","a"]}"#,
      #"{"ok": []}"#,
      #"{"ok": ["y","zz",false]}"#,
      #"{"objects":[["P",5]]}"#,
      #"[]"#,
      #"{"ok":["d",[[["l",[]],1]]]}"#,
    ]

    @Test func noForgedReplyPassesOrHides() throws {
      let setup =
        "class P:\n    def __init__(self, x): self.x = x\n    def __eq__(self, o): return isinstance(o, P) and self.x == o.x"
      let tests = "def test_one():\n    a = [1]\n    assert f(a, lambda x: x) == P(42)"
      let items = Self.replies.map { reply in
        Sandbox.item(
          Self.takeOver + """
            say(b'{"ok": null}')
            while True:
                op = hear()["op"]
                say(b'{"ok": ["f"]}' if op == "names" else b'{"ok": ["h", 0]}' if op == "name" else b'\(reply)')
            """, tests: tests, setup: setup)
      }
      for (reply, result) in zip(Self.replies, try Sandbox.results(items, timeout: 5)) {
        #expect(result["right"] == .bool(false), "\(reply): \(result)")
      }
    }

    /// Memory that the limit of an address space does not see, and ways out of the sandbox.
    @Test func systemCallsOutsideOfTheLimitsAreRefused() throws {
      let program = """
        import ctypes, os, platform
        C = ctypes.CDLL(None, use_errno=True)
        calls = {"x86_64": (29, 319, 165, 272, 101), "aarch64": (194, 279, 40, 97, 117)}[platform.machine()]
        def f():
            errors = []
            for call in calls:
                C.syscall(call, 0, 1 << 20, 0o1600, 0, 0)
                errors.append(ctypes.get_errno())
            return errors
        def places():
            found = []
            for folder in ("/", "/dev", "/dev/shm", "/tmp", "/usr", "/proc/self", "/root", "/var"):
                try:
                    with open(folder + "/file", "w"): found.append(folder)
                except OSError: pass
            return found
        def mine(): return open("/proc/self/status").read().split("CapEff:")[1].split()[0]
        """
      let tests = """
        assert f() == [1, 1, 1, 1, 1]
        assert places() == ["/dev/shm", "/tmp"]
        assert mine() == "0000000000000000"
        """
      let result = try Sandbox.results([Sandbox.item(program, tests: tests)])[0]
      #expect(result["right"] == .bool(true), "\(result)")
    }

    @Test func aForkBombDoesNotHarmItsNeighbors() throws {
      let bomb = "import os\nwhile True:\n    try: os.fork()\n    except OSError: pass"
      let honest = """
        import subprocess
        def f(): return int(subprocess.run(["/bin/echo", "42"], capture_output=True).stdout)
        """
      let items = [bomb, honest, honest, honest].map { Sandbox.item($0, tests: "assert f() == 42") }
      #expect(try Sandbox.results(items, timeout: 3).map { $0["right"]?.bool } == [false, true, true, true])
    }

    /// The tests of a data set are somebody's code too.
    @Test func testsDoNotReachTheHost() throws {
      let tests = """
        import os
        assert os.getuid() != 0 or not os.path.exists("/etc/shadow")
        assert not os.path.exists("/etc/passwd")
        try:
            open("/usr/polya-was-here", "w")
            assert False
        except OSError:
            pass
        """
      #expect(try Sandbox.results([Sandbox.item("x = 1", tests: tests)])[0]["right"] == .bool(true))
    }

    @Test func aBrokenReferenceIsNoFaultOfTheAnswer() throws {
      let items = ["assert f( ==", "import no_such_module\nassert f() == 1"].map {
        Sandbox.item("def f(): return 1", tests: $0)
      }
      for result in try Sandbox.results(items) {
        #expect(result["broken"]?.string != nil && result["right"] == nil)
        guard case .success(.abstain) = CodeTestsReward.outcome(result, extracted: 0..<1) else {
          Issue.record("no abstention: \(result)")
          continue
        }
      }
    }

    @Test func assertionsInsideOfFunctionsAreCounted() throws {
      let tests =
        "def check(c):\n    for i in range(5):\n        assert c(i) == i\n    assert c(0) == 0\ncheck(f)"
      let result = try Sandbox.results([
        Sandbox.item("def f(x): return x if x < 3 else 0", tests: tests, entry: "f")
      ])[0]
      #expect(result["passed"]?.integer == 4 && result["total"]?.integer == 6)
      #expect(result["right"] == .bool(false))
    }

    @Test func whatIsCancelledEnds() throws {
      let before = Sandbox.processes()
      var polls = 0
      do {
        let supervisor = try Supervisor(settings: Sandbox.settings(timeout: 60), shouldStop: { false })
        let job = try CodeJob(
          Sandbox.item("import time\nwhile True: time.sleep(1)", tests: "assert f() == 1"), .python)
        let error = #expect(throws: Failure.self) {
          try supervisor.run([.object(job.members + [("id", .number("0"))])], workers: 1) {
            polls += 1
            return polls > 10
          }
        }
        #expect(error?.code == .cancelled)
      }
      #expect(Sandbox.isQuiet(except: before))
    }
  }
}
