import Foundation
import PolyaTestSupport
import Testing

/// `polya reward`, on panels and for people who ask why.
struct RewardVerbTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private static let rows = [
    #"{"id": "m", "completion": "So it is \\boxed{300 \\text{ cm}}.", "reference": "3 m", "reference_kind": "math"}"#,
    #"{"id": "c", "question": "Which?\n(A) x\n(B) y", "completion": "The answer is (A).", "reference": "B", "reference_kind": "choice"}"#,
    #"{"id": "t", "completion": "The argument is valid.", "reference": "valid", "reference_kind": "text"}"#,
    #"{"id": "u", "completion": "?", "reference": "x", "reference_kind": "poem"}"#,
  ]

  private func manifest(_ panels: String) throws -> String {
    try folder.write(
      "m.json5",
      """
      { polya: 1, run: { name: "m" },
        plugins: { math: { use: "polya.math-answer" }, choice: { use: "polya.choice" }, words: { use: "polya.plain" } },
        panels: { \(panels) } }
      """)
  }

  private func polya(_ words: [String]) throws -> CommandResult {
    try Command.polya(words, input: Self.rows.joined(separator: "\n") + "\n", folder: folder.url)
  }

  /// Each row by the reward that reads its kind of reference; what nobody reads has no verdict.
  @Test func aPanelScoresEveryKindOfReference() throws {
    let manifest = try manifest(#"answer: { rewards: ["choice", "math"] }"#)
    let result = try polya(["reward", "score", "--manifest", manifest, "--use", "answer"])
    #expect(result.status == 0, "\(result.errors)")
    let verdicts = try result.output.split(separator: "\n").map {
      try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
    }
    #expect(verdicts.map { $0["outcome"] as? String } == ["right", "wrong", "right", "abstained"])
    #expect((verdicts[0]["components"] as? [String: Double]) == ["math": 1])
    #expect((verdicts[1]["components"] as? [String: Double]) == ["choice": 0])
  }

  @Test func whyAVerdictIsWhatItIs() throws {
    let result = try polya(["reward", "explain", "--manifest", try manifest(""), "--use", "math"])
    #expect(result.status == 0, "\(result.errors)")
    let lines = result.output.split(separator: "\n").map(String.init)
    #expect(
      lines.prefix(3) == [
        "m: right, score 1.0000", "  reference: 3 m (math)", #"  answer:    300 \text{ cm}"#,
      ])
    #expect(lines.contains(#"    So it is \boxed{300 \text{ cm}}."#))
    #expect(lines.contains("                    ^^^^^^^^^^^^^^"))
    #expect(
      result.output.contains(
        "read as a number with a unit, the reference as a number with a unit: exact values"))
    #expect(result.output.contains("c: abstained, no score"))
  }

  @Test(arguments: [
    (#"a: { rewards: [] }"#, "panels.a.rewards: needs at least one reward"),
    (#"a: { rewards: ["math", "math"] }"#, "panels.a.rewards: needs at least one reward, and each only once"),
    (#"a: { rewards: ["maths"] }"#, "panels.a.rewards: there is no plugin 'maths'; did you mean 'math'?"),
    (
      #"a: { rewards: ["math"], rule: "most" }"#,
      "panels.a.rule: must be one of 'all', 'any', 'majority', 'first'"
    ),
    (#"math: { rewards: ["choice"] }"#, "panels.math: is also the name of a plugin"),
    (#"a: { rewards: ["math"], extra: 1 }"#, "panels.a: unknown key 'extra'"),
  ])
  func mistakesInPanelsAreNamed(_ panel: String, _ message: String) throws {
    let result = try polya(["reward", "score", "--manifest", try manifest(panel), "--use", "a"])
    #expect(result.status == 2 && result.errors.contains(message), "\(result.errors)")
  }

  @Test func aStageNeedsRewards() throws {
    let manifest = try folder.write(
      "s.json5",
      """
      { polya: 1, run: { name: "m" },
        plugins: { math: { use: "polya.math-answer" }, p: { use: "polya.plain" }, w: { use: "polya.word-arithmetic" },
          m: { use: "polya.transformer", options: { shape: "tiny" } } },
        panels: { answer: { rewards: ["math", "p"], rule: "all" } },
        tasks: { t: { from: "w", split: "train", count: 2 } },
        stages: { x: { kind: "bootstrap", model: "m", tasks: "t", strategies: ["p"], samples: 1, verify: "answer" } } }
      """)
    let result = try Command.polya(["plan", manifest], folder: folder.url)
    #expect(
      result.status == 2 && result.errors.contains("needs a reward, but 'p' is a strategy"),
      "\(result.errors)")
  }

  /// A run with questions of two kinds; a change of the panel is a change of the stage.
  @Test func aRunUsesAPanel() throws {
    try folder.write(
      "tasks.jsonl",
      """
      {"id": "1", "question": "2+2?", "reference": "4", "reference_kind": "math"}
      {"id": "2", "question": "Which?\\n(A) x\\n(B) y", "reference": "B", "reference_kind": "choice"}
      """)
    let manifest = try folder.write(
      "r.json5",
      """
      { polya: 1, run: { name: "r", "max-unscored": 1 },
        plugins: { math: { use: "polya.math-answer" }, choice: { use: "polya.choice" },
          m: { use: "polya.transformer", options: { shape: "tiny" } } },
        panels: { answer: { rewards: ["math", "choice"] } },
        tasks: { t: { path: "tasks.jsonl", format: "polya" } },
        stages: { x: { kind: "evaluate", models: ["m"], tasks: ["t"], verify: "answer", samples: 1, "max-tokens": 4 } } }
      """)
    let result = try Command.polya(["run", manifest], folder: folder.url)
    #expect(result.status == 0, "\(result.errors)")
    func key(_ words: [String]) throws -> Substring? {
      let plan = try Command.polya(["plan", manifest, "--json"] + words, folder: folder.url)
      return try #require(plan.output.firstMatch(of: /"key":"([0-9a-f]+)"/)).1
    }
    #expect(try key([]) != key(["--set", "panels.answer.rule=all"]))
    #expect(try key([]) == key(["--set", "panels.answer.rule=first"]))
    let name = try FileManager.default.contentsOfDirectory(atPath: folder.path("runs/r/stages")).first {
      $0.hasPrefix("x")
    }
    let stage = try String(
      contentsOfFile: folder.path("runs/r/stages/\(try #require(name))/stage.json"), encoding: .utf8)
    #expect(
      stage.contains("\"panels\"") && stage.contains("polya.choice") && stage.contains("polya.math-answer"))
  }
}
