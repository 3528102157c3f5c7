import PolyaCore
import PolyaRecords
import Testing

@testable import PolyaReport

@Suite struct ReportScoreTests {
  @Test func oneArmAtOneKHasAPointAndNoLine() throws {
    var report = ReportTests.empty()
    report.scores = [ReportTests.score("base", "pass@1", 0.5)]
    let page = try ParsedPage(report)
    let marks = page.elements.filter { $0.classes.contains("mark") && $0.parent == "svg" }
    #expect(marks.contains { $0.text == "base, pass@1: 50.0% (45.0 to 55.0)" })
    #expect(page.all("polyline").isEmpty)
    #expect(page.all("text", class: "end").map(\.text) == ["base"])
  }

  @Test func everyTaskSetHasAPanelInDistributionFirst() throws {
    var report = ReportTests.empty()
    for tasks in ["gsm8k", "words"] {
      for model in ["base", "polya"] {
        for k in [1, 8, 64] { report.scores.append(ReportTests.score(model, "pass@\(k)", 0.5, tasks: tasks)) }
      }
    }
    report.taskSets = [
      .init(name: "gsm8k", distribution: .outside), .init(name: "words", distribution: .inside),
    ]
    let page = try ParsedPage(report)
    let headings = page.all("h3").filter { $0.parent == "figure" }.map(\.text)
    #expect(headings == ["words in distribution", "gsm8k out of distribution"])
    #expect(page.all("polyline").count == 4)
    #expect(page.all("polygon", class: "band").count == 4)
    // The k axis is logarithmic: 8 lies in the middle between 1 and 64.
    let ticks = page.all("text", class: "tick").filter { $0.attributes["text-anchor"] == "middle" }.prefix(3)
    #expect(ticks.map(\.text) == ["1", "8", "64"])
    let places = ticks.compactMap { Double($0.attributes["x"] ?? "") }
    #expect(abs(places[1] - (places[0] + places[2]) / 2) < 0.11)
  }

  @Test func theBestOfEachColumnIsMarkedTiesIncluded() throws {
    var report = ReportTests.empty()
    report.scores = [
      ReportTests.score("base", "pass@1", 0.25), ReportTests.score("base", "pass@2", 0.75),
      ReportTests.score("mid", "pass@1", 0.5), ReportTests.score("mid", "pass@2", 0.75),
      ReportTests.score("lost", "pass@1", .nan),
    ]
    let best = try ParsedPage(report).all("td", class: "best").map(\.text)
    #expect(best == ["75.070.0 – 80.0", "50.045.0 – 55.0", "75.070.0 – 80.0"])
  }

  @Test func numbersThatAreNotFiniteAreNeverPrinted() throws {
    for value in [Double.nan, .infinity, -.infinity, .greatestFiniteMagnitude, .leastNonzeroMagnitude] {
      var report = try ReportTests.hostile("plain")
      report.scores = ["pass@1", "pass@2", "vendi"].map { metric in
        ScoreRecord(
          model: "base", tasks: "gsm8k", metric: metric, value: value, low: value, high: value, questions: 0,
          samples: 0)
      }
      report.comparisons = ["pass@1", "vendi"].map { metric in
        ComparisonRecord(
          first: "base", second: "mid", tasks: "gsm8k", metric: metric, difference: value, low: value,
          high: value,
          probability: value, questions: 0)
      }
      report.series = [
        .init(name: "loss", stage: "mid", values: [value]),
        .init(name: "reward", stage: "mid", values: Array(repeating: value, count: 500)),
        .init(
          name: "entropy", stage: "mid",
          values: [1, value, 2]),
      ]
      report.yields[0].meanTokens = value
      report.samples[0].verdict.score = value
      report.stages[0].seconds = value
      let page = try ParsedPage(report)
      let texts = page.elements.flatMap { [$0.text] + $0.attributes.values }
      let words = Set(texts.flatMap { $0.lowercased().split { !$0.isLetter } })
      #expect(words.isDisjoint(with: ["nan", "inf", "infinity"]), "\(value)")
    }
  }

  @Test func aGapInASeriesIsCountedAndBreaksTheLine() throws {
    var report = ReportTests.empty()
    report.series = [
      .init(
        name: "loss", stage: "mid",
        values: [1, 2, .nan, 3, 4])
    ]
    let page = try ParsedPage(report)
    #expect(page.all("polyline").count == 2)
    #expect(page.text.contains("1 value was not finite and is missing."))
  }

  @Test func longSeriesKeepTheirRange() {
    for count in [1000, 100_000] {
      let series = Report.Series(
        name: "loss", stage: "mid", values: (0..<count).map { $0 == 777 ? 50 : $0 == 900 ? .nan : 1 })
      #expect(series.points.count <= 960 && series.undrawn == 1)
      let points = SeriesCondenser.points(of: series)
      #expect(points.count == 120)
      #expect(points.compactMap(\.high).max() == 50)
      #expect(points.compactMap(\.low).min() == 1)
      // The mean of all steps, and of all drawn values, is what it was.
      let all = Report.Series.Point(joining: series.points)
      #expect(abs(all.step - Double(count - 1) / 2) < 1e-6)
      #expect(abs(all.value - (1 + 49 / Double(count - 1))) < 1e-9)
    }
  }

  @Test func comparisonsThatLeaveOutZeroAreSolid() throws {
    var report = ReportTests.empty()
    report.comparisons = [(0.01, 0.2), (-0.1, 0.2), (-0.2, -0.1)].map { low, high in
      .init(
        first: "polya", second: "base", tasks: "gsm8k", metric: "pass@8", difference: (low + high) / 2,
        low: low,
        high: high, probability: 0.0004, questions: 1319)
    }
    let page = try ParsedPage(report)
    #expect(page.all("svg", class: "forest").map { $0.classes.contains("clear") } == [true, false, true])
    #expect(page.text.contains("< 0.001"))
    #expect(page.text.contains("+10.5") && page.text.contains("−15.0"))
  }
}
