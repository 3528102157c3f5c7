import Foundation
import PolyaTestSupport
import Testing

/// `polya compare` and `polya power` through the real binary, on models whose answers are right by chance.
struct CompareTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try Command.compilePlugin(
      Repository.root.appending(path: "Tests/Fixtures/length_reward.c"), to: folder.path("length.so"))
    let shape =
      #"shape: "custom", hidden: 32, layers: 2, heads: 2, "key-value-heads": 1, "feed-forward": 48, context: 512"#
    let file = try folder.write(
      "two.json5",
      """
      { polya: 1, run: { name: "two", seed: 5 },
        plugins: {
          one: { use: "polya.transformer", options: { \(shape), seed: 1 } },
          other: { use: "polya.transformer", options: { \(shape), seed: 2 } },
          words: { use: "polya.word-arithmetic" }, length: { use: "./length.so" } },
        tasks: { test: { from: "words", split: "test", count: 20 } },
        stages: {
          scores: { kind: "evaluate", models: ["one", "other"], tasks: "test", verify: "length", samples: 4, "max-tokens": 8,
                    compare: [{ first: "one", second: "other" }] } } }
      """)
    let result = try Command.polya(["run", file, "--runs", "runs"], folder: folder.url)
    try #require(result.status == 0, "\(result.errors)")
  }

  private func json(_ arguments: [String]) throws -> [String: Any] {
    let result = try Command.polya(arguments + ["--json"], folder: folder.url)
    #expect(result.status == 0, "\(result.errors)")
    return try #require(try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
  }

  /// By task: right samples of each model, counted again from the shards.
  private func counts() throws -> [String: [String: Int]] {
    let stages = folder.url.appending(path: "runs/two/stages")
    var counts: [String: [String: Int]] = [:]
    for stage in try FileManager.default.contentsOfDirectory(atPath: stages.path) {
      let folder = stages.appending(path: stage)
      for name in try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
      where name.hasSuffix(".jsonl.zst") {
        let head = try Command.polya(["data", "head", folder.appending(path: name).path, "--count", "1000"])
        for line in head.output.split(separator: "\n") {
          let record = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
          let (task, model) = (
            try #require(record["task"] as? String), try #require(record["model"] as? String)
          )
          counts[task, default: [:]][model] = try #require(record["correct"] as? Int)
        }
      }
    }
    return counts
  }

  @Test func theFiguresAreThoseOfTheRecords() throws {
    let (counts, found) = (try counts(), try json(["compare", "runs/two", "one", "other"]))
    #expect(counts.count == 20)
    let comparisons = try #require(found["comparisons"] as? [[String: Any]])
    #expect(
      comparisons.compactMap { $0["metric"] as? String } == ["pass@1", "pass@2", "pass@4", "pass@1..4"])
    let mean = counts.values.reduce(0.0) { $0 + Double(($1["one"] ?? 0) - ($1["other"] ?? 0)) / 4 } / 20
    #expect(abs(try #require(comparisons[0]["difference"] as? Double) - mean) < 1e-12)
    let coverage = try #require((found["coverage"] as? [[String: Any]])?.first)
    let lost = counts.filter { $0.value["one"] == 0 && ($0.value["other"] ?? 0) > 0 }.map(\.key)
    let listed = try #require(coverage["lost"] as? [[String: Any]]).compactMap { $0["task"] as? String }
    #expect(Set(listed) == Set(lost) && listed.count == lost.count)
    #expect(coverage["gained"] as? Int == counts.values.count { $0["other"] == 0 && ($0["one"] ?? 0) > 0 })
    // The stage compared the same pair.
    let results = try Data(contentsOf: folder.url.appending(path: "runs/two/results.json"))
    let stage = try #require(try JSONSerialization.jsonObject(with: results) as? [String: Any])
    let own = try #require((stage["coverage"] as? [[String: Any]])?.first)
    #expect(NSDictionary(dictionary: own) == NSDictionary(dictionary: coverage))
    #expect(try #require((stage["comparisons"] as? [[String: Any]])?.first)["p_adjusted"] is Double)
    let page = try String(contentsOf: folder.url.appending(path: "runs/two/report.html"), encoding: .utf8)
    #expect(page.contains("id=\"lost\"") && page.contains("<th class=\"n\">q</th>"))
  }

  @Test func aMissingOrShortShardIsAnError() throws {
    let stages = folder.url.appending(path: "runs/two/stages")
    let stage = try #require(try FileManager.default.contentsOfDirectory(atPath: stages.path).first)
    let shard = stages.appending(path: "\(stage)/results-00000.jsonl.zst")
    let whole = try Data(contentsOf: shard)
    for content in [whole.prefix(whole.count / 2), nil] {
      try content.map { try $0.write(to: shard) } ?? FileManager.default.removeItem(at: shard)
      let result = try Command.polya(["compare", "runs/two", "one", "other"], folder: folder.url)
      #expect(result.status == 1 && result.errors.contains("results-00000.jsonl.zst"), "\(result.errors)")
      #expect(result.output.isEmpty)
    }
  }

  @Test func powerCountsQuestions() throws {
    let result = try Command.polya(
      ["power", "runs/two", "one", "other", "--effect", "10"], folder: folder.url)
    #expect(
      result.status == 0 && result.output.hasPrefix("test: to find 10.0 points with 80% power\n"),
      "\(result.output)")
    let (ten, five) = (
      try json(["power", "runs/two", "one", "--effect", "10"]),
      try json(["power", "runs/two", "one", "--effect", "5"])
    )
    for (a, b) in zip(
      try #require(ten["rows"] as? [[String: Any]]), try #require(five["rows"] as? [[String: Any]]))
    {
      let (more, fewer) = (try #require(b["questions"] as? Int), try #require(a["questions"] as? Int))
      #expect(more >= 4 * (fewer - 1) && more <= 4 * fewer, "half the effect takes four times the questions")
    }
  }

  @Test(arguments: [
    (
      ["compare", "runs/two", "one", "othr"], "no evaluate stage has the model 'othr'; did you mean 'other'?"
    ),
    (
      ["compare", "runs/two", "one", "other", "--tasks", "tset"],
      "has no task set 'tset'; did you mean 'test'?"
    ),
    (
      ["compare", "runs/two", "one", "other", "--stage", "score"],
      "there is no finished evaluate stage 'score'; did you mean 'scores'?"
    ),
    (["compare", "runs/nothing", "one", "other"], "contains no finished evaluate stage"),
    (["power", "runs/two", "one", "--effect", "0"], "--effect: must be above 0"),
    (["power", "runs/two", "one", "--power", "1"], "--power: must be between 0 and 1"),
  ])
  func mistakesAreNamed(arguments: [String], sentence: String) throws {
    let result = try Command.polya(arguments, folder: folder.url)
    #expect(result.status == 2 && result.errors.contains(sentence), "\(result.errors)")
  }

  @Test(arguments: [
    ["compare", "runs/two", ",", "one"], ["compare", "runs/two", "", "one"],
    ["compare", "runs/two", "one,one", "other"],
  ]) func whatIsNoArmIsExplained(arguments: [String]) throws {
    let done = try Command.polya(arguments, folder: folder.url)
    #expect(
      done.status == 2 && done.errors.contains("is not a model's name, or several different ones"), "\(done)")
  }

  @Test func powerNeedsNoRun() throws {
    let found = try json(["power", "--accuracy", "0.4", "--samples", "8"])
    #expect((found["rows"] as? [[String: Any]])?.count == 18)
    for (spread, samples) in [("0.6", "8"), ("0.0001", "8"), ("0.3", "100000")] {
      let wrong = try Command.polya(
        ["power", "--accuracy", "0.4", "--spread", spread, "--samples", samples], folder: folder.url)
      #expect(wrong.status == 2, "\(wrong)")
    }
  }
}
