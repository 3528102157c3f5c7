import Foundation
import PolyaKit
import Testing

@testable import CodeReward

extension SandboxTests {
  struct CodeTestsRewardTests {
    private func item(_ completion: String, tests: String, entry: String = "", prompt: String = "")
      -> RewardItem
    {
      Sandbox.item(completion, tests: tests, entry: entry, prompt: prompt)
    }

    private func example(_ program: String, _ cases: [(String, String)]) -> RewardItem {
      let reference = JSON.object([
        ("cases", .array(cases.map { .object([("input", .string($0.0)), ("output", .string($0.1))]) }))
      ])
      return RewardItem(
        id: 0, question: "", completion: program, reference: reference.text, referenceKind: "stdin-stdout")
    }

    private func passes(_ items: [RewardItem], timeout: Double = 10) throws -> [Bool] {
      try Sandbox.results(items, timeout: timeout).map { $0["right"] == .bool(true) }
    }

    @Test func countsTheTestsThatPass() throws {
      let tests = "assert f(1) == 2\nassert f(2) == 3\nassert f(3) == 5"
      let result = try Sandbox.results([item("```python\ndef f(x):\n    return x + 1\n```", tests: tests)])[0]
      #expect(result["passed"]?.integer == 2 && result["total"]?.integer == 3)
      #expect(try passes([item("def f(x): return x + 1", tests: "assert f(1) == 2")]) == [true])
      #expect(try passes([item("def f(x) return", tests: "assert f(1) == 2")]) == [false])
    }

    @Test func anAnswerMayGoOnFromThePrompt() throws {
      let prompt = "def f(x):\n    \"\"\"One more.\"\"\"\n"
      let tests = "def check(candidate):\n    assert candidate(1) == 2\ncheck(f)\n"
      let answers = ["    return x + 1\n", "```python\ndef f(x):\n    return x + 1\n```", "    return x\n"]
      #expect(
        try passes(answers.map { item($0, tests: tests, entry: "f", prompt: prompt) }) == [true, true, false])
    }

    @Test func outputIsComparedByWords() throws {
      let program = "n = int(input())\nprint(n * 2)\nprint('end')"
      #expect(
        try passes([
          example(program, [("4\n", "8 end\n"), ("5", "10\nend")]), example(program, [("4", "9 end")]),
          example("print('x' * 5000000)", [("", "x")]), example("raise SystemExit(3)", [("", "")]),
        ]) == [true, false, false, false])
    }

    @Test func objectsOfTheAnswerCanBeUsed() throws {
      let program = """
        class Node:
            def __init__(self, value):
                self.value, self.next = value, None
        def length(node):
            return 0 if node is None else 1 + length(node.next)
        def numbers(n):
            return (k for k in range(n))
        """
      let tests = "a = Node(1)\na.next = Node(2)\nassert length(a) == 2\nassert list(numbers(3)) == [0, 1, 2]"
      #expect(try passes([item(program, tests: tests)]) == [true])
    }

    /// Each tries to pass a test that it cannot pass honestly, or to do harm.
    private static let attacks: [(String, String)] = [
      ("leaves before the tests", "import os\nos._exit(0)"),
      ("leaves in the test", "import os\ndef f(): os._exit(0)"),
      ("exits", "raise SystemExit(0)"),
      (
        "prints what a runner might print",
        "print('{\"passed\": 1, \"total\": 1}')\nprint('OK')\ndef f(): return 1"
      ),
      (
        "equals everything",
        "class Yes:\n    def __eq__(self, other): return True\n    def __ne__(self, other): return False\ndef f(): return Yes()"
      ),
      (
        "brings its own builtins",
        "import builtins\nbuiltins.len = lambda x: 42\ndef len(x): return 42\ndef f(): return 1"
      ),
      (
        "patches modules of the checker",
        "import ast, json, operator, sys\njson.loads = lambda *a: {'ok': 42}\nast.parse = None\noperator.eq = lambda a, b: True\ndef f(): return 1"
      ),
      (
        "writes into the conversation",
        """
        import os, json
        def f():
            for d in range(3, 64):
                try:
                    data = json.dumps({"passed": 1, "total": 1}).encode()
                    os.write(d, len(data).to_bytes(8, "big") + data)
                except OSError:
                    pass
            return 1
        """
      ),
      (
        "looks through the frames",
        "import sys, gc\ndef f():\n    g = sys._getframe()\n    while g.f_back: g = g.f_back\n    g.f_globals.clear()\n    return 1"
      ),
      (
        "kills its parent",
        "import os, signal\ndef f():\n    os.kill(os.getppid(), signal.SIGKILL)\n    os.kill(-1, signal.SIGKILL)\n    return 1"
      ),
      ("allocates 10 GB", "def f():\n    x = bytearray(10 << 30)\n    return 42"),
      (
        "opens a connection",
        "import socket\ndef f():\n    s = socket.socket()\n    s.settimeout(2)\n    s.connect(('1.1.1.1', 53))\n    return 42"
      ),
      ("reads outside", "def f():\n    open('/etc/passwd').read()\n    return 42"),
      ("writes outside", "def f():\n    open('/usr/polya-was-here', 'w').write('x')\n    return 42"),
    ]

    @Test(arguments: attacks.indices) func noAttackPasses(_ index: Int) throws {
      let (name, program) = Self.attacks[index]
      #expect(try passes([item(program, tests: "assert f() == 42")]) == [false], "\(name)")
      #expect(try passes([item("def f(): return 42", tests: "assert f() == 42")]) == [true])
    }

    /// What would go on for ever, and what it might leave.
    private static let endless: [(String, String)] = [
      ("an endless loop", "while True: pass"), ("a loop in the test", "def f():\n    while True: pass"),
      ("a fork bomb", "import os\nwhile True:\n    try: os.fork()\n    except OSError: pass"),
      (
        "daemons",
        "import os, time\nif os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0: time.sleep(98765)\ntime.sleep(98765)"
      ),
      (
        "a signal that is ignored",
        "import signal\nfor s in range(1, 32):\n    try: signal.signal(s, signal.SIG_IGN)\n    except OSError: pass\nwhile True: pass"
      ),
    ]

    @Test(arguments: endless.indices) func nothingOutlivesItsTime(_ index: Int) throws {
      let (name, program) = Self.endless[index]
      let before = Sandbox.processes()
      let start = ContinuousClock.now
      let result = try Sandbox.results([item(program, tests: "assert f() == 42")], timeout: 1)[0]
      let seconds = (ContinuousClock.now - start) / .seconds(1)
      #expect(result["right"] == .bool(false), "\(name)")
      // Starting the supervisor and its trial are in it; a busy machine too.
      #expect(seconds < 8, "\(name): \(seconds) s")
      #expect(Sandbox.isQuiet(except: before), "\(name)")
    }

    @Test func muchOutputIsCutOff() throws {
      let program = "import sys\nwhile True: sys.stdout.write('x' * 1000000)"
      #expect(try passes([example(program, [("", "x")])]) == [false])
    }

    @Test(SharedData.isPresent) func humanEvalsOwnSolutionsPass() throws {
      let rows = try SharedData.rows("code/HumanEval.jsonl.gz")
      let items = try rows.map {
        try humanEval($0, solution: try #require($0["canonical_solution"] as? String))
      }
      #expect(try passes(items).count { $0 } == 164)
    }

    private func humanEval(_ row: [String: Any], solution: String) throws -> RewardItem {
      let entry = try #require(row["entry_point"] as? String)
      return item(
        solution, tests: try #require(row["test"] as? String) + "\ncheck(\(entry))\n", entry: entry,
        prompt: try #require(row["prompt"] as? String))
    }

    @Test(SharedData.isPresent) func mbppsOwnSolutionsPass() throws {
      let items = try SharedData.rows("code/mbpp.jsonl").map { row -> RewardItem in
        let reference = JSON.object([
          ("setup", .string(try #require(row["test_setup_code"] as? String))),
          ("tests", .string(try #require(row["test_list"] as? [String]).joined(separator: "\n"))),
        ])
        return RewardItem(
          id: 0, question: "", completion: try #require(row["code"] as? String), reference: reference.text,
          referenceKind: "unit-tests")
      }
      #expect(try passes(items).count { $0 } >= 973)
    }

    /// A mutant counts when Python itself, without any of our code, says that it fails.
    @Test(SharedData.isPresent) func mutantsFail() throws {
      var mutants: [(item: RewardItem, program: String)] = []
      for row in try SharedData.rows("code/HumanEval.jsonl.gz") {
        let solution = try #require(row["canonical_solution"] as? String)
        for (token, other) in [
          (" + ", " - "), (" < ", " >= "), (" == ", " != "), ("True", "False"), ("[0]", "[1]"),
        ] {
          guard solution.contains(token) else { continue }
          let mutant = solution.replacing(token, with: other, maxReplacements: 1)
          let test =
            "\(try #require(row["test"] as? String))\ncheck(\(try #require(row["entry_point"] as? String)))\n"
          mutants.append(
            (
              try humanEval(row, solution: mutant),
              "\(try #require(row["prompt"] as? String))\(mutant)\n\(test)"
            ))
          break
        }
      }
      let failing = try mutants.filter { try Sandbox.plainPythonFails($0.program) }
      #expect(failing.count > 80)
      #expect(try passes(failing.map(\.item), timeout: 5).count { $0 } == 0)
    }

    @Test func withoutASandboxItMustBeSaidInSoManyWords() throws {
      let items = [item("def f(): return 42", tests: "assert f() == 42")]
      let open = try Sandbox.results(items, sandbox: "none-i-trust-the-model")
      #expect(open[0]["right"] == .bool(true))
      let error = #expect(throws: Failure.self) { try Sandbox.results(items, python: "no-such-python") }
      #expect(error?.message.contains("the interpreter 'no-such-python', which was not found") == true)
    }

    @Test func referencesThatAreNoTestsGetNoVerdict() {
      for (kind, reference) in [
        ("unit-tests", "{"), ("unit-tests", "{}"), ("stdin-stdout", "{\"cases\": []}"), ("math", "4"),
      ] {
        let item = RewardItem(id: 0, question: "", completion: "x", reference: reference, referenceKind: kind)
        #expect(throws: CodeJob.Unusable.self) { try CodeJob(item, .python) }
      }
    }
  }
}
