import Foundation
import PolyaTestSupport
import Testing

/// `polya run --replay-step`: a step of a training is repeated exactly, and what cannot be repeated is told.
struct ReplayTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try Command.compilePlugin(
      Repository.root.appending(path: "Tests/Fixtures/length_reward.c"), to: folder.path("length.so"))
  }

  private func manifest(_ reward: String, _ more: String = "") -> String {
    """
    { polya: 1, run: { name: "again", seed: 5, "max-unscored": 1 },
      plugins: {
        fresh: { use: "polya.transformer", options: { shape: "custom", hidden: 32, layers: 2, heads: 2,
                 "key-value-heads": 1, "feed-forward": 48, context: 320 } },
        words: { use: "polya.word-arithmetic" }, judge: \(reward),
        ways: { use: "polya.heuristics", options: { shots: 0, instruct: false, only: ["analogy", "plain"] } } },
      tasks: { train: { from: "words", split: "train", count: 12 }, test: { from: "words", split: "test", count: 4 } },
      stages: {
        polya: { kind: "reinforce", model: "fresh", tasks: "train", steps: 5, rewards: [{ use: "judge" }],
                 strategies: ["ways"], "prompts-per-step": 2, "group-size": 4, "max-tokens": 12,
                 "learning-rate": 1e-2, \(more) },
        old: { kind: "interpolate", models: [{ use: "fresh" }, { use: "polya" }] } } }
    """
  }

  private func polya(_ file: String, _ arguments: String...) throws -> CommandResult {
    try Command.polya(["run", file, "--runs", "runs"] + arguments, folder: folder.url)
  }

  /// With everything that is carried from step to step, in a finished stage and in one that is not.
  @Test func aStepIsRepeatedExactly() throws {
    let file = try folder.write(
      "again.json5",
      manifest(
        #"{ use: "./length.so" }"#,
        """
        "updates-per-rollout": 2, "kl-coefficient": 0.01, "entropy-coefficient": 0.01, "entropy-target": 2,
        weighting: ["rarity"], validation: { tasks: "test", samples: 2, every: 2 }
        """))
    let done = try polya(file)
    try #require(done.status == 0, "\(done.errors)")
    for step in [0, 4] {
      let again = try polya(file, "--stage", "polya", "--replay-step", "\(step)")
      #expect(again.status == 0, "\(again)")
      #expect(
        again.output.hasPrefix("step \(step) of 'polya': 8 rollouts, ")
          && again.output.contains("all as the stage"))
    }
    let stages = folder.url.appending(path: "runs/again/stages")
    let name = try #require(
      try FileManager.default.contentsOfDirectory(atPath: stages.path).first { $0.hasPrefix("polya-") })
    try FileManager.default.moveItem(
      at: stages.appending(path: name), to: stages.appending(path: ".part-\(name)"))
    let other = try polya(file, "--stage", "polya", "--replay-step", "3", "--json")
    #expect(other.status == 0 && other.output.contains("\"recorded\":true,"), "\(other)")
    try FileManager.default.removeItem(at: stages.appending(path: ".part-\(name)"))
    let none = try polya(file, "--stage", "polya", "--replay-step", "3")
    #expect(none.status == 0 && none.output.contains("has not recorded this step yet"), "\(none)")
  }

  /// A reward that rolls dice cannot be repeated, and the first thing that differs is named.
  @Test func whatDiffersIsTold() throws {
    guard try Toolchain.has("python3") else { return }
    try folder.write(
      "dice.py",
      "import random\ndef reward(completions, **_):\n    return [random.random() for _ in completions]\n")
    let file = try folder.write(
      "dice.json5", manifest(#"{ use: "polya.python-reward", options: { file: "dice.py" } }"#))
    let done = try polya(file)
    try #require(done.status == 0, "\(done.errors)")
    let again = try polya(file, "--stage", "polya", "--replay-step", "2")
    #expect(again.status == 1 && again.output.contains("not as the stage recorded them"), "\(again)")
    #expect(again.output.contains("record 0 differs in") && again.output.contains("reward/mean is"))
    #expect(again.errors.contains("step 2 of 'polya' is not what the stage recorded"))
  }

  @Test(arguments: [
    (["--replay-step", "2"], "--replay-step needs one stage"),
    (["--replay-step", "5", "--stage", "polya"], "has the steps 0 to 4, not 5"),
    (["--replay-step", "0", "--stage", "old"], "has no steps with records to repeat"),
  ])
  func whatIsNoStepIsExplained(arguments: [String], expected: String) throws {
    let file = try folder.write("wrong.json5", manifest(#"{ use: "./length.so" }"#))
    let done = try Command.polya(["run", file, "--runs", "runs"] + arguments, folder: folder.url)
    #expect(done.status == 2 && done.errors.contains(expected), "\(done.errors)")
  }
}
