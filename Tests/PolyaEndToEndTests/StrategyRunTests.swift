import Foundation
import PolyaTestSupport
import Testing

/// Reinforcement and evaluation whose questions strategies ask, through the real binary.
struct StrategyRunTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try Command.compilePlugin(
      Repository.root.appending(path: "Tests/Fixtures/length_reward.c"), to: folder.path("length.so"))
  }

  private func manifest(_ more: String) throws -> String {
    let shape =
      #"shape: "custom", hidden: 32, layers: 2, heads: 2, "key-value-heads": 1, "feed-forward": 48, context: 512"#
    return try folder.write(
      "ways.json5",
      """
      { polya: 1, run: { name: "ways", seed: 5 },
        plugins: {
          policy: { use: "polya.transformer", options: { \(shape), seed: 1 } },
          ways: { use: "polya.heuristics", options: { only: ["analogy", "working-backwards", "symmetry"], shots: 0 } },
          phases: { use: "polya.four-phase", options: { phases: ["plan", "carry-out"], shots: 0 } },
          words: { use: "polya.word-arithmetic" }, length: { use: "./length.so" } },
        tasks: { train: { from: "words", split: "train", count: 6 } },
        stages: {
          rl: { kind: "reinforce", model: "policy", tasks: "train", steps: 2, rewards: [{ use: "length" }],
                "prompts-per-step": 3, "group-size": 4, "max-tokens": 12, "learning-rate": 1e-3\(more) },
          scores: { kind: "evaluate", models: ["rl"], tasks: "train", verify: "length", samples: 3, strategies: ["phases"],
                    "max-tokens": 8 } } }
      """)
  }

  private func run(_ more: String, _ arguments: [String] = []) throws -> CommandResult {
    try Command.polya(["run", try manifest(more), "--runs", "runs"] + arguments, folder: folder.url)
  }

  private func records(_ stage: String, _ name: String) throws -> [[String: Any]] {
    let stages = folder.url.appending(path: "runs/ways/stages")
    let found = try #require(
      try FileManager.default.contentsOfDirectory(atPath: stages.path).first { $0.hasPrefix(stage + "-") })
    let file = stages.appending(path: "\(found)/\(name)-00000.jsonl.zst").path
    let text = try Command.polya(["data", "head", file, "--count", "100000"]).output
    return try text.split(separator: "\n").map {
      try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
    }
  }

  @Test func groupsAreAskedByHeuristicAndTheRecordsSayWhich() throws {
    let result = try run(#", strategies: ["ways"], quotas: { symmetry: 2 }, weighting: ["rarity"]"#)
    #expect(result.status == 0, "\(result.errors)")
    let rollouts = try records("rl", "rollouts")
    #expect(rollouts.count == 2 * 3 * 4)
    for group in stride(from: 0, to: rollouts.count, by: 4) {
      let asked = rollouts[group..<group + 4].compactMap { $0["heuristic"] as? String }
      #expect(asked.count == 4 && asked.count { $0 == "symmetry" } == 2 && Set(asked).count == 3, "\(asked)")
    }
    #expect(
      rollouts.allSatisfy { ($0["heuristics"] as? [String]) == ($0["heuristic"] as? String).map { [$0] } })
    // Two phases are two turns, in training and in evaluation.
    #expect(try records("scores", "results").count == 6)
    let evaluated = try records("scores", "results").compactMap { $0["prompt"] as? String }
    #expect(
      evaluated.allSatisfy { $0.contains("Plan:") && $0.contains("Solution:") }, "\(evaluated.first ?? "")")
  }

  @Test func aDialogueOfSeveralTurnsIsOneRecord() throws {
    let result = try run(#", strategies: ["phases"]"#)
    #expect(result.status == 0, "\(result.errors)")
    for rollout in try records("rl", "rollouts") {
      let earlier = try #require(rollout["earlier"] as? [[String: Any]])
      let (first, last) = (
        try #require(earlier.first?["prompt"] as? String), try #require(rollout["prompt"] as? String)
      )
      #expect(earlier.count == 1 && last.hasPrefix(first) && last.count > first.count)
    }
    let bare = try run(
      #", strategies: ["phases"], "train-after": "question""#, ["--set", #"run.name="ways""#])
    #expect(bare.status == 0, "\(bare.errors)")
  }

  @Test(arguments: [
    (
      #", quotas: { symmetry: 2 }"#,
      "stages.rl.quotas.symmetry: has a quota, but no strategy asks by heuristic"
    ),
    (
      #", strategies: ["ways"], quotas: { symetry: 2 }"#,
      "quotas.symetry: no strategy has the heuristic 'symetry'; did you mean 'symmetry'?"
    ),
    (#", weighting: ["rarity"]"#, "credit by heuristic needs to know which heuristics a rollout follows"),
    (#", strategies: ["length"]"#, "needs a strategy, but 'length' is a reward"),
    (#", preset: "grop""#, "must be one of 'none', 'grpo'"),
    (#", advantage: { k: 3 }"#, "the key 'kind' is missing"),
    (#", advantage: { kind: "pkpo" }"#, "the key 'k' is missing"),
    (#", "policy-loss": { kind: "clipped", bound: 3 }"#, "unknown key 'bound'"),
  ])
  func mistakesAreNamed(more: String, sentence: String) throws {
    let result = try run(more)
    #expect(result.status == 2 && result.errors.contains(sentence), "\(result.errors)")
  }

  @Test func theFirstPromptsCanBeSeen() throws {
    let file = try manifest(#", strategies: ["ways"]"#)
    let shown = try Command.polya(
      ["try", file, "rl", "--samples", "0", "--heuristic", "symmetry"], folder: folder.url)
    #expect(
      shown.status == 0 && shown.output.contains("symmetry (polya.heuristics)"),
      "\(shown.output) \(shown.errors)")
    #expect(!shown.output.contains("analogy"))
  }
}
