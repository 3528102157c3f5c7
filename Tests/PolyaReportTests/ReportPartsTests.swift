import PolyaCore
import PolyaRecords
import Testing

@testable import PolyaReport

@Suite struct ReportPartsTests {
  @Test func yieldBarsShareOneScaleAndAddUp() throws {
    var report = ReportTests.empty()
    report.yields = [
      .init(
        stage: "candidates", heuristic: "a", attempted: 400, verified: 200, abstained: 20, failed: 40,
        kept: 100, meanTokens: 81.6),
      .init(
        stage: "candidates", heuristic: "b", attempted: 100, verified: 0, abstained: 0, failed: 0, kept: 0,
        meanTokens: nil),
    ]
    let page = try ParsedPage(report)
    let widths = page.all("rect").map {
      ($0.attributes["class"] ?? "", Double($0.attributes["width"] ?? "") ?? -1)
    }
    #expect(widths.map(\.0) == ["kept", "spare", "wrong", "abstained", "failed", "wrong"])
    #expect(widths.map(\.1) == [105, 105, 147, 21, 42, 105])
    #expect(page.all("td").map(\.text).contains("50.0%"))
  }

  @Test func coverageHasACellForEveryAttempt() throws {
    var report = ReportTests.empty()
    report.coverages = [
      .init(
        stage: "c<1>", heuristics: ["a", "<b>"],
        rows: [
          .init(question: "1 < 2?", right: [0, 1], attempted: [4, 4]),
          .init(question: "q", right: [4, 0], attempted: [4, 0]),
          .init(question: "r", right: [2, 3], attempted: [4, 4]),
        ], questions: 9, histogram: [3, 2, 4])
    ]
    let page = try ParsedPage(report)
    let cells = page.all("rect").map { $0.attributes["class"] ?? "" }
    #expect(
      cells == ["c0", "c4", "c2", "c1", "c3"], "heuristic by heuristic, and none where nothing was attempted")
    #expect(
      page.text.contains(
        "solved by 1.1 of 2 heuristics, 3 of 9 questions by none. Only the first 3 are shown."))
    #expect(page.all("title").map(\.text).contains("<b>, 1 of 4: 1 < 2?"))
  }

  @Test func measuresComeWithTheirIntervals() throws {
    var report = ReportTests.empty()
    let measure = MeasureRecord(
      arm: "mid", answers: 1200, labeled: 600, heuristics: 0.75, composed: 0.25, low: 0.226, high: 0.275,
      words: 12.4, vendi: 3.21, distinct: nil, selfBLEU: 0.5)
    report.parts = [MeasureSection(measures: [measure])]
    let page = try ParsedPage(report)
    let cells = page.all("td").map(\.text)
    #expect(cells.starts(with: ["1,200", "50.0%", "0.75", "25.0%22.6 to 27.5", "3.21"]), "\(cells)")
    #expect(page.all("section").contains { $0.attributes["id"] == "measures" })
  }

  @Test func samplesAreGroupedByHeuristicAndShowTheirVerdict() throws {
    var report = ReportTests.empty()
    report.samples = Outcome.allCases.enumerated().map { place, outcome in
      ReportTests.candidate(
        "q\(place)", heuristic: place >= 3 ? "analogy" : "decomposing", verdict: VerdictRecord(outcome))
    }
    let page = try ParsedPage(report)
    #expect(
      page.all("summary").map(\.text).filter { $0 != "prompt" }.prefix(2) == [
        "decomposing1 right1 wrong1 no verdict", "analogy1 failed1 timed out",
      ])
    #expect(page.all("details").filter { $0.classes == ["prompt"] }.map(\.text).first?.contains("q0") == true)
    #expect(page.all("article").flatMap(\.classes) == ["right", "wrong", "abstained", "failed", "failed"])
    #expect(page.all("dd").map(\.text).contains("none found"))
  }

  @Test func stagesStandRightOfWhatTheyRead() throws {
    var report = ReportTests.empty()
    let inputs = [
      ("scores", ["base", "polya"]), ("polya", ["mid"]), ("base", []), ("mid", ["base", "unknown"]),
      ("loop", ["loop"]),
    ]
    report.stages = inputs.map { name, inputs in
      .init(name: name, kind: "train", key: "", state: .waiting, seconds: nil, summary: "", inputs: inputs)
    }
    let page = try ParsedPage(report)
    let names = page.all("text", class: "name")
    let x = Dictionary(uniqueKeysWithValues: names.map { ($0.text, Double($0.attributes["x"] ?? "") ?? -1) })
    #expect(try #require(x["base"]) < #require(x["mid"]))
    #expect(try #require(x["mid"]) < #require(x["polya"]))
    #expect(try #require(x["polya"]) < #require(x["scores"]))
  }

  /// `scores` reads `base` three columns on; the edge must pass no box on its way.
  @Test func longEdgesRunClearOfOtherStages() throws {
    var report = ReportTests.empty()
    let inputs = [("base", []), ("mid", ["base"]), ("polya", ["mid"]), ("scores", ["base", "polya"])]
    report.stages = inputs.map { name, inputs in
      .init(name: name, kind: "train", key: "", state: .waiting, seconds: nil, summary: "", inputs: inputs)
    }
    let page = try ParsedPage(report)
    let boxes = page.all("rect").compactMap { Double($0.attributes["y"] ?? "") }
    #expect(Set(boxes).count == 1)
    let levels = page.all("path", class: "edge").compactMap { path -> Double? in
      let words = (path.attributes["d"] ?? "").split(separator: " ")
      return words.last?.hasPrefix("H") == true ? words.dropLast().last.flatMap { Double($0) } : nil
    }
    #expect(levels.count == 2)
    #expect(levels.allSatisfy { level in boxes.allSatisfy { level < $0 || level > $0 + 46 } })
  }

  @Test func labelsKeepTheirDistanceOrderAndRange() {
    let places = LabelSpread.spread([100, 101, 99, 10, 300], gap: 16, within: 0...292)
    #expect(places[2] < places[0] && places[0] < places[1])
    #expect(zip(places.sorted(), places.sorted().dropFirst()).allSatisfy { $1 - $0 > 15.99 })
    #expect(places[3] == 10 && places[4] == 292)
    #expect(abs(places[0] - 100) < 1e-9)
    let crowded = LabelSpread.spread([5, 5, 5, 5, 5], gap: 16, within: 0...40)
    #expect(crowded.allSatisfy { (0...40).contains($0) })
  }

  @Test(arguments: [
    (0.0, "0"), (3.14159, "3.14"), (-42.55, "−42.6"), (1234.4, "1,234"), (0.00042, "0.000420"),
    (0.00003214, "3.2e−5"), (9.99e-6, "1.0e−5"), (12_345_678, "1.2e7"), (.nan, "–"), (.infinity, "–"),
    (Double.leastNonzeroMagnitude, "4.9e−324"), (-1.7e308, "−1.7e308"),
  ])
  func significantDigits(value: Double, text: String) {
    #expect(NumberText.significant(value) == text)
  }

  @Test func otherNumbers() {
    #expect(NumberText.percent(0.48166) == "48.2")
    #expect(NumberText.fixed(-0.001, 1) == "0.0")
    #expect(NumberText.fixed(1_234_567.891, 2) == "1,234,567.89")
    #expect(NumberText.count(.min) == "−9,223,372,036,854,775,808")
    #expect(NumberText.coordinate(-3.25) == "-3.3")
    #expect(NumberText.coordinate(12) == "12")
    #expect(NumberText.probability(0.0312) == "0.031")
    #expect(NumberText.probability(0.5) == "0.50")
    #expect(NumberText.duration(3.21) == "3.2 s")
    #expect(NumberText.duration(59.6) == "1 min 00 s")
    #expect(NumberText.duration(3599.7) == "1 h 00 min")
    #expect(NumberText.duration(nil) == "–")
    #expect(NumberText.roughDuration(1840) == "31 min")
    #expect(NumberText.roughDuration(5400) == "1.5 h")
  }
}
