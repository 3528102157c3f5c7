import Foundation
import PolyaTestSupport
import Testing

/// `polya watch` and `polya export` through the real binary, on one small run.
struct WatchAndExportTests {
  private let folder: TemporaryFolder

  private static let manifest = """
    { polya: 1, run: { name: "small", seed: 5, "max-unscored": 1 },
      plugins: {
        fresh: { use: "polya.transformer", options: { shape: "custom", hidden: 32, layers: 2, heads: 2,
                 "key-value-heads": 1, "feed-forward": 48, context: 320 } },
        words: { use: "polya.word-arithmetic" }, answer: { use: "polya.math-answer" },
        ways: { use: "polya.heuristics", options: { shots: 0, instruct: false, only: ["plain"] } } },
      tasks: { stories: { from: "words", split: "corpus", count: 32 }, test: { from: "words", split: "test", count: 12 } },
      stages: {
        corpus: { kind: "demonstrate", tasks: "stories", strategy: "ways", count: 64 },
        base: { kind: "train", model: "fresh", data: "corpus", "batch-size": 8, "learning-rate": 3e-3 },
        polya: { kind: "reinforce", model: "base", tasks: "stories", steps: 3, rewards: [{ use: "answer" }],
                 "prompts-per-step": 2, "group-size": 2, "max-tokens": 8 },
        scores: { kind: "evaluate", models: ["base", "polya"], tasks: "test", verify: "answer", samples: 2, "max-tokens": 8,
                  greedy: true, compare: [{ first: "polya", second: "base" }] } } }
    """

  init() throws {
    folder = try TemporaryFolder()
    let file = try folder.write("small.json5", Self.manifest)
    let result = try Command.polya(["run", file, "--runs", "runs"], folder: folder.url)
    try #require(result.status == 0, "\(result.errors)")
  }

  private func polya(_ arguments: String...) throws -> CommandResult {
    try Command.polya(arguments, folder: folder.url)
  }

  private func objects(_ text: String) throws -> [[String: Any]] {
    try text.split(separator: "\n").map {
      try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
    }
  }

  // MARK: Watching

  /// As if a process of this machine had the run.
  private func writeLock(_ process: Int) throws {
    let lock = folder.url.appending(path: "runs/small/.lock")
    var holder = try objects(try String(contentsOf: lock, encoding: .utf8))[0]
    holder["pid"] = process
    try JSONSerialization.data(withJSONObject: holder).write(to: lock)
  }

  @Test func aFinishedRunIsOneScreen() throws {
    let shown = try polya("watch", "runs/small")
    #expect(shown.status == 0, "\(shown.errors)")
    let lines = shown.output.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    #expect(lines[0] == "small (seed 5): finished")
    for (line, stage) in zip(
      lines[2...5], ["corpus  demonstrate", "base    train", "polya   reinforce", "scores  evaluate"])
    {
      #expect(line.hasPrefix("✓  \(stage)") && line.hasSuffix(" s"), "\(line)")
    }
    let json = try objects(try polya("watch", "runs/small", "--json").output)[0]
    #expect(json["status"] as? String == "finished" && (json["stages"] as? [[String: Any]])?.count == 4)
    let reward = try #require(lines.first { $0.hasPrefix("reward/mean ") })
    #expect(reward.split(separator: " ").count == 3, "name, last value, and the curve: \(reward)")
  }

  /// As another process sees a run between two events, whatever became of the process that wrote them.
  @Test func aRunInProgressAndAStoppedOneSayWhereTheyAre() throws {
    let journal = folder.url.appending(path: "runs/small/journal.jsonl")
    let lines = try String(contentsOf: journal, encoding: .utf8).split(separator: "\n").map(String.init)
    let started = try #require(
      lines.firstIndex { $0.contains("stage started") && $0.contains("\"polya\"") })
    let stages = folder.url.appending(path: "runs/small/stages")
    for name in try FileManager.default.contentsOfDirectory(atPath: stages.path) {
      if name.hasPrefix("scores-") { try FileManager.default.removeItem(at: stages.appending(path: name)) }
      guard name.hasPrefix("polya-") else { continue }
      let aside = stages.appending(path: ".part-\(name)")
      try FileManager.default.moveItem(at: stages.appending(path: name), to: aside)
    }
    try Data((lines[...started].joined(separator: "\n") + "\n{\"time\": 17").utf8).write(to: journal)
    try writeLock(Int(ProcessInfo.processInfo.processIdentifier))
    let running = try polya("watch", "runs/small")
    #expect(running.status == 0, "\(running.errors)")
    #expect(running.output.hasPrefix("small (seed 5): running for "))
    #expect(running.output.contains("▸  polya   reinforce    step 3 of 3, "), "\(running.output)")
    #expect(running.output.contains("\n   scores  evaluate"))

    // A lock of a process that is gone: it was killed.

    try writeLock(4_194_303)
    let killed = try polya("watch", "runs/small")
    #expect(killed.output.contains("stopped: its process ended without a word"), "\(killed.output)")

    let reason = #"{"time": 1.5, "event": "run stopped", "reason": "no\u001b[31m room"}"#
    try Data((lines[...started] + [reason, ""]).joined(separator: "\n").utf8).write(to: journal)
    let stopped = try polya("watch", "runs/small")
    #expect(stopped.output.hasPrefix("small (seed 5): stopped\n"))
    #expect(stopped.output.contains("stopped: no") && !stopped.output.contains("\u{1b}"))
    #expect(!stopped.output.contains("▸"))
  }

  @Test func whatCannotBeWatchedIsExplained() throws {
    let none = try polya("watch", "nowhere")
    #expect(none.status == 2 && none.errors.contains("no run was started here"), "\(none.errors)")
    let never = try polya("watch", "runs/small", "--interval", "0")
    #expect(never.status == 2 && never.errors.contains("from 0.1 to 3600 seconds"), "\(never.errors)")
  }

  // MARK: Exporting

  /// Every line is one of the run's own records, and none is missing.
  @Test func theLinesAreTheRunsOwnRecords() throws {
    let exported = try polya("export", "runs/small", "--to", "jsonl")
    #expect(exported.status == 0, "\(exported.errors)")
    let lines = try objects(exported.output)
    let run = try #require(lines.first)
    #expect(run["event"] as? String == "run" && run["name"] as? String == "small")
    #expect(run["status"] as? String == "finished" && run["seed"] as? String == "5")
    #expect((run["manifest"] as? [String: Any])?["stages"] is [String: Any])
    func events(_ event: String) -> [NSDictionary] {
      lines.filter { $0["event"] as? String == event }.map { line in
        NSDictionary(dictionary: line.filter { $0.key != "event" })
      }
    }
    func file(_ name: String) throws -> String {
      try String(contentsOf: folder.url.appending(path: "runs/small/\(name)"), encoding: .utf8)
    }
    #expect(events("metric") == (try objects(try file("metrics.jsonl")).map { NSDictionary(dictionary: $0) }))
    let results = try objects(try file("results.json").replacing("\n", with: " "))[0]
    for (event, key) in [("score", "scores"), ("comparison", "comparisons")] {
      let own = try #require(results[key] as? [[String: Any]]).map { NSDictionary(dictionary: $0) }
      #expect(events(event) == own && !own.isEmpty)
    }
    #expect(events("file").map { $0["name"] as? String } == ["report.html", "results.json"])
  }

  @Test func aProgramOfOnesOwnGetsTheLines() throws {
    try folder.write(
      "count.py",
      "import json, sys\nlines = [json.loads(line) for line in sys.stdin]\nprint(len(lines), sys.argv[1])\nsys.exit(7)\n"
    )
    let expected = try objects(try polya("export", "runs/small", "--to", "jsonl").output).count
    let done = try polya("export", "runs/small", "--to", "count.py")
    let out = folder.url.appending(path: "runs/small/exports/count").path
    #expect(
      done.output == "\(expected) \(out)\n" && done.status == 7, "the program's own exit status: \(done)")
    let elsewhere = try polya("export", "runs/small", "--to", "count.py", "--out", "there")
    #expect(elsewhere.output.hasSuffix("/there\n"))
  }

  @Test func anUnknownTrackerIsExplained() throws {
    let missing = try polya("export", "runs/small")
    #expect(missing.status == 2 && missing.errors.contains("wandb, mlflow, trackio, jsonl"))
    let unknown = try polya("export", "runs/small", "--to", "wandv")
    #expect(unknown.status == 2 && unknown.errors.contains("did you mean 'wandb'?"), "\(unknown.errors)")
    let python = try polya("export", "runs/small", "--to", "wandb", "--python", "/no/python")
    #expect(python.status == 2 && python.errors.contains("/no/python: cannot be run: No such file"))
    // A Python without site-packages has no tracker.
    try folder.write("bare", "#!/bin/sh\nexec python3 -I -S \"$@\"\n")
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: folder.path("bare"))
    for tracker in ["wandb", "mlflow", "trackio"] {
      let bare = try polya(
        "export", "runs/small", "--to", tracker, "--python", folder.path("bare"))
      #expect(bare.status == 3 && bare.errors.contains("pip install \(tracker)"), "\(bare)")
    }
  }

  /// What the trackers' own readers find again, of lines with every peculiarity and of this run.
  @Test(.enabled(if: PythonExampleTests.mayInstall, "needs PyPI: set POLYA_PYPI=1"))
  func theTrackersHaveAllValues() throws {
    let venv = folder.path("venv")
    let check = Repository.root.appending(path: "Tests/exporters/check.py").path
    for (command, arguments) in [
      ("python3", ["-m", "venv", venv]),
      (
        "\(venv)/bin/pip",
        ["install", "-q", "wandb", "mlflow-skinny", "sqlalchemy", "alembic", "trackio"]
      ),
      ("\(venv)/bin/python", [check, "wandb", "mlflow", "trackio"]),
    ] {
      let done = try Command.run("/usr/bin/env", [command] + arguments)
      #expect(done.status == 0, "\(command) \(arguments): \(done.output)\(done.errors)")
    }
    for tracker in ["wandb", "mlflow", "trackio"] {
      let done = try polya(
        "export", "runs/small", "--to", tracker, "--python", "\(venv)/bin/python")
      #expect(done.status == 0 && done.output.contains("1 new run"), "\(done)")
    }
  }
}
