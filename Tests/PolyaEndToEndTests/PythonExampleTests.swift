import Foundation
import PolyaTestSupport
import Testing

/// What the examples in Python promise.
struct PythonExampleTests {
  /// They install packages, so they run only when somebody says so.
  static let mayInstall = ProcessInfo.processInfo.environment["POLYA_PYPI"] != nil

  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func run(_ example: String) throws -> CommandResult {
    try Command.run(
      Repository.root.appending(path: "examples/\(example)/run.sh").path, [],
      environment: [
        "POLYA": Repository.products.appending(path: "polya").path, "POLYA_RUNS": folder.path("runs"),
        "POLYA_VENV": folder.path("venv"),
      ])
  }

  private struct Row: Decodable, Equatable {
    var id: String
    var outcome: String
    var score: Double?
  }

  private func rows(_ output: String) throws -> [Row] {
    try output.split(separator: "\n").map { try JSONDecoder().decode(Row.self, from: Data($0.utf8)) }
  }

  @Test func theRewardInPythonScoresItsRows() throws {
    guard try Toolchain.has("python3") else { return }
    let result = try run("reward-in-python")
    #expect(result.status == 0, "\(result.errors)")
    let expected = [
      Row(id: "right, marked", outcome: "right", score: 1),
      Row(id: "right, not marked", outcome: "right", score: 0.9),
      Row(id: "wrong, marked", outcome: "wrong", score: 0.1),
      Row(id: "wrong, not marked", outcome: "wrong", score: 0),
      Row(id: "another spelling", outcome: "right", score: 1),
      Row(id: "no number", outcome: "wrong", score: 0),
      Row(id: "no reference", outcome: "abstained", score: nil),
    ]
    #expect(try rows(result.output) == expected)
  }

  /// From a file of any shape to the arguments of a function, through the real command.
  @Test func columnsOfAFileReachAFunction() throws {
    guard try Toolchain.has("python3") else { return }
    let rows = (0..<3).map {
      #"{"prompt":"q\#($0)","gold":"\#($0)","level":\#($0),"tags":["t"],"metadata":{"n":1}}"#
    }
    try folder.write("tasks.jsonl", rows.joined(separator: "\n"))
    try folder.write(
      "columns.py",
      """
      def reward(prompts, completions, reference, reference_kind, level, tags, metadata, group_ids, **columns):
          good = all(p == f"q{l}" and r == str(l) and k == "" and t == ["t"] and m == {"n": 1}
                     for p, r, k, l, t, m in zip(prompts, reference, reference_kind, level, tags, metadata))
          counts = {group_ids.count(g) for g in group_ids}
          return [float(good and counts == {4})] * len(completions)
      """)
    let base = Repository.root.appending(path: "examples/quickstart/base").path
    let manifest = try folder.write(
      "run.json5",
      """
      { polya: 1, run: { name: "columns" },
        plugins: { base: { use: "polya.transformer", options: { folder: "\(base)" } },
                   check: { use: "polya.python-reward", options: { file: "columns.py", "whole-groups": true, batch: 2 } } },
        tasks: { all: { path: "tasks.jsonl", format: "jsonl", fields: { question: "prompt", reference: "gold" } } },
        stages: { scores: { kind: "evaluate", models: ["base"], tasks: ["all"], verify: "check", samples: 4,
                            "max-tokens": 4 } } }
      """)
    let polya = Repository.products.appending(path: "polya").path
    let result = try Command.run(polya, ["run", manifest, "--runs", folder.path("runs")])
    #expect(result.status == 0, "\(result.errors)")
    let stages = folder.path("runs/columns/stages")
    let stage = try #require(try FileManager.default.contentsOfDirectory(atPath: stages).first)
    let head = try Command.run(polya, ["data", "head", "\(stages)/\(stage)", "--count", "10"])
    let correct = head.output.split(separator: "\n").filter { $0.contains("\"correct\":4") }
    #expect(correct.count == 3, "\(head.output)")
  }

  /// A worker has a /tmp of its own; what an option names there is seen with all that belongs to it.
  @Test func aVirtualEnvironmentBelowTmpIsUsed() throws {
    guard try Toolchain.has("python3") else { return }
    // The second is made by the first, so that links lead from one to the other.
    for (python, venv) in [("python3", "first"), (folder.path("first/bin/python"), "second")] {
      let made = try Command.run(
        "/usr/bin/env", [python, "-m", "venv", "--without-pip", folder.path(venv)])
      try #require(made.status == 0, "\(made.errors)")
      let asked = try Command.run(
        folder.path("\(venv)/bin/python"), ["-c", "import sysconfig; print(sysconfig.get_path('purelib'))"])
      let packages = asked.output.trimmingCharacters(in: .newlines)
      try #require(packages.hasPrefix(folder.path(venv)))
      try "SCORE = 1.0".write(toFile: "\(packages)/only_here.py", atomically: true, encoding: .utf8)
      let file = try folder.write(
        "reward.py",
        """
        import only_here
        def reward(completions, **columns):
            return [only_here.SCORE] * len(completions)
        """)
      let result = try Command.polya(
        [
          "reward", "score", "--use", "polya.python-reward", "--option", "file=\(file)", "--option",
          "python=\(folder.path("\(venv)/bin/python"))",
        ], input: #"{"id":"a","question":"q","completion":"c"}"# + "\n")
      #expect(result.status == 0, "\(result.errors)")
      #expect(try rows(result.output) == [Row(id: "a", outcome: "right", score: 1)])
    }
  }

  @Test(.enabled(if: mayInstall, "needs PyPI: set POLYA_PYPI=1"))
  func mathVerifyTurnsEquationsAndMathAnswerKnowsTheMark() throws {
    let result = try run("math-verify")
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.output.hasPrefix("44 rows, 42 agreements, 2 disagreements\n"))
    let fields = result.output.split(separator: "\n").map {
      $0.split(separator: " ").prefix(3).map(String.init)
    }
    #expect(!fields.contains(["equation,", "turned", "right"]), "2x + 1 = y is y = 2x + 1 for both")
    #expect(fields.contains(["two", "boxes", "wrong"]), "the last box counts")
  }

  /// Each dataset's own answer is worth 1 after its metadata went through JSON, and no model sample is without a score.
  @Test(.enabled(if: mayInstall, "needs PyPI: set POLYA_PYPI=1"))
  func reasoningGymScoresItsOwnTasks() throws {
    let result = try run("reasoning-gym")
    #expect(result.status == 0, "\(result.errors)")
    let scores = try rows(
      result.output.split(separator: "\n").filter { $0.hasPrefix("{") }.joined(separator: "\n"))
    #expect(scores.count == 8, "four datasets, a right and a wrong answer each")
    for (number, row) in scores.enumerated() {
      let score = try #require(row.score, "\(row.id)")
      if number.isMultiple(of: 2) {
        #expect(score == 1, "\(row.id)")
      } else {
        #expect(score <= 0.01, "\(row.id)")
      }
    }
    #expect(result.errors.contains("samples 128, unscored 0"))
  }
}
