import Foundation
import FoundationXML
import PolyaTestSupport
import Testing

/// Every count of the report, of `results.json` and of the stages' summaries is counted again from the records.
///
/// Two bootstraps share their heuristics, and one selection takes from both, so that whatever is counted for the wrong stage
/// shows.
struct RecountTests {
  private let folder: TemporaryFolder
  private let run: URL

  private static let manifest = """
    { polya: 1, run: { name: "count", seed: 5, "max-unscored": 1 },
      plugins: {
        fresh: { use: "polya.transformer", options: { shape: "custom", hidden: 32, layers: 2, heads: 2,
                 "key-value-heads": 1, "feed-forward": 48, context: 320 } },
        words: { use: "polya.word-arithmetic" },
        ways: { use: "polya.heuristics", options: { shots: 0, instruct: false, only: ["working-backwards", "plain"] } },
        answer: { use: "polya.math-answer" }, shape: { use: "./length.so" } },
      tasks: { stories: { from: "words", split: "corpus", count: 48 }, train: { from: "words", split: "train", count: 6 },
               more: { from: "words", split: "train", first: 6, count: 5 },
               test: { from: "words", split: "test", count: 5 }, longer: { from: "words", split: "test", first: 5, count: 3 } },
      stages: {
        corpus: { kind: "demonstrate", tasks: "stories", strategy: "ways", count: 96 },
        base: { kind: "train", model: "fresh", data: "corpus", "batch-size": 8, "learning-rate": 3e-3 },
        first: { kind: "bootstrap", model: "base", tasks: "train", strategies: ["ways"], samples: 3,
                 "max-tokens": 24, verify: "answer", "tasks-per-shard": 2 },
        second: { kind: "bootstrap", model: "base", tasks: "more", strategies: ["ways"], samples: 2,
                  "max-tokens": 40, verify: "shape" },
        two: { kind: "select", from: ["first", "second"], variants: 2, outcome: "wrong", truncated: "keep" },
        mid: { kind: "train", model: "base", data: "two", "batch-size": 4, "learning-rate": 1e-3 },
        polya: { kind: "reinforce", model: "mid", tasks: "train", steps: 2, rewards: [{ use: "shape" }],
                 "prompts-per-step": 3, "group-size": 4, "max-tokens": 12, "learning-rate": 1e-3 },
        scores: { kind: "evaluate", models: ["base", "polya"], tasks: ["test", "longer"], verify: "shape", samples: 4,
                  k: [1, 3], "max-tokens": 16, compare: [{ first: "polya", second: "base" }] },
        mix: { kind: "measure", strategy: "ways", from: ["first", "second"], outcome: "any" } } }
    """

  init() throws {
    folder = try TemporaryFolder()
    try Command.compilePlugin(
      Repository.root.appending(path: "Tests/Fixtures/length_reward.c"), to: folder.path("length.so"))
    let file = try folder.write("count.json5", Self.manifest)
    let result = try Command.polya(["run", file, "--runs", "runs"], folder: folder.url)
    try #require(result.status == 0, "\(result.errors)")
    run = folder.url.appending(path: "runs/count")
  }

  // MARK: Reading

  private func object(_ file: URL) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any])
  }

  /// The folders of the stages by name, and what each says of itself.
  private func stages() throws -> [String: (folder: URL, json: [String: Any])] {
    let root = run.appending(path: "stages")
    return try FileManager.default.contentsOfDirectory(at: root, includingPropertiesForKeys: nil).reduce(
      into: [:]) {
        let json = try object($1.appending(path: "stage.json"))
        $0[try #require(json["name"] as? String)] = ($1, json)
      }
  }

  private func records(_ stage: String, _ shard: String) throws -> [[String: Any]] {
    let folder = try #require(try stages()[stage]).folder
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
    return try names.filter { $0.hasPrefix(shard + "-") }.flatMap { name in
      let head = try Command.polya(["data", "head", folder.appending(path: name).path, "--count", "100000"])
      return try head.output.split(separator: "\n").map {
        try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
      }
    }
  }

  private func summary(_ stage: String) throws -> [String: Int] {
    let all = try #require(try stages()[stage]?.json["summary"] as? [String: Any])
    return all.compactMapValues { $0 as? Int }
  }

  /// The rows of the tables of a section, as texts of cells, headings left out.
  private func rows(_ section: String) throws -> [[String]] {
    let page = try String(contentsOf: run.appending(path: "report.html"), encoding: .utf8)
    let reader = SectionReader(section)
    let parser = XMLParser(data: Data(page.utf8))
    parser.delegate = reader
    try #require(parser.parse())
    return reader.rows
  }

  private func text(_ record: [String: Any], _ key: String) throws -> String {
    try #require(record[key] as? String)
  }

  private func isTruncated(_ record: [String: Any]) -> Bool {
    record["finish"] as? String == "length" && (record["tokens"] as? [Any])?.isEmpty == false
  }

  // MARK: Counting

  @Test func everythingIsCountedAgain() throws {
    try yieldsAndSummariesOfBootstraps()
    try coverage()
    try rolloutsAndTraining()
    try scoresAreThoseOfTheRecords()
    try measures()
  }

  private func yieldsAndSummariesOfBootstraps() throws {
    let chosen = Set(try records("two", "training").flatMap { try #require($0["parents"] as? [String]) })
    #expect(chosen.count > 4)
    var expected: [[String]] = []
    for stage in ["first", "second"] {
      let all = try records(stage, "candidates")
      let counts = try summary(stage)
      #expect(counts["candidates"] == all.count && all.count == (stage == "first" ? 36 : 20))
      #expect(
        counts["tasks"] == Set(all.compactMap { ($0["task"] as? [String: Any])?["key"] as? String }).count)
      for outcome in ["right", "wrong", "abstained", "failed", "timed_out"] {
        #expect(counts[outcome] == all.count { $0["outcome"] as? String == outcome }, "\(stage) \(outcome)")
      }
      #expect(counts["truncated"] == all.count(where: isTruncated))
      for heuristic in ["working-backwards", "plain"] {
        let own = all.filter { $0["heuristic"] as? String == heuristic }
        func count(_ outcomes: String...) -> Int {
          own.count { outcomes.contains($0["outcome"] as? String ?? "") }
        }
        let tokens = own.reduce(0) { $0 + (($1["tokens"] as? [Any])?.count ?? 0) }
        let kept = own.count { chosen.contains($0["id"] as? String ?? "") }
        expected.append(
          [
            stage, heuristic, "\(own.count)",
            String(format: "%.1f%%", 100 * Double(count("right")) / Double(own.count)),
            "\(kept)", "\(count("abstained"))", "\(count("failed", "timed_out"))",
            String(format: "%.0f", (Double(tokens) / Double(own.count)).rounded(.toNearestOrEven)),
          ])
      }
    }
    // The third cell is the bar; behind the share is its interval.
    let shown = try rows("yield").map { row in
      [row[0], row[1], row[3], String(row[4].prefix { $0 != "%" }) + "%"] + row[5...]
    }
    #expect(shown == expected)
    #expect(try summary("two")["variants"] == (try records("two", "training")).count)
  }

  private func coverage() throws {
    let page = try String(contentsOf: run.appending(path: "report.html"), encoding: .utf8)
    for stage in ["first", "second"] {
      let all = try records(stage, "candidates")
      let questions = Dictionary(grouping: all) { ($0["task"] as? [String: Any])?["key"] as? String ?? "" }
      let solved = questions.mapValues { members in
        Set(members.filter { $0["outcome"] as? String == "right" }.compactMap { $0["heuristic"] as? String })
          .count
      }
      let mean = Double(solved.values.reduce(0, +)) / Double(questions.count)
      #expect(
        page.contains(
          "\(stage): rows are heuristics, columns are questions; the darker a cell, the more of its attempts are right. "
            + "On average, a question is solved by \(String(format: "%.1f", mean)) of 2 heuristics, "
            + "\(solved.values.count { $0 == 0 }) of \(questions.count) questions by none."))
    }
  }

  private func rolloutsAndTraining() throws {
    let rollouts = try records("polya", "rollouts")
    let counts = try summary("polya")
    #expect(rollouts.count == 24 && counts["rollouts"] == 24)
    #expect(counts["unscored"] == rollouts.count { $0["reward"] == nil })
    #expect(counts["tokens"] == rollouts.reduce(0) { $0 + (($1["tokens"] as? [Any])?.count ?? 0) })
    #expect(try summary("mid")["examples"] == (try records("two", "training")).count)
    #expect(try summary("base")["examples"] == (try records("corpus", "training")).count)
  }

  /// 1 - C(n - c, k) / C(n, k)
  private func passAtK(_ k: Int, of n: Int, right c: Int) -> Double {
    func choose(_ n: Int, _ k: Int) -> Double {
      k > n ? 0 : (0..<k).reduce(1.0) { $0 * Double(n - $1) / Double($1 + 1) }
    }
    return 1 - choose(n - c, k) / choose(n, k)
  }

  private func scoresAreThoseOfTheRecords() throws {
    let records = try records("scores", "results")
    let results = try object(run.appending(path: "results.json"))
    let scores = try #require(results["scores"] as? [[String: Any]])
    #expect(records.count == 16 && scores.count { $0["kind"] == nil } == 8)
    // Each kind of each set has scores of its own, if there are several.
    let kinds = Dictionary(grouping: records) { $0["tasks"] as? String ?? "" }.mapValues { own in
      Set(own.compactMap { $0["kind"] as? String }).count
    }
    #expect(scores.count - 8 == kinds.values.reduce(0) { $0 + ($1 > 1 ? 4 * $1 : 0) } && scores.count > 8)
    var values: [String: [Double]] = [:]
    for score in scores {
      let (model, set, metric) = (
        try text(score, "model"), try text(score, "tasks"), try text(score, "metric")
      )
      let k = try #require(Int(metric.dropFirst("pass@".count)))
      let kind = score["kind"] as? String
      let own = records.filter {
        $0["model"] as? String == model && $0["tasks"] as? String == set
          && (kind == nil || $0["kind"] as? String == kind)
      }
      let each = try own.map {
        passAtK(k, of: try #require($0["scored"] as? Int), right: try #require($0["correct"] as? Int))
      }
      if kind == nil { values["\(model) \(set) \(k)"] = each }
      let value = try #require(score["value"] as? Double)
      #expect(abs(value - each.reduce(0, +) / Double(each.count)) < 1e-12, "\(model) \(set) \(metric)")
      #expect(score["questions"] as? Int == own.count && score["samples"] as? Int == 4)
      #expect(try #require(score["low"] as? Double) <= value && value <= #require(score["high"] as? Double))
    }
    // The curve is the mean over its points.
    for key in values.keys.filter({ $0.hasSuffix(" 1") }) {
      let whole = String(key.dropLast(2))
      let points = zip(try #require(values["\(whole) 1"]), try #require(values["\(whole) 3"]))
      values["\(whole) 1..3"] = points.map { ($0 + $1) / 2 }
    }
    #expect((results["comparisons"] as? [[String: Any]])?.count == 6)
    for pair in try #require(results["comparisons"] as? [[String: Any]]) {
      let key = try "\(text(pair, "tasks")) \(text(pair, "metric").dropFirst("pass@".count))"
      let (a, b) = (try #require(values["polya \(key)"]), try #require(values["base \(key)"]))
      let difference = zip(a, b).reduce(0) { $0 + $1.0 - $1.1 } / Double(a.count)
      #expect(abs(try #require(pair["difference"] as? Double) - difference) < 1e-12)
    }
    #expect(try summary("scores")["samples"] == 64)
    #expect(try summary("scores")["unscored"] == records.reduce(0) { $0 + ($1["unscored"] as? Int ?? 0) })
    let shown = try rows("scores").filter { !$0[0].hasPrefix("pass@") }.map {
      ($0[0], $0.dropFirst().map { $0.prefix { $0 != " " && $0 != "–" } })
    }
    #expect(shown.count == 4)
    for (index, row) in shown.enumerated() {
      let set = index < 2 ? "test" : "longer"
      for (cell, k) in zip(row.1, [1, 3]) {
        let each = try #require(values["\(row.0) \(set) \(k)"])
        let percent = String(format: "%.1f", 100 * each.reduce(0, +) / Double(each.count))
        #expect(cell.hasPrefix(percent), "\(row.0) \(set) \(k): \(cell), not \(percent)")
      }
    }
  }

  private func measures() throws {
    let measures = try #require(
      try object(run.appending(path: "results.json"))["measures"] as? [[String: Any]])
    for stage in ["first", "second"] {
      let answers = try records(stage, "candidates").filter { try !text($0, "answer").isEmpty }
      let own = try #require(
        measures.first { ($0["arm"] as? String)?.contains(stage) == true }, "\(measures)")
      #expect(own["answers"] as? Int == answers.count)
    }
  }
}

/// The cells of the body rows of one section's tables.
private final class SectionReader: NSObject, XMLParserDelegate {
  private let id: String
  private var depth = 0
  private var isInBody = false
  private var isInCell = false
  private(set) var rows: [[String]] = []

  init(_ id: String) { self.id = id }

  func parser(
    _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
    attributes: [String: String]
  ) {
    if name == "section" { depth = attributes["id"] == id ? 1 : 0 }
    guard depth > 0 else { return }
    switch name {
    case "tbody": isInBody = true
    case "tr" where isInBody: rows.append([])
    case "td" where isInBody, "th" where isInBody:
      rows[rows.count - 1].append("")
      isInCell = true
    default: break
    }
  }

  func parser(_ parser: XMLParser, foundCharacters text: String) {
    guard depth > 0, isInCell else { return }
    rows[rows.count - 1][rows[rows.count - 1].count - 1] += text
  }

  func parser(_ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?)
  {
    if name == "tbody" { isInBody = false }
    if name == "td" || name == "th" { isInCell = false }
    if name == "section" { depth = 0 }
  }
}
