import Foundation
import PolyaTestSupport
import Testing

/// Stages that several processes share: `polya run --shard` and `polya merge`.
struct ShardTests {
  private let folder: TemporaryFolder
  private let file: String

  init() throws {
    folder = try TemporaryFolder()
    file = try folder.write("shared.json5", Self.manifest)
  }

  private static let shape =
    #"shape: "custom", hidden: 32, layers: 2, heads: 2, "key-value-heads": 1, "feed-forward": 48, context: 512"#
  private static let manifest = """
    { polya: 1, run: { name: "shared", seed: 5 },
      plugins: {
        fresh: { use: "polya.transformer", options: { \(shape), seed: 1 } },
        words: { use: "polya.word-arithmetic" }, ways: { use: "polya.plain" }, answer: { use: "polya.math-answer" } },
      tasks: { train: { from: "words", split: "train", count: 41 }, test: { from: "words", split: "test", count: 5 } },
      stages: {
        corpus: { kind: "demonstrate", tasks: "train", strategy: "ways", count: 4 },
        base: { kind: "train", model: "fresh", data: "corpus", epochs: 1 },
        candidates: { kind: "bootstrap", model: "base", tasks: "train", strategies: ["ways"], samples: 12,
                      "max-tokens": 24, verify: "answer", "stop-after-correct": 2, "tasks-per-shard": 2 },
        scores: { kind: "evaluate", models: ["base", "fresh"], tasks: ["train", "test"], verify: "answer", samples: 4,
                  "max-tokens": 12, "questions-per-shard": 8 } } }
    """

  private func polya(_ verb: String, _ runs: String, _ arguments: [String] = []) throws -> CommandResult {
    try Command.polya([verb, file] + arguments + ["--runs", runs], folder: folder.url)
  }

  /// The content of all files of a run's stages, and what was computed from them.
  private func results(_ runs: String) throws -> [String: Data] {
    let run = folder.url.appending(path: "\(runs)/shared")
    var files: [String: Data] = [:]
    for place in ["stages", "results.json", "metrics.jsonl"] {
      let path = run.appending(path: place)
      guard let all = FileManager.default.enumerator(atPath: path.path) else {
        files[place] = try Data(contentsOf: path)
        continue
      }
      while let name = all.nextObject() as? String {
        guard all.fileAttributes?[.type] as? FileAttributeType == .typeRegular else { continue }
        files[place + "/" + name] = try Data(contentsOf: path.appending(path: name))
      }
    }
    return files.filter {
      $0.key == "results.json" || $0.key == "metrics.jsonl" || $0.key.hasPrefix("stages/")
    }
  }

  /// Two machines, of which the second has the trained model from the first.
  @Test func mergedShardsAreTheResultOfOneProcess() throws {
    #expect(try polya("run", "whole").status == 0)
    #expect(try polya("run", "here", ["--stage", "base"]).status == 0)
    try FileManager.default.copyItem(atPath: folder.path("here"), toPath: folder.path("there"))
    for (runs, stage, share) in [
      ("here", "candidates", "1/3"), ("there", "candidates", "2/3"), ("here", "candidates", "3/3"),
      ("there", "scores", "1/2"), ("there", "scores", "2/2"), ("here", "scores", "2/2"),
    ] {
      let result = try polya("run", runs, ["--stage", stage, "--shard", share, "--json"])
      #expect(result.status == 0 && result.output.contains("\"shard\":\"\(share)\""), "\(result)")
    }
    let early = try polya("merge", "here")
    #expect(
      early.status == 1 && early.errors.contains("7 of 21 files of records are missing"), "\(early.errors)")
    #expect(early.errors.contains("--shard 2/3, or name"), "\(early.errors)")
    let merged = try polya("merge", "here", ["there/shared"])
    #expect(merged.status == 0, "\(merged.errors)")
    #expect(!FileManager.default.fileExists(atPath: folder.path("here/shared/shards")))
    #expect(try polya("run", "here").status == 0)
    #expect(try results("here") == results("whole"))
    let again = try polya("merge", "here", ["there/shared"])
    #expect(again.status == 0 && again.errors.contains("candidates: up to date"), "\(again.errors)")
    // As a scheduler does that starts everything again.
    let share = try polya("run", "here", ["--stage", "candidates", "--shard", "1/3"])
    #expect(share.status == 0, "\(share.errors)")
    #expect(try polya("merge", "here", ["--stage", "candidates"]).status == 0)
    #expect(!FileManager.default.fileExists(atPath: folder.path("here/shared/shards")))
  }

  @Test func theNumberOfProcessesMayChange() throws {
    #expect(try polya("run", "runs", ["--stage", "base"]).status == 0)
    func files(_ share: String) throws -> [String] {
      let result = try polya("run", "runs", ["--stage", "scores", "--shard", share, "--json"])
      let json = try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any]
      let path = try #require(json?["folder"] as? String)
      return try FileManager.default.contentsOfDirectory(atPath: path).filter { $0.hasSuffix(".zst") }
    }
    let half = try files("1/2")
    let quarters = try (1...4).flatMap { try files("\($0)/4") }
    #expect(
      half.count == 7 && Set(half).isSubset(of: quarters) && Set(quarters).count == 14 && quarters.count == 14
    )
    #expect(try polya("merge", "runs").status == 0)
  }

  /// Two trainings at a server have the same key, and need not have the same weights.
  @Test func sharesOfOtherWeightsAreNotMixed() throws {
    #expect(try polya("run", "bytes", ["--stage", "base"]).status == 0)
    let files = try FileManager.default.subpathsOfDirectory(atPath: folder.path("bytes"))
    let base = try #require(files.first { $0.contains("/base-") && $0.hasSuffix("/checkpoint") })
    try FileManager.default.copyItem(atPath: folder.path("bytes/" + base), toPath: folder.path("model"))
    let server = try StandInServer("tinker_server.py", ["--vocabulary", "258"])
    let far =
      "plugins.fresh={use: 'polya.tinker', options: {url: '\(server.url)', model: 'bigrams', folder: 'model'}}"
    for (runs, share) in [("here", "1/2"), ("there", "2/2")] {
      #expect(try polya("run", runs, ["--set", far, "--stage", "base"]).status == 0)
      let result = try polya("run", runs, ["--set", far, "--stage", "scores", "--shard", share])
      #expect(result.status == 0, "\(result.errors)")
    }
    let merged = try polya("merge", "here", ["--set", far, "there/shared"])
    #expect(
      merged.status == 1 && merged.errors.contains("was written with another result"), "\(merged.errors)")
    withExtendedLifetime(server) {}
  }

  @Test func whatStoppedAShareStopsItAgain() throws {
    let strict = ["--set", "run.max-unscored=0", "--set", "plugins.answer={use: './fails.so'}"]
    try Command.compilePlugin(
      Repository.root.appending(path: "Tests/Fixtures/length_reward.c"), to: folder.path("fails.so"),
      defines: ["ABSTAINS"])
    #expect(try polya("run", "runs", ["--stage", "base"] + strict).status == 0)
    for _ in 0..<3 {
      let result = try polya("run", "runs", strict + ["--stage", "candidates", "--shard", "1/2"])
      #expect(result.status == 1 && result.errors.contains("have no verdict"), "\(result.errors)")
    }
  }

  @Test func aKilledProcessContinuesItsShare() throws {
    #expect(try polya("run", "whole", ["--stage", "candidates"]).status == 0)
    #expect(try polya("run", "parts", ["--stage", "base"]).status == 0)
    let arguments = ["run", file, "--stage", "candidates", "--shard", "1/1", "--runs", "parts"]
    let process = try Command.start(
      Repository.products.appending(path: "polya").path, arguments, folder: folder.url)
    var kept: [String] = []
    while process.isRunning, kept.isEmpty {
      kept = try FileManager.default.subpathsOfDirectory(atPath: folder.url.path)
        .filter { $0.contains("/.part-1-of-1/candidates-") }
      usleep(1000)
    }
    #expect(process.isRunning && !kept.isEmpty, "it was killed in the middle")
    process.signal(SIGKILL)
    while process.isRunning { usleep(1000) }
    let time =
      try FileManager.default.attributesOfItem(atPath: folder.path(kept[0]))[.modificationDate] as? Date
    #expect(try polya("run", "parts", ["--stage", "candidates", "--shard", "1/1"]).status == 0)
    let final = folder.path(kept[0].replacing("/.part-1-of-1/", with: "/1-of-1/"))
    #expect(try FileManager.default.attributesOfItem(atPath: final)[.modificationDate] as? Date == time)
    #expect(try polya("merge", "parts").status == 0)
    #expect(try polya("run", "parts", ["--stage", "candidates"]).status == 0)
    #expect(try results("parts") == results("whole"))
  }

  @Test func damageIsFoundBeforeAnythingIsMerged() throws {
    #expect(try polya("run", "runs", ["--stage", "base"]).status == 0)
    #expect(try polya("run", "runs", ["--stage", "scores", "--shard", "1/1"]).status == 0)
    let shard = try #require(
      try FileManager.default.subpathsOfDirectory(atPath: folder.url.path).first {
        $0.hasSuffix("1-of-1/results-00002.jsonl.zst")
      })
    var bytes = try Data(contentsOf: folder.url.appending(path: shard))
    bytes[bytes.count / 2] ^= 1
    try bytes.write(to: folder.url.appending(path: shard))
    let merged = try polya("merge", "runs")
    #expect(merged.status == 1 && merged.errors.contains("results-00002.jsonl.zst"), "\(merged.errors)")
    #expect(merged.errors.contains("was changed after it was written"), "\(merged.errors)")
    // The share is written again, and what was damaged is kept.
    let again = try polya("run", "runs", ["--stage", "scores", "--shard", "1/1"])
    #expect(again.status == 0 && again.errors.contains("was renamed to"), "\(again.errors)")
    // A share in the place of another one is none.
    let shares = folder.path(shard.replacing("/1-of-1/results-00002.jsonl.zst", with: ""))
    try FileManager.default.copyItem(atPath: shares + "/1-of-1", toPath: shares + "/2-of-2")
    let second = try polya("run", "runs", ["--stage", "scores", "--shard", "2/2"])
    #expect(second.status == 0 && second.errors.contains("holds share 1/1"), "\(second.errors)")
    #expect(try polya("merge", "runs").status == 0)
  }

  @Test func mistakesAreNamed() throws {
    func refused(_ verb: String, _ arguments: [String], _ sentence: String, status: Int32 = 2) throws {
      let result = try polya(verb, "runs", arguments)
      #expect(result.status == status && result.errors.contains(sentence), "\(result)")
    }
    for share in ["0/2", "3/2", "2", "a/b", "1/0", "1/2/3", "-1/2", "1/999999999999999999999"] {
      try refused("run", ["--stage", "scores", "--shard=\(share)"], "--shard must be I/N")
    }
    try refused("run", ["--shard", "1/2"], "--shard needs one stage")
    try refused("run", ["--stage", "scores", "--stage", "base", "--shard", "1/2"], "--shard needs one stage")
    try refused("run", ["--stage", "scroes", "--shard", "1/2"], "did you mean 'scores'")
    try refused("run", ["--stage", "scores", "--shard", "1/2"], "needs the stage 'base'", status: 1)
    try refused(
      "run", ["--stage", "corpus", "--shard", "1/2"], "only bootstrap and evaluate stages can be shared")
    try refused("merge", [], "there are no shards of this run's stages")
    try refused("merge", ["nowhere"], "contains no shards")
    #expect(try polya("run", "runs", ["--stage", "base"]).status == 0)
    try refused("run", ["--stage", "scores", "--shard", "1/15"], "are in 14 files, too few for 15")
    let budget = ["--set", "stages.candidates.budget-tokens=100"]
    try refused(
      "run", budget + ["--stage", "candidates", "--shard", "1/2"], "candidates.budget-tokens: a budget")
    #expect(try polya("run", "runs", ["--stage", "scores", "--shard", "1/1"]).status == 0)
    try refused("merge", ["--set", "run.seed=6"], "not of this manifest's stages")
  }
}
