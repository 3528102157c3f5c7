import Foundation
import PolyaCore
import PolyaRecords
import PolyaTestSupport
import Testing

/// `SDK/docs/records.md` describes what is written: every field, in order, with its type.
struct RecordDocumentTests {
  private struct Field: Equatable {
    var name: String
    var type: String
    var isOptional: Bool
  }

  private let sections: [(title: String, text: String, fields: [Field])]

  init() throws {
    let file = Repository.root.appending(path: "SDK/docs/records.md")
    let text = try String(contentsOf: file, encoding: .utf8)
    sections = text.components(separatedBy: "\n## ").dropFirst().map { part in
      let lines = part.components(separatedBy: "\n")
      let fields = lines.filter { $0.hasPrefix("| `") }.map { row in
        let cells = row.components(separatedBy: " | ")
        let type = cells[1].components(separatedBy: ", ")
        return Field(
          name: cells[0].filter { !"|` ".contains($0) }, type: type[0], isOptional: type.last == "optional")
      }
      return (lines[0], part, fields)
    }
  }

  private func fields(_ title: String) throws -> [Field] {
    try #require(sections.first { $0.title == title }, "no section '\(title)'").fields
  }

  private static func type(of value: JSON) -> String {
    switch value {
    case .null: "null"
    case .bool: "boolean"
    case .integer: "integer"
    case .real: "real"
    case .string: "string"
    case .object: "object"
    case .array(let values): values.first.map { "list of \(type(of: $0))s" } ?? "empty list"
    }
  }

  private static func found(_ json: JSON, without left: [Field] = []) -> [(name: String, type: String)] {
    guard case .object(let members) = json else { return [] }
    let names = left.map(\.name) + ["record"]
    return members.filter { !names.contains($0.key) }.map { ($0.key, type(of: $0.value)) }
  }

  /// All fields of a record in the order and of the types of the table; without the optional ones where they are empty.
  private func check(
    _ title: String, full: JSON?, bare: JSON?, beside other: String? = nil,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let fields = try fields(title)
    let others = try other.map { try self.fields($0) } ?? []
    let all = Self.found(try #require(full), without: others)
    #expect(all.map(\.name) == fields.map(\.name), "\(title)", sourceLocation: sourceLocation)
    #expect(all.map(\.type) == fields.map(\.type), "\(title)", sourceLocation: sourceLocation)
    let needed = Self.found(try #require(bare), without: others)
    #expect(
      needed.map(\.name) == fields.filter { !$0.isOptional }.map(\.name), "\(title)",
      sourceLocation: sourceLocation)
  }

  @Test func everyRecordIsDescribed() throws {
    typealias Samples = RecordSamples
    let bare = VerdictRecord(.failed)
    let full = Samples.candidate(Samples.verdict, Samples.task, isFull: true).json
    try check(
      "candidate", full: full, bare: Samples.candidate(bare, Samples.bareTask, isFull: false).json,
      beside: "verdict")
    try check("verdict", full: .object(Samples.verdict.members), bare: .object(bare.members))
    try check("note", full: Samples.verdict.notes[0].json, bare: Note("m").json)
    try check("task", full: Samples.task.json, bare: Samples.bareTask.json)
    try check(
      "message", full: full["messages"]?.array?.first, bare: full["messages"]?.array?.first)
    try check("training", full: Samples.training.json, bare: Samples.training.json)
    try check("rollout", full: Samples.rollout(isFull: true).json, bare: Samples.rollout(isFull: false).json)
    let evaluation = Samples.evaluation(isFull: true).json
    try check("evaluation", full: evaluation, bare: Samples.evaluation(isFull: false).json)
    let vote = evaluation["votes"]?.array?.first
    try check("vote", full: vote, bare: vote)
    let example = evaluation["examples"]?.array?.first
    try check("example", full: example, bare: example, beside: "verdict")
    try check("disagreement", full: Samples.disagreement.json, bare: Samples.disagreement.json)
  }

  @Test func everyResultIsDescribed() throws {
    typealias Samples = RecordSamples
    let results = Samples.results.json
    try check("results", full: results, bare: ResultsRecord(scores: Samples.results.scores).json)
    for (title, key) in [
      ("task set", "task_sets"), ("coverage", "coverage"), ("contamination record", "contamination"),
    ] {
      try check(title, full: results[key]?.array?.first, bare: results[key]?.array?.first)
    }
    let comparison = ComparisonRecord(
      first: "m", second: "n", tasks: "t", metric: "pass@1", difference: 0, low: 0, high: 0, probability: 1,
      questions: 1)
    try check("comparison", full: results["comparisons"]?.array?.first, bare: comparison.json)
    let score = ScoreRecord(
      model: "m", tasks: "t", metric: "pass@1", value: 0, low: 0, high: 0, questions: 1, samples: 1)
    try check("score", full: results["scores"]?.array?.first, bare: score.json)
    let resembling = results["contamination"]?.array?.first?["resembling"]?.array?.first
    try check("resembling question", full: resembling, bare: resembling)
    let lost = results["coverage"]?.array?.first?["lost"]?.array?.first
    try check("lost question", full: lost, bare: lost)
    try check(
      "measure", full: Samples.measure(isFull: true).json, bare: Samples.measure(isFull: false).json)
    let metric = MetricRecord(stage: "s", step: 1, name: .loss, value: 0.5).json
    try check("metric", full: metric, bare: metric)
    let run = Samples.run.json
    try check("run", full: run, bare: run)
    try check("run stage", full: run["stages"]?.array?.first, bare: run["stages"]?.array?.first)
    try check("run plugin", full: run["plugins"]?.array?.first, bare: run["plugins"]?.array?.first)
  }

  /// The version that is written is the one whose fields the section lists.
  @Test(arguments: RecordKind.allCases) func everyKindSaysItsVersion(_ kind: RecordKind) throws {
    let section = try #require(sections.first { $0.title == kind.rawValue })
    #expect(section.text.contains("`\(kind.rawValue)/\(kind.version)`"))
  }

  /// What `outcome` and `severity` may be is listed in full.
  @Test func everyWordIsListed() throws {
    let verdict = try #require(sections.first { $0.title == "verdict" }).text
    for outcome in Outcome.allCases { #expect(verdict.contains("`\(outcome.rawValue)`")) }
    let note = try #require(sections.first { $0.title == "note" }).text
    for severity in Note.Severity.allCases { #expect(note.contains("`\(severity.rawValue)`")) }
  }
}
