import Foundation
import PolyaCore
import PolyaRecords
import PolyaTestSupport
import Testing

@testable import PolyaReport

/// Which rollouts and answers a report shows, and that its size has a limit.
struct BrowserTests {
  private func rollout(
    _ step: Int, _ group: Int, _ sample: Int, advantage: Double?, outcome: Outcome = .right,
    heuristic: String? = nil, follows: [String]? = nil, text: String = "a < b"
  ) -> RolloutRecord {
    RolloutRecord(
      id: "k:\(step)-\(group)-\(sample)", step: step, group: group,
      task: Task(key: "t\(group)", question: "<q> \(group)?", reference: "1", referenceKind: "math"),
      sample: sample,
      seed: 1, heuristic: heuristic, prompt: "p",
      completion: Completion(finish: .stop, text: Array(text.utf8), tokens: [1], logprobs: [0]),
      outcome: outcome,
      reward: advantage, verdicts: [.init(reward: "answer", verdict: VerdictRecord(outcome, score: 1))],
      heuristics: follows, advantage: advantage)
  }

  @Test func mixedGroupsComeFirstAndBothEndsOfAGroupAreShown() {
    let alike = (0..<6).flatMap { group in (0..<4).map { rollout(0, group, $0, advantage: 0) } }
    let mixed = (0..<20).map {
      rollout(0, 9, $0, advantage: Double($0) - 10, outcome: $0 % 2 == 0 ? .right : .wrong)
    }
    let chosen = RolloutChoice.choose(alike + mixed)
    let first = chosen.prefix(RolloutChoice.members)
    #expect(first.allSatisfy { $0.group == 9 } && first.first?.advantage == 9 && first.last?.advantage == -10)
    #expect(Set(chosen.map(\.group)) == [9, 0, 1, 2] && chosen.count == 6 + 3 * 4)
  }

  @Test func stepsAreSpreadOverTheWholeTraining() throws {
    let folder = try TemporaryFolder()
    var writer = ShardWriter(folder: folder.url.path, name: "rollouts", recordsPerShard: 6)
    for step in 0..<100 {
      for sample in 0..<3 { try writer.append(rollout(step, 0, sample, advantage: Double(sample)).json) }
    }
    try writer.flush()
    let files = try Shards.files(in: folder.url.path, name: "rollouts")
    #expect(files.count == 50)
    let steps = try RolloutChoice(files: files).rollouts.map(\.step)
    #expect(
      Set(steps).count == RolloutChoice.steps && steps.first == 0 && steps.last == 99
        && steps == steps.sorted())
    #expect(try RolloutChoice(files: [files[0]]).rollouts.map(\.step) == [0, 0, 0, 1, 1, 1])
  }

  @Test func everyFilterHasItsRolloutsAndARule() throws {
    var report = ReportTests.empty()
    report.parts = [
      RolloutSection(
        stage: "polya",
        rollouts: [
          rollout(0, 0, 0, advantage: 1.5, heuristic: "a<b"),
          rollout(7, 0, 1, advantage: -1.5, outcome: .wrong, follows: ["c", "a<b"]),
          rollout(7, 1, 0, advantage: nil, outcome: .timedOut), rollout(7, 1, 1, advantage: 0),
        ])
    ]
    let page = try ParsedPage(report)
    let cards = page.all("details", class: "rollout").map { $0.classes.dropFirst().map(String.init) }
    #expect(
      cards == [
        ["p0", "h0", "right", "up"], ["p1", "h0", "h1", "wrong", "down"], ["p1", "none", "even"],
        ["p1", "right", "even"],
      ])
    let filters = page.all("input").compactMap { $0.attributes["class"]?.dropFirst("only-".count) }
    #expect(filters == ["p0", "p1", "h0", "h1", "right", "wrong", "none", "up", "even", "down"])
    for filter in filters {
      #expect(
        page.markup.contains(".browser:has(.only-\(filter):checked) .rollout:not(.\(filter)){display:none}"))
    }
    #expect(page.all("label").map(\.text).contains("a<b"))
  }

  private func record(_ task: String, right: Int, text: String = "x") -> EvaluationRecord {
    EvaluationRecord(
      id: "k:1", model: "m", tasks: "t", task: task, kind: "", prompt: "p", scored: 10, correct: right,
      unscored: 0,
      reasons: UnscoredReasons(), meanTokens: 1, examples: [.init(text: text, verdict: VerdictRecord(.right))]
    )
  }

  @Test func lossesAndGainsAreShown() {
    func pairs(_ changes: [Int]) -> [BeforeAfterSection.Pair] {
      changes.enumerated().map { index, change in
        .init(
          tasks: "t", before: record("\(index)", right: max(-change, 0)),
          after: record("\(index)", right: max(change, 0)))
      }
    }
    let chosen = BeforeAfterSection.choose(pairs(Array(-10...10)))
    #expect(
      chosen.map { Int(($0.change * 10).rounded()) } == [-10, -9, -8, -7, -6, -5, 10, 9, 8, 7, 6, 5])
    let gains = BeforeAfterSection.choose(pairs([-1] + Array(repeating: 3, count: 40)))
    #expect(gains.count == BeforeAfterSection.most && gains[0].change == -0.1)
    #expect(BeforeAfterSection.choose(pairs([0, 0])).count == 2)
  }

  /// Everything at its most, with texts that grow when they are escaped.
  @Test func noRunMakesALargePage() throws {
    let long = String(repeating: "<&\u{1}>", count: 100_000)
    var report = ReportTests.empty()
    report.samples = (0..<600).map { index in
      CandidateRecord(
        id: "k:\(index)", task: Task(key: "t", question: long, reference: long, referenceKind: "math"),
        strategy: "s", heuristic: "h\(index % 60)", sample: 0, messages: [], prompt: long, answer: long,
        tokens: [],
        finish: "stop", verdict: VerdictRecord(.right, extracted: long), adherence: nil, seed: 1, model: "m")
    }
    report.parts = (0..<4).map { stage in
      RolloutSection(
        stage: "s\(stage)", rollouts: (0..<192).map { rollout($0 / 24, 0, $0, advantage: 1, text: long) })
    }
    for stage in 0..<40 {
      for name in 0..<60 {
        var series = Report.Series(name: "m\(name)", stage: "s\(stage)")
        for step in 0..<200 { series.append(step: step, value: Double(step * 7919 % 101)) }
        report.series.append(series)
      }
    }
    let page = try ParsedPage(report)
    #expect(page.markup.utf8.count < 5_000_000)
    #expect(
      page.text.contains("This part is left out") && page.text.contains("more characters are in the records"))
    #expect(page.all("section").contains { $0.attributes["id"] == "rollouts" }, "the smaller parts stay")
  }
}
