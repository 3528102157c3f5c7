import Foundation
import PolyaCore
import PolyaHost
import PolyaTestSupport
import Testing

/// What users of TRL expect of a reward function, and what each of its mistakes says and costs.
struct PythonRewardTests {
  /// By its file, so that no other is looked at.
  private static let plugin = Repository.products.path + "/libPython.so#polya.python-reward"

  private let folder: TemporaryFolder
  private let host: PluginHost

  init() throws {
    folder = try TemporaryFolder()
    let products = Repository.products.path
    host = PluginHost(
      PluginHost.Environment(installed: [products], worker: products + "/polya-worker", threads: 2),
      stop: StopFlag(), log: LogSink(verbose: false) { _, _ in })
  }

  private func reward(
    _ code: String, _ options: JSON.Members = [:], limits: WorkerLimits = WorkerLimits()
  ) throws -> any Reward {
    var options = options
    options["file"] = .string(try folder.write("code.py", code))
    return try host.reward(
      PluginReference(
        name: "r", use: Self.plugin, options: options, folder: folder.url.path, limits: limits))
  }

  private func answer(_ text: String, id: Int = 0, group: UInt64 = 0, metadata: String = "") -> Answer {
    Answer(
      id: UInt64(id), groupID: group,
      task: Task(key: "k", question: "q", reference: "1", referenceKind: "math", metadataJSON: metadata),
      completion: Array(text.utf8))
  }

  private func answers(_ texts: [String]) -> [Answer] {
    texts.enumerated().map { answer($1, id: $0) }
  }

  private func why(_ verdict: Verdict) -> String {
    verdict.reason.isEmpty ? "\(verdict)" : verdict.reason
  }

  /// A column of the data comes under its own name, also where polya has a use for the name.
  @Test func columnsOfTheDataComeBeforeOtherNames() throws {
    let reward = try reward(
      """
      def reward(completions, solution, answer, level, gold, reference, **_):
          return [float(s == w and a == '1' and g == r == '1') if v else None
                  for s, w, a, v, g, r in zip(solution, ['so', '1', '1'], answer, level, gold, reference)]
      """, ["reference-name": "gold"])
    let rows = [#"{"solution":"so","level":3}"#, #"{"level":4}"#, ""].map { answer("a", metadata: $0) }
    #expect(try reward.score(rows, seed: 0).map(\.score) == [1, 1, nil])
  }

  @Test func coroutinesOfABatchRunSideBySide() throws {
    // Each waits for all others: one after the other they would never end.
    let rows = try reward(
      """
      import asyncio
      here, all_here = [], None
      async def score_answer(answer, entry):
          global all_here
          all_here = all_here or asyncio.Event()
          here.append(answer)
          if len(here) == 3: all_here.set()
          await all_here.wait()
          if answer == "raise": raise KeyError("not this one")
          return len(answer) / 10
      """, ["style": "score-answer", "timeout": 20])
    let verdicts = try rows.score(answers(["a", "raise", "ccc"]), seed: 0)
    #expect(verdicts.map(\.score) == [0.1, nil, 0.3])
    #expect(why(verdicts[1]).contains("KeyError: 'not this one'; code.py, line 9, in score_answer"))
    let batch = try reward(
      """
      import asyncio
      async def one(text):
          await asyncio.sleep(0.001)
          return len(text) / 10
      async def reward(completions, **_):
          return await asyncio.gather(*[one(text) for text in completions])
      """)
    #expect(try batch.score(answers(["a", "bb"]), seed: 0).map(\.score) == [0.1, 0.2])
    let list = try reward(
      """
      async def one(text): return len(text) / 10
      def reward(completions, **_): return [one(text) for text in completions]
      """)
    #expect(try list.score(answers(["a", "bb"]), seed: 0).map(\.score) == [0.1, 0.2])
  }

  @Test func numbersOfOtherLibrariesAreNumbers() throws {
    let reward = try reward(
      """
      import decimal, fractions
      class Scalar:  # as numpy's and torch's: all they promise is float()
          def __init__(self, value): self.value = value
          def __float__(self): return self.value
      class Array:
          def __init__(self, values): self.values = values
          def __iter__(self): return iter(self.values)
      def reward(completions, **_):
          return Array([Scalar(0.25), True, False, 1, decimal.Decimal("0.5"), fractions.Fraction(1, 4)])
      """)
    let verdicts = try reward.score(answers(["a", "b", "c", "d", "e", "f"]), seed: 0)
    #expect(verdicts.map(\.score) == [0.25, 1, 0, 1, 0.5, 0.25])
  }

  @Test(arguments: [
    ("float('nan')", "the score is nan"), ("float('-inf')", "the score is -inf"),
    ("'1.0'", "the score is '1.0', which is a str"),
    ("[1]", "the score is of type list and cannot be made a number"),
    ("10 ** 400", "the score is of type int and cannot be made a number"),
    ("1 / 0", "ZeroDivisionError: division by zero"),
    ("{'score': float('nan')}", "the score is nan"),
    ("{'score': 1, 'components': {'form': 'x'}}", "the component 'form' is 'x'"),
  ])
  func aRowThatIsNoScoreFailsAlone(value: String, message: String) throws {
    let reward = try reward(
      """
      def reward(completions, **_):
          return [\(value) if text == "bad" else 0.5 for text in completions]
      """, ["components": ["form"]])
    let verdicts = try reward.score(answers(["a", "bad", "c"]), seed: 0)
    #expect(verdicts.map(\.score) == [0.5, nil, 0.5])
    #expect(why(verdicts[1]).contains(message), "\(why(verdicts[1]))")
  }

  /// What is reported is what the call with all rows gave.
  @Test(arguments: [
    ("[1.0]", "returns 1 scores for 3 completions"), ("[1.0] * 4", "returns 4 scores for 3 completions"),
    ("None", "returns None instead of a list"), ("0.5", "returns a float instead of a list"),
    ("{'a': 1}", "returns a dict instead of a list"), ("'abc'", "returns a str instead of a list"),
  ])
  func aWrongResultIsThatOfTheCall(value: String, message: String) throws {
    let reward = try reward("def reward(completions, **_):\n    return \(value)\n")
    for verdict in try reward.score(answers(["a", "b", "c"]), seed: 0) {
      #expect(why(verdict).contains(message), "\(why(verdict))")
    }
  }

  @Test func aFunctionThatLeavesOutARowLosesThatRow() throws {
    let reward = try reward(
      "def reward(completions, **_):\n    return [0.5 for c in completions if c != 'b']\n")
    let verdicts = try reward.score(answers(["a", "b", "c"]), seed: 0)
    #expect(verdicts.map(\.score) == [0.5, nil, 0.5])
    #expect(
      why(verdicts[1]) == "the function returns 2 scores for 3 completions; for this one alone it returns 0")
  }

  @Test func anExceptionNamesTheLineOfTheUsersFile() throws {
    try folder.write("helper.py", "import json\n\ndef read(text):\n    return json.loads(text)\n")
    let reward = try reward(
      "import helper\n\ndef reward(completions, **_):\n    return [helper.read(text) for text in completions]\n"
    )
    let said = why(try reward.score(answers(["{"]), seed: 0)[0])
    #expect(said.contains("JSONDecodeError: Expecting property name"))
    #expect(said.contains("code.py, line 4, in ") && said.contains("raised in decoder.py, line"), "\(said)")
  }

  @Test func componentsAndNotesArrive() throws {
    let reward = try reward(
      """
      def reward(completions, **_):
          return [{"score": 0.5, "components": {"form": 1, "right": None}, "notes": ["n"], "extracted": 42},
                  {"score": 1, "components": {"right": True}}, 1, None]
      """, ["components": ["form", "right"]])
    #expect(reward.components == ["form", "right"])
    let verdicts = try reward.score(answers(["a", "b", "c", "d"]), seed: 0)
    let parts = verdicts.map { verdict in verdict.score.map { _ in verdict.components } }
    #expect(parts[0]?.first == 1 && parts[0]?.last?.isNaN == true)
    #expect(parts[1]?.first?.isNaN == true && parts[1]?.last == 1)
    #expect(parts[2] == [] && parts[3] == nil)
    #expect(verdicts[0].extracted == "42" && verdicts[0].notes == [Note("n", code: "python")])
  }

  @Test(
    arguments: [
      (["module": "nothing_here"], "there is no module 'nothing_here'"),
      (["file": "/nowhere/code.py"], "there is no file /nowhere/code.py"),
      (
        ["file": "FILE", "function": "other"],
        "no function 'other'; the code defines the functions reward, second"
      ),
      (["file": "FILE", "function": "number"], "'number' is of type int, not a function"),
    ] as [(JSON.Members, String)])
  func whatIsMissingIsNamed(options: JSON.Members, message: String) throws {
    var options = options
    let file = try folder.write(
      "code.py", "number = 3\ndef reward(completions, **_): pass\ndef second(completions, **_): pass\n")
    if options["file"] == "FILE" { options["file"] = .string(file) }
    let error = #expect(throws: PolyaError.self) {
      try host.reward(
        PluginReference(name: "r", use: Self.plugin, options: options, folder: folder.url.path))
    }
    #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
    #expect(error?.message.contains("rejects its options") == false)
  }

  @Test func aFunctionWithoutKwargsIsRefusedWithAHint() throws {
    let error = #expect(throws: PolyaError.self) {
      try reward("def reward(completions, reference):\n    return [1.0 for _ in completions]\n")
    }
    #expect(error?.message.contains("reward(completions, reference) takes no **kwargs") == true)
    #expect(error?.message.contains("prompts, answer, solution") == true)
  }

  /// Groups of 3, 5 and 2: each call has them whole, though it holds 4 rows.
  @Test func aFunctionSeesWholeGroups() throws {
    let code = """
      def reward(completions, group_ids, **_):
          if "raise" in completions: raise ValueError(f"{len(completions)} rows")
          return [group_ids.count(g) + len(completions) / 100 for g in group_ids]
      reward.whole_groups = True
      """
    let sizes = [3, 5, 2]
    let rows = (0..<5).flatMap { sample in
      sizes.enumerated().filter { sample < $1 }.map { answer("\(sample)", group: UInt64($0.offset)) }
    }
    let grouped = try reward(code, ["whole-groups": true, "batch": 4, "range-high": 100])
    #expect(grouped.wantsWholeGroups)
    let expected = rows.map { [3.03, 5.05, 2.02][Int($0.groupID)] }
    #expect(try grouped.score(rows, seed: 0).map(\.score) == expected)
    let error = #expect(throws: PolyaError.self) { try reward(code) }
    #expect(error?.message.contains("set whole-groups to true") == true)
    #expect(try !reward("def reward(completions, **_): pass\n").wantsWholeGroups)
    // A call with two groups, one of which raises: asked again group by group.
    let broken = try reward(code, ["whole-groups": true, "range-high": 100]).score(
      [answer("a", group: 1), answer("b", group: 2), answer("raise", group: 1), answer("d", group: 2)],
      seed: 0)
    #expect(broken.map(\.score) == [nil, 2.02, nil, 2.02])
    #expect(why(broken[0]).contains("2 rows"))
  }

  /// A group whose interpreter dies is lost as a group, and no other.
  @Test func aGroupThatKillsItsInterpreterIsLostAsOne() throws {
    let reward = try reward(
      """
      import os
      def reward(completions, group_ids, **_):
          if "exit" in completions: os._exit(3)
          return [group_ids.count(g) for g in group_ids]
      """, ["whole-groups": true, "range-high": 9])
    let verdicts = try reward.score(
      [answer("a", group: 1), answer("b", group: 2), answer("exit", group: 1), answer("d", group: 2)], seed: 0
    )
    #expect(verdicts.map(\.score) == [nil, 2, nil, 2])
    #expect(why(verdicts[0]).contains("exit status 3"))
  }

  /// The bound on memory is each interpreter's: what exceeds it costs its row, and leaves nothing behind.
  @Test func memoryIsBoundedInPythonToo() throws {
    let reward = try reward(
      """
      kept = []
      def reward(completions, **_):
          for text in completions:
              while text == "eat": kept.append(bytearray(1 << 24))
          return [0.5] * len(completions)
      """, limits: WorkerLimits(deadline: 60, memory: 512 << 20))
    let verdicts = try reward.score(answers(["a", "eat", "c", "d"]), seed: 0)
    #expect(verdicts.map(\.score) == [0.5, nil, 0.5, 0.5])
    #expect(why(verdicts[1]).contains("MemoryError"), "\(why(verdicts[1]))")
  }

  /// The manifest's deadline holds for rows in Python, though the option `timeout` is longer.
  @Test func theDeadlineHoldsInPythonToo() throws {
    let reward = try reward(
      """
      import time
      def reward(completions, **_):
          if "hang" in completions: time.sleep(1000)
          return [0.5] * len(completions)
      """, limits: WorkerLimits(deadline: 2, memory: 1 << 30))
    let verdicts = try reward.score(answers(["a", "hang", "c", "d"]), seed: 0)
    #expect(verdicts.map(\.score) == [0.5, nil, 0.5, 0.5])
  }

  @Test func theNetworkIsForThoseWhoAskForIt() throws {
    let code = """
      import socket
      def reward(completions, **_):
          try: socket.socket(socket.AF_INET, socket.SOCK_STREAM).close()
          except OSError: return [0.0] * len(completions)
          return [1.0] * len(completions)
      """
    #expect(try reward(code).score(answers(["a"]), seed: 0).map(\.score) == [0])
    #expect(try reward(code, ["network": true]).score(answers(["a"]), seed: 0).map(\.score) == [1])
  }

  @Test func pythonNeverRunsInTheHost() throws {
    let file = try folder.write("code.py", "def reward(completions, **_): return []\n")
    let error = #expect(throws: PolyaError.self) {
      try host.reward(
        PluginReference(
          name: "r", use: Self.plugin, options: ["file": .string(file)], folder: folder.url.path,
          isolation: .host))
    }
    #expect(error?.message.contains("must run out of process") == true)
  }

  /// Four interpreters import at the same time: each waits for the others' marks before its import is done.
  @Test func interpretersImportSideBySide() throws {
    let reward = try reward(
      """
      import os, tempfile, time
      here = os.path.join(tempfile.gettempdir(), "\(UUID().uuidString)")
      os.makedirs(here, exist_ok=True)
      mark = os.path.join(here, "at-%d" % os.getpid())
      first = not [name for name in os.listdir(here) if name.startswith("at-")]
      open(mark, "w").close()
      # The first one is started alone, to find mistakes.
      while not first and len([name for name in os.listdir(here) if name.startswith("at-")]) < 4:
          time.sleep(0.01)
      def reward(completions, **_):
          time.sleep(0.01)
          return [0.5] * len(completions)
      """, ["workers": 4, "batch": 1, "timeout": 30])
    #expect(try reward.score(answers((0..<40).map { "\($0)" }), seed: 0).allSatisfy { $0.score == 0.5 })
  }
}
