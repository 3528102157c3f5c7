import Foundation
import PolyaTestSupport
import Testing

/// What answers show, through the real binary.
struct MeasureTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// A user's catalog whose cues are words of the demonstrations, so that labels can be counted without it.
  private static let cues = [("working-backwards", "back"), ("decomposing", "add"), ("taking", "take")]

  private static var catalog: String {
    cues.map { id, cue in
      """
      ## \(id) — By \(cue)
      - family: ordering
      - idea: An idea.
      - instruction: Do it.
      - cues: \(cue)

      ### mathematics

      **Q:** How much is 1 and 1?

      **A:** It is 1 + 1 = 2.
      #### 2


      """
    }.joined()
  }

  private func run(strategy: String = "ways") throws -> (result: CommandResult, stages: URL) {
    _ = try folder.write("mine.md", Self.catalog)
    let file = try folder.write(
      "m.json5",
      """
      { polya: 1, run: { name: "m", seed: 3 },
        plugins: {
          words: { use: "polya.word-arithmetic" }, bare: { use: "polya.plain" },
          ways: { use: "polya.heuristics", options: { shots: 0, instruct: false, catalog: "mine.md",
                  only: ["working-backwards", "decomposing", "plain"] } } },
        tasks: { train: { from: "words", split: "train", count: 200 } },
        stages: { shown: { kind: "demonstrate", tasks: "train", strategy: "ways", count: 300 },
                  shows: { kind: "measure", from: ["shown"], strategy: "\(strategy)" } } }
      """)
    let result = try Command.polya(["run", file, "--runs", "runs"], folder: folder.url)
    return (result, folder.url.appending(path: "runs/m/stages"))
  }

  private func stage(_ name: String, in stages: URL) throws -> URL {
    stages.appending(
      path: try #require(
        try FileManager.default.contentsOfDirectory(atPath: stages.path).first { $0.hasPrefix(name + "-") }))
  }

  @Test func compositionIsCountedByTheStrategysLabels() throws {
    let (result, stages) = try run()
    #expect(result.status == 0, "\(result.errors)")
    let head = try Command.polya(["data", "head", try stage("shown", in: stages).path, "--count", "300"])
    var (labeled, composed, labels) = (0, 0, 0)
    for line in head.output.split(separator: "\n") {
      let record = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
      let text = try #require(record["completion"] as? String).lowercased()
      let shown = Self.cues.filter { text.range(of: "\\b\($0.1)\\b", options: .regularExpression) != nil }
      labeled += shown.isEmpty ? 0 : 1
      composed += shown.count > 1 ? 1 : 0
      labels += shown.count
    }
    #expect(labeled > 50 && composed > 10, "\(labeled) and \(composed) say nothing")
    let json = try JSONSerialization.jsonObject(
      with: Data(contentsOf: folder.url.appending(path: "runs/m/results.json")))
    let row = try #require(((json as? [String: Any])?["measures"] as? [[String: Any]])?.first)
    #expect(row["answers"] as? Int == 300)
    #expect(row["labeled"] as? Int == labeled)
    let rate = Double(composed) / 300
    #expect(abs(try #require(row["composed"] as? Double) - rate) < 1e-12)
    #expect(abs(try #require(row["heuristics"] as? Double) - Double(labels) / 300) < 1e-12)
    let (low, high) = (try #require(row["low"] as? Double), try #require(row["high"] as? Double))
    #expect(low < rate && rate < high && high - low < 0.12)
    let report = try String(
      contentsOf: folder.url.appending(path: "runs/m/report.html"), encoding: .utf8)
    #expect(report.contains("<section id=\"measures\">"))
  }

  /// Of a model's own hidden states: between one and the number of answers, and not the score over words.
  @Test func embeddingsGiveASecondVendiScore() throws {
    let base = Repository.root.appending(path: "examples/quickstart/base").path
    let file = try folder.write(
      "e.json5",
      """
      { polya: 1, run: { name: "e", seed: 3 },
        plugins: {
          words: { use: "polya.word-arithmetic" }, base: { use: "polya.transformer", options: { folder: "\(base)" } },
          ways: { use: "polya.heuristics", options: { shots: 0, instruct: false, only: ["working-backwards", "plain"] } },
          answer: { use: "polya.math-answer" } },
        tasks: { train: { from: "words", split: "train", count: 8 } },
        stages: {
          tried: { kind: "bootstrap", model: "base", tasks: "train", strategies: ["ways"], samples: 4,
                   "max-tokens": 60, verify: "answer" },
          shows: { kind: "measure", from: ["tried"], strategy: "ways", outcome: "any", embeddings: "base" } } }
      """)
    let result = try Command.polya(["run", file, "--runs", "runs"], folder: folder.url)
    #expect(result.status == 0, "\(result.errors)")
    let json = try JSONSerialization.jsonObject(
      with: Data(contentsOf: folder.url.appending(path: "runs/e/results.json")))
    let row = try #require(((json as? [String: Any])?["measures"] as? [[String: Any]])?.first)
    let (words, states) = (
      try #require(row["vendi"] as? Double), try #require(row["vendi_embeddings"] as? Double)
    )
    #expect(words >= 1 && words <= 8 && states >= 1 && states <= 8 && words != states)
  }

  @Test func aStrategyWithoutLabelsIsRefused() throws {
    let (result, _) = try run(strategy: "bare")
    #expect(result.status == 2, "\(result.errors)")
    #expect(result.errors.contains("does not label answers"), "\(result.errors)")
  }
}
