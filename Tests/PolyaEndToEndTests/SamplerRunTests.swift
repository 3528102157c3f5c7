import Foundation
import PolyaTestSupport
import Testing

/// A reinforcement whose rollouts another model draws, through the real binary.
struct SamplerRunTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try Command.compilePlugin(
      Repository.root.appending(path: "Tests/Fixtures/length_reward.c"), to: folder.path("length.so"))
  }

  private func run(
    _ runs: String, sampler: String?, isolation: String = "host",
    precision: (policy: String, fast: String) = ("float32", "float32")
  ) throws -> CommandResult {
    let shape =
      #"shape: "custom", hidden: 32, layers: 2, heads: 2, "key-value-heads": 1, "feed-forward": 48, context: 320"#
    let file = try folder.write(
      "far.json5",
      """
      { polya: 1, run: { name: "far", seed: 5 },
        plugins: {
          policy: { use: "polya.transformer", isolation: "\(isolation)", options: { \(shape), precision: "\(precision.policy)", seed: 1 } },
          fast: { use: "polya.transformer", options: { \(shape), precision: "\(precision.fast)", seed: 99 } },
          words: { use: "polya.word-arithmetic" }, length: { use: "./length.so" } },
        tasks: { train: { from: "words", split: "train", count: 6 } },
        stages: { rl: { kind: "reinforce", model: "policy", tasks: "train", steps: 3, rewards: [{ use: "length" }],
                  "prompts-per-step": 3, "group-size": 4, "max-tokens": 12, "learning-rate": 1e-3\(sampler.map { ", sampler: \($0)" } ?? "") } } }
      """)
    return try Command.polya(["run", file, "--runs", runs], folder: folder.url)
  }

  private func files(_ runs: String) throws -> [Data] {
    let stages = folder.url.appending(path: "\(runs)/far/stages")
    let stage = try #require(
      try FileManager.default.contentsOfDirectory(atPath: stages.path).first { $0.hasPrefix("rl-") })
    return try ["metrics.jsonl", "checkpoint/model.safetensors"].map {
      try Data(contentsOf: stages.appending(path: "\(stage)/\($0)"))
    }
  }

  /// The engine is the same on both sides, and so are its bits.
  @Test func anotherModelThatSamplesWithTheTrainedWeightsChangesNothing() throws {
    #expect(try run("alone", sampler: nil).status == 0)
    let sampled = try run("sampled", sampler: #"{ model: "fast" }"#)
    #expect(sampled.status == 0, "\(sampled.errors)")
    #expect(try files("alone") == files("sampled"))
  }

  /// Sampling and training agree on the distribution that top-p left, in the host and out of process.
  @Test func masksCrossTheBoundary() throws {
    let cut = #"{ model: "fast" }, "top-p": 0.8, "top-k": 40, "updates-per-rollout": 2"#
    for isolation in ["host", "process"] {
      let done = try run("cut-\(isolation)", sampler: cut, isolation: isolation)
      #expect(done.status == 0 && !done.errors.contains("which biases it"), "\(done.errors)")
    }
    let (inside, outside) = (try files("cut-host"), try files("cut-process"))
    #expect(inside == outside)
    let mismatch = try metric("policy/sampling-mismatch", "cut-host")
    #expect(mismatch.count == 3 && mismatch.allSatisfy { $0 < 1e-4 }, "\(mismatch)")
  }

  private func metric(_ name: String, _ runs: String) throws -> [Double] {
    try String(decoding: files(runs)[0], as: UTF8.self).split(separator: "\n")
      .filter { $0.contains("\"\(name)\"") }
      .map { line in
        try #require(
          (JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])?["value"] as? Double)
      }
  }

  /// What is sampled in 8 bits is corrected without being asked; its difference is no longer a rounding of float32.
  @Test func aSamplerOf8BitsIsCorrected() throws {
    for policy in ["bf16", "float32"] {
      let done = try run(policy, sampler: #"{ model: "fast" }"#, precision: (policy, "int8"))
      #expect(done.status == 0, "\(done.errors)")
      let weights = try metric("policy/correction-weight", policy)
      #expect(!weights.isEmpty && weights.allSatisfy { $0 != 1 && abs($0 - 1) < 0.05 }, "\(weights)")
      let mismatch = try metric("policy/sampling-mismatch-mean", policy)
      #expect(!mismatch.isEmpty && mismatch.allSatisfy { $0 > 1e-4 && $0 < 0.1 }, "\(mismatch)")
    }
    let given = try run(
      "given", sampler: #"{ model: "fast" }, correction: "none""#, precision: ("float32", "int8"))
    #expect(given.status == 0, "\(given.errors)")
    #expect(try metric("policy/correction-weight", "given").isEmpty)
  }

  @Test func bf16SamplesAndTrainsAlike() throws {
    let done = try run("half", sampler: nil, precision: ("bf16", "bf16"))
    #expect(done.status == 0, "\(done.errors)")
    let mismatch = try metric("policy/sampling-mismatch-mean", "half")
    #expect(!mismatch.isEmpty && mismatch.allSatisfy { $0 < 0.01 }, "\(mismatch)")
    #expect(try metric("policy/correction-weight", "half").isEmpty)
    // Weights that were trained in another precision are others.
    #expect(try run("whole", sampler: nil).status == 0)
    #expect(try files("half")[1] != files("whole")[1])
  }

  @Test func aModelOf8BitsIsNotTrained() throws {
    let refused = try run("refused", sampler: nil, precision: ("int8", "bf16"))
    #expect(
      refused.status != 0 && refused.errors.contains(#"train with "bf16" or "float32""#), "\(refused.errors)")
  }

  /// Judging beside sampling changes nothing; sampling ahead changes the weights, in the same way each time.
  @Test func whatGoesOnAtOnceIsRepeated() throws {
    let ahead = #"{ model: "fast", ahead: 1 }, correction: "truncated""#
    for (name, sampler) in [
      ("alone", #"{ model: "fast" }"#), ("parts", #"{ model: "fast" }, "judged-parts": 2"#), ("ahead", ahead),
      ("again", ahead),
    ] {
      let done = try run(name, sampler: sampler)
      #expect(done.status == 0, "\(name): \(done.errors)")
    }
    #expect(try files("parts") == files("alone"))
    #expect(try files("ahead") == files("again") && files("ahead") != files("alone"))
  }

  @Test(arguments: [
    (#"{ model: "fast", ahead: 1 }"#, "which only a correction takes away"),
    (
      #"{ model: "fast", ahead: 1, "refresh-every": 2 }, correction: "masked""#,
      "cannot be combined with refresh-every 2"
    ),
    (
      #"{ model: "fast", ahead: 1 }, correction: "masked", "equal-groups": "resample""#,
      "cannot be combined with equal-groups 'resample'"
    ),
    (#"{ model: "length" }"#, "'length' is a reward"), (#"{ model: "nobody" }"#, "'nobody'"),
    (#"{}"#, "'model' is missing"),
    (#"{ model: "fast", every: 2 }"#, "unknown key 'every'"),
    (#"{ model: "fast", "refresh-every": 0 }"#, "refresh-every: must be"), (#""fast""#, "must be an object"),
  ])
  func mistakesAreNamedBeforeAnythingRuns(sampler: String, sentence: String) throws {
    let result = try run("runs", sampler: sampler)
    #expect(result.status == 2)
    #expect(result.errors.contains(sentence), "\(result.errors)")
    #expect(!FileManager.default.fileExists(atPath: folder.path("runs/far/stages")))
  }

  /// Every role in which a stage names a plugin, as `plan`, `run` and `doctor` see it.
  @Test(arguments: [
    ("stages.rl.model=words", "stages.rl: needs a model, but 'words' is a source of tasks"),
    ("stages.rl.rewards.0.use=policy", "stages.rl: needs a reward, but 'policy' is a model"),
    (#"stages.rl.sampler={ model: "length" }"#, "stages.rl: needs a model, but 'length' is a reward"),
    (
      #"stages.rl={ kind: "bootstrap", model: "policy", tasks: "train", strategies: ["length"], verify: "length" }"#,
      "stages.rl: needs a strategy, but 'length' is a reward"
    ),
    (
      #"stages.rl={ kind: "evaluate", models: ["policy"], tasks: ["train"], verify: "fast" }"#,
      "stages.rl: needs a reward, but 'fast' is a model"
    ),
  ])
  func aPluginOfAnotherKindIsNamedBeforeAnythingRuns(change: String, sentence: String) throws {
    #expect(try run("runs", sampler: nil).status == 0)
    for verb in ["plan", "run", "doctor"] {
      let result = try Command.polya([verb, "far.json5", "--set", change], folder: folder.url)
      #expect(result.status == 2, "\(verb)")
      #expect(result.errors.contains(sentence), "\(result.errors)")
    }
  }
}
