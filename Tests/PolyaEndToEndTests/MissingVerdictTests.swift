import Foundation
import PolyaTestSupport
import Testing

/// A reward that gives no verdict: every stage that asks it says why, how often, and where it is written.
struct MissingVerdictTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private static let stages = [
    "bootstrap": (
      #"{ kind: "bootstrap", model: "m", tasks: "t", strategies: ["s"], samples: 1, "max-tokens": 4, verify: "r" }"#,
      "candidates"
    ),
    "evaluate": (
      #"{ kind: "evaluate", models: ["m"], tasks: ["t"], verify: "r", samples: 2, "max-tokens": 4 }"#,
      "results"
    ),
    "reinforce": (
      #"{ kind: "reinforce", model: "m", tasks: "t", rewards: [{ use: "r" }], steps: 3, "prompts-per-step": 2, "group-size": 2, "max-tokens": 4 }"#,
      "rollouts"
    ),
  ]

  /// A new way to give no verdict is a line here: Python, and a part of the reason.
  @Test(
    arguments: ["bootstrap", "evaluate", "reinforce"],
    [
      ("raise ValueError('the moon is down')", "ValueError: the moon is down"),
      ("return [None] * len(completions)", "abstains"),
      ("return [float('nan')] * len(completions)", "the score is nan"),
      ("return [2.0] * len(completions)", "2.0"),
      ("import os; os._exit(3)", "exit status 3"),
    ]) func everyStageSaysWhy(_ stage: String, _ way: (code: String, reason: String)) throws
  {
    try folder.write("r.py", "def reward(completions, **_):\n    \(way.code)\n")
    let (settings, shards) = try #require(Self.stages[stage])
    let manifest = try folder.write(
      "m.json5",
      """
      { polya: 1, run: { name: "m" },
        plugins: {
          m: { use: "polya.transformer", options: { shape: "custom", hidden: 16, layers: 1, heads: 1,
               "key-value-heads": 1, "feed-forward": 16, context: 320 } },
          s: { use: "polya.plain" }, w: { use: "polya.word-arithmetic" },
          r: { use: "polya.python-reward", options: { file: "r.py", workers: 1 } } },
        tasks: { t: { from: "w", split: "train", count: 2 } }, stages: { x: \(settings) } }
      """)
    let result = try Command.polya(["run", manifest], folder: folder.url)
    #expect(result.status == 1, "\(result.errors)")
    let line = try #require(
      result.errors.split(separator: "\n").last { $0.hasPrefix("polya: stages.x: ") }, "\(result.errors)")
    #expect(
      line.contains("have no verdict; 4 of them: ") || line.contains("have no verdict; 2 of them: "),
      "\(line)")
    #expect(line.contains(way.reason), "\(line)")
    let path = try #require(line.firstMatch(of: /reason is in (\S+)-\*\.jsonl\.zst/)).1
    let records = try Command.run("/usr/bin/env", ["bash", "-c", "zstdcat \(path)-*.jsonl.zst"]).output
    #expect(String(path).hasSuffix("/\(shards)"))
    // A candidate has its outcome in a member of its own.
    #expect(
      records.contains(way.reason) || way.reason == "abstains" && records.contains(#""abstained""#),
      "\(records)")
  }

  /// Questions of a kind that no reward reads, among as many of another: the share of all rows is within the limit, that of
  /// the kind is not.
  @Test(arguments: [
    #"{ kind: "bootstrap", model: "m", tasks: "t", strategies: ["s"], samples: 1, "max-tokens": 4, verify: "r" }"#,
    #"{ kind: "reinforce", model: "m", tasks: "t", rewards: [{ use: "r" }], steps: 3, "prompts-per-step": 25, "group-size": 2, "max-tokens": 4 }"#,
  ])
  func oneKindDoesNotHideBehindAnother(_ stage: String) throws {
    let rows = (0..<50).map { row in
      #"{"id": "\#(row)", "question": "q", "reference": "4", "reference_kind": "\#(row % 2 == 0 ? "math" : "poem")"}"#
    }
    try folder.write("tasks.jsonl", rows.joined(separator: "\n") + "\n")
    let manifest = try folder.write(
      "k.json5",
      """
      { polya: 1, run: { name: "k", "max-unscored": 0.9 },
        plugins: { m: { use: "polya.transformer", options: { shape: "tiny" } }, s: { use: "polya.plain" },
          r: { use: "polya.math-answer" } },
        tasks: { t: { path: "tasks.jsonl", format: "polya" } }, stages: { x: \(stage) } }
      """)
    let result = try Command.polya(["run", manifest], folder: folder.url)
    #expect(
      result.status == 1 && result.errors.contains("with references of the kind 'poem' have no verdict"),
      "\(result.errors)")
  }
}
