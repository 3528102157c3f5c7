import PolyaCore
import PolyaRecords
import Testing

@testable import PolyaReport

struct CoverageTests {
  private func candidate(_ task: String, _ heuristic: String, _ isRight: Bool) -> CandidateRecord {
    CandidateRecord(
      id: "k:1", task: Task(key: task, question: "q\(task)", reference: "1", referenceKind: "math"),
      strategy: "s", heuristic: heuristic, sample: 0, messages: [], prompt: "p", answer: "a", tokens: [],
      finish: "stop",
      verdict: VerdictRecord(isRight ? .right : .wrong, score: 1, extracted: "1"), adherence: nil, seed: 0,
      model: "m")
  }

  @Test func coverageIsAMatrixOfQuestionsByHeuristics() {
    var coverage = Coverage(rows: 2)
    for (task, heuristic, isRight) in [
      ("1", "a", true), ("1", "a", false), ("1", "b", false), ("2", "b", true), ("2", "c", true),
      ("3", "a", false),
    ] { coverage.add(candidate(task, heuristic, isRight)) }
    #expect(coverage.heuristics == ["a", "b", "c"])
    #expect(coverage.questions == 3)
    #expect(coverage.histogram == [1, 1, 1], "one question by none, one by one, one by two")
    #expect(coverage.rows.map(\.question) == ["q1", "q2"])
    #expect(coverage.rows[0].cells.map(\.right) == [1, 0] && coverage.rows[0].cells.map(\.all) == [2, 1])
    #expect(
      coverage.rows[1].cells.map(\.right) == [0, 1, 1] && coverage.rows[1].cells.map(\.all) == [0, 1, 1])
  }
}
