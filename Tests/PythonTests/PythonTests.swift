import Foundation
import PolyaCore
import PolyaHost
import PolyaTestSupport
import Testing

/// The Python plugins through the real boundary, with a real interpreter.
struct PythonTests {
  private let folder: TemporaryFolder
  private let host: PluginHost

  init() throws {
    folder = try TemporaryFolder()
    let products = Repository.products.path
    host = PluginHost(
      PluginHost.Environment(installed: [products], worker: products + "/polya-worker", threads: 2),
      stop: StopFlag(), log: LogSink(verbose: false) { _, _ in })
  }

  private func reward(_ code: String, _ options: JSON.Members = [:]) throws -> any Reward {
    var options = options
    options["file"] = .string(try folder.write("code.py", code))
    return try host.reward(
      PluginReference(name: "r", use: "polya.python-reward", options: options, folder: folder.url.path))
  }

  private func answers(_ texts: [String], reference: String = "1", metadata: String = "") -> [Answer] {
    texts.enumerated().map { index, text in
      Answer(
        id: UInt64(index), groupID: 0,
        task: Task(
          key: "k", question: "q", reference: reference, referenceKind: "math", metadataJSON: metadata),
        completion: Array(text.utf8))
    }
  }

  private func why(_ verdict: Verdict) -> String {
    verdict.reason.isEmpty ? "\(verdict)" : verdict.reason
  }

  @Test func columnsAreThoseThatTRLPasses() throws {
    let reward = try reward(
      """
      def reward(prompts, completions, level, solution, **columns):
          assert prompts == ["q", "q"] and solution == columns["answer"] == columns["reference"] == ["1", "1"]
          assert columns["reference_kind"] == ["math", "math"] and columns["ids"] == [0, 1]
          return [level[0] / 10, None]
      """)
    let verdicts = try reward.score(answers(["a", "b"], metadata: #"{"level": 5}"#), seed: 0)
    #expect(verdicts == [.scored(0.5), .abstained()])
  }

  @Test func aDictionarySaysMore() throws {
    let reward = try reward(
      """
      def reward(completions, **_):
          return [{"score": True, "extracted": c[:2], "notes": ["seen", 7]} for c in completions]
      """)
    #expect(
      try reward.score(answers(["\u{1F600}xyz"]), seed: 0) == [
        .scored(
          1, extracted: "\u{1F600}x", notes: [Note("seen", code: "python"), Note("7", code: "python")])
      ])
  }

  @Test func scoreAnswerGetsTheEntry() throws {
    let reward = try reward(
      """
      def score_answer(answer, entry):
          return 1.0 if answer == entry["answer"] and entry["metadata"]["n"] == 3 else 0.25
      """, ["style": "score-answer"])
    let verdicts = try reward.score(answers(["1", "2"], metadata: #"{"n":3}"#), seed: 0)
    #expect(verdicts.map(\.score) == [1, 0.25])
  }

  @Test func aModuleIsFoundInItsFolder() throws {
    try folder.write("lab/grading.py", "def mine(completions, **_):\n    return [0.5] * len(completions)\n")
    let reward = try host.reward(
      PluginReference(
        name: "r", use: "polya.python-reward",
        options: ["module": "grading", "path": .string(folder.path("lab")), "function": "mine"],
        folder: folder.url.path))
    #expect(try reward.score(answers(["a"]), seed: 0).map(\.score) == [0.5])
    let neither = #expect(throws: PolyaError.self) {
      try host.reward(PluginReference(name: "r", use: "polya.python-reward", folder: folder.url.path))
    }
    #expect(neither?.description.contains("give either 'file' or 'module'") == true)
  }

  @Test func conversationsAreListsOfMessages() throws {
    let reward = try reward(
      "def reward(prompts, completions, **_):\n"
        + "    return [float(c == [{'role': 'assistant', 'content': 'x'}]) for c in completions]\n",
      ["conversational": true])
    #expect(try reward.score(answers(["x", "y"]), seed: 0).map(\.score) == [1, 0])
  }

  @Test func whatGoesWrongCostsOnlyItsRow() throws {
    let reward = try reward(
      """
      import os, time, sys
      def reward(completions, **_):
          for c in completions:
              if c == "raise": raise ValueError("not this one")
              if c == "exit": os._exit(4)
              if c == "hang": time.sleep(1000)
              if c == "abort": os.abort()
          return [float("nan") if c == "nan" else 5 if c == "big" else len(c) / 10 for c in completions]
      """, ["timeout": 0.4])
    let texts = ["a", "raise", "bb", "exit", "ccc", "hang", "abort", "nan", "big", "dddd"]
    let verdicts = try reward.score(answers(texts), seed: 0)
    for (text, verdict) in zip(texts, verdicts) where !"raise exit hang abort nan big".contains(text) {
      #expect(verdict.score == Double(text.count) / 10)
    }
    #expect(why(verdicts[1]).contains("line 4, in reward") && why(verdicts[1]).contains("not this one"))
    #expect(why(verdicts[3]).contains("exit status 4"))
    #expect(why(verdicts[5]) == "timed out after 0.4 s")
    #expect(why(verdicts[6]).contains("signal 6"))
    #expect(why(verdicts[7]) == "the score is nan, not a finite number")
    #expect(why(verdicts[8]).contains("outside 0.0...1.0"))
  }

  @Test func tooFewScoresAreAFailureThatSaysSo() throws {
    let reward = try reward("def reward(completions, **_):\n    return [1.0] * (len(completions) + 1)\n")
    #expect(why(try reward.score(answers(["a"]), seed: 0)[0]).contains("returns 2 scores for 1 completions"))
  }

  @Test func theNumberOfWorkersDoesNotShow() throws {
    let code = """
      import hashlib
      def reward(completions, ids, **_):
          print("printed", flush=True)
          return [int(hashlib.sha256(f"{c}{i}".encode()).hexdigest()[:8], 16) / 2**32 for c, i in zip(completions, ids)]
      """
    let many = answers((0..<1000).map { "answer \($0)" })
    let one = try reward(code).score(many, seed: 0)
    let three = try reward(code, ["workers": 3, "batch": 64]).score(many, seed: 0)
    #expect(one == three)
    #expect(one.allSatisfy { $0.score != nil })
  }

  @Test func hostileTextsArriveAsTheyAre() throws {
    let reward = try reward(
      """
      def reward(completions, **_):
          return [{"score": 1.0, "extracted": c[:5] + "\\ud800"} for c in completions]
      """)
    let long = String(repeating: "x", count: 8 << 20)
    let verdicts = try reward.score(answers(["a\0b", "", "\u{202E}right", long], metadata: "[[[["), seed: 0)
    #expect(
      verdicts.map { verdict in
        verdict.score == nil ? "\(verdict)" : verdict.extracted
      } == ["a\0b?", "?", "\u{202E}righ?", "xxxxx?"])
  }

  @Test(arguments: [
    ("import nothing_of_this_name\n", "python3 -m pip install nothing_of_this_name"),
    ("def reward(:\n", "SyntaxError"), ("x = 1\n", "there is no function 'reward'"),
    ("raise RuntimeError('not today')\n", "not today"),
  ])
  func codeThatCannotBeLoadedIsRefusedAtOnce(code: String, message: String) {
    let error = #expect(throws: PolyaError.self) { try reward(code) }
    #expect(error?.description.contains(message) == true, "\(error?.description ?? "")")
    #expect(error?.description.contains("code.py") == true)
  }

  @Test func anInterpreterThatIsNotThereIsNamed() {
    let error = #expect(throws: PolyaError.self) {
      try reward("", ["python": "/nowhere/python"])
    }
    #expect(error?.description.contains("/nowhere/python") == true)
  }

  @Test func aStrategyTalksAndAnswers() throws {
    let file = try folder.write(
      "strategy.py",
      """
      heuristics = [{"id": "twice", "family": "f", "title": "Twice", "idea": "again"}]
      def next(item):
          if item["question"] == "skip": return None
          if item["turn"] == 0:
              return {"ask": [{"role": "user", "content": item["question"] + str(item["metadata"]["n"])}], "max_tokens": 7,
                      "stop": ["."], "temperature": 0.5, "state": "seen"}
          return {"answer": item["transcript"][-1]["content"] + item["state"]}
      """)
    let strategy = try host.strategy(
      PluginReference(
        name: "s", use: "polya.python-strategy", options: ["file": .string(file)], folder: folder.url.path))
    #expect(strategy.heuristics.map(\.id) == ["twice"])
    func task(_ question: String) -> Task {
      Task(key: "k", question: question, reference: "", referenceKind: "", metadataJSON: #"{"n":2}"#)
    }
    let turns = [
      StrategyTurn(id: 0, task: task("q"), heuristic: "twice"),
      StrategyTurn(id: 1, task: task("skip"), heuristic: "twice"),
      StrategyTurn(
        id: 2, task: task("q"), heuristic: "twice", transcript: [Message(role: "assistant", content: "42 ")],
        state: Array("seen".utf8), turn: 1),
    ]
    let moves = try strategy.next(turns, seed: 0).map { try $0.get() }
    #expect(
      moves == [
        .ask(
          StrategyMove.Ask(
            messages: [Message(role: "user", content: "q2")], phase: "carry-out", stop: ["."], maxTokens: 7,
            temperature: 0.5, state: Array("seen".utf8))),
        .giveUp, .answer("42 seen"),
      ])
  }

  @Test func tasksComeFromAPlace() throws {
    let file = try folder.write(
      "tasks.py",
      """
      splits = [{"name": "train", "help": "h", "count": 3}, {"name": "open", "help": "h"}]
      heuristics = [{"id": "plain"}, {"id": "never"}]
      def task(split, index, seed):
          if index > 9: raise IndexError(index)
          return {"key": f"{split}-{index}", "question": f"{index}+{seed}?", "reference": str(index + seed),
                  "reference_kind": "math", "level": 2, "metadata": {"i": index}}
      def demonstrate(heuristic, split, index, seed):
          return f"{index + seed}" if heuristic == "plain" else None
      """)
    let source = try host.taskSource(
      PluginReference(
        name: "t", use: "polya.python-tasks", options: ["file": .string(file)], folder: folder.url.path))
    let tasks = try source.tasks(split: "train", range: 1..<3, seed: 5)
    #expect(tasks.map(\.question) == ["1+5?", "2+5?"])
    #expect(tasks.map(\.reference) == ["6", "7"])
    #expect(tasks.map(\.metadataJSON) == [#"{"i": 1}"#, #"{"i": 2}"#])
    let requests = ["plain", "never"].map {
      DemonstrationRequest(
        place: Task.Place(split: "train", index: 1, seed: 5), heuristic: $0, id: 0)
    }
    #expect(try source.demonstrate(requests).map { try $0.get() } == ["6", nil])
    let error = #expect(throws: PolyaError.self) { try source.tasks(split: "open", range: 10..<11, seed: 0) }
    #expect(error?.message.contains("IndexError: 10") == true)
  }

  /// Interpreters end with their host, also when the host is killed while they are busy.
  @Test func noInterpreterOutlivesItsHost() throws {
    // What the interpreter becomes can be found from outside of its namespace.
    let seconds = String(70_000 + UInt32.random(in: 0..<9999))
    let file = try folder.write(
      "slow.py",
      """
      import os
      def reward(completions, **_): os.execvp("sleep", ["sleep", "\(seconds)"])
      """)
    let command = try Command.start(
      Repository.products.appending(path: "polya").path,
      [
        "reward", "score", "--use", Repository.products.path + "/libPython.so#polya.python-reward",
        "--option",
        "file=\(file)",
      ],
      input: #"{"completion":"x"}"# + "\n", folder: folder.url)
    func isAlive() throws -> Bool {
      try !Command.run("/usr/bin/env", ["pgrep", "-fx", "sleep \(seconds)"]).output.isEmpty
    }
    let start = Date()
    while try !isAlive(), Date().timeIntervalSince(start) < 120 { Thread.sleep(forTimeInterval: 0.05) }
    #expect(try isAlive(), "the interpreter never began")
    command.signal(SIGKILL)
    _ = try command.finish()
    let killed = Date()
    while try isAlive(), Date().timeIntervalSince(killed) < 10 { Thread.sleep(forTimeInterval: 0.05) }
    #expect(try !isAlive(), "the interpreter is still there")
  }
}
