import PolyaBootstrap
import PolyaCore
import PolyaRecords
import Testing

struct MeasuresTests {
  @Test func oneHeuristicTwiceIsNoComposition() {
    var composition = Composition()
    for parts in [[], ["a"], ["a", "a"], ["a", "b", "a"], ["c", "b", "a"]] { composition.add(parts) }
    #expect(composition.answers == 5)
    #expect(composition.labelled == 4)
    #expect(composition.composed == 2)
    #expect(composition.mean == 7.0 / 5)
  }

  private func candidate(_ task: String, _ heuristic: String, _ isRight: Bool) -> CandidateRecord {
    CandidateRecord(
      id: "k:1", task: Task(key: task, question: "q\(task)", reference: "1", referenceKind: "math"),
      strategy: "s", heuristic: heuristic, sample: 0, prompt: "p", answer: "a", tokens: [], finish: "stop",
      outcome: isRight ? .verified : .wrong, score: 1, extracted: "1", notes: [], adherence: nil, seed: 0,
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
