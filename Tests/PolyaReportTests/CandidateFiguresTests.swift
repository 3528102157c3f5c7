import PolyaCore
import PolyaRecords
import PolyaTestSupport
import Testing

@testable import PolyaPipeline
@testable import PolyaReport

/// What the report counts of candidates is what the records say.
struct CandidateFiguresTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func stage(_ name: String, key: String, _ write: (String) throws -> Void) throws -> FinishedStage {
    let path = folder.path(name)
    try Folder.create(path)
    try write(path)
    return FinishedStage(
      name: name, kind: "test", key: key, folder: path, result: StageResult(summary: [:]), json: .null)
  }

  /// Candidates of the heuristics "a" and "b" in turn, all right.
  private func candidates(_ name: String, key: String, count: Int) throws -> FinishedStage {
    try stage(name, key: key) { path in
      var writer = ShardWriter(folder: path, name: "candidates")
      for number in 0..<count {
        let record = CandidateRecord(
          id: StageContext.recordID(number, key: key),
          task: Task(key: "t\(number)", question: "q", reference: "1", referenceKind: "math"), strategy: "s",
          heuristic: number % 2 == 0 ? "a" : "b", sample: 0, messages: [], prompt: "p", answer: "1",
          tokens: [1],
          finish: "stop", verdict: VerdictRecord(.right, score: 1), adherence: nil, seed: 1, model: "m")
        try writer.append(record.json)
      }
      try writer.flush()
    }
  }

  private func selection(_ name: String, of key: String, _ numbers: [Int]) throws -> FinishedStage {
    try stage(name, key: "\(name)-key") { path in
      var writer = ShardWriter(folder: path, name: "training")
      for number in numbers {
        let record = TrainingRecord(
          id: "e:\(number)", task: "t", prompt: "p", completion: "1", tokens: [],
          heuristic: number % 2 == 0 ? "a" : "b", parents: [StageContext.recordID(number, key: key)])
        try writer.append(record.json)
      }
      try writer.flush()
    }
  }

  @Test func aCandidateIsKeptOfItsOwnStageAndOnce() throws {
    let (first, second) = (String(repeating: "1", count: 64), String(repeating: "2", count: 64))
    let stages = [
      try candidates("one", key: first, count: 8), try candidates("two", key: second, count: 8),
      // Worked solutions of a task source have no candidates.
      try stage("corpus", key: "corpus-key") { path in
        var writer = ShardWriter(folder: path, name: "training")
        try writer.append(
          TrainingRecord(
            id: "c:0", task: "t", prompt: "p", completion: "1", tokens: [], heuristic: "a",
            parents: ["task t"]
          ).json)
        try writer.flush()
      },
      // Nested selections: the smaller one is part of the larger one.
      try selection("large", of: first, [0, 2, 1]), try selection("small", of: first, [0]),
    ]
    let figures = CandidateFigures()
    _ = try figures.read(Array(stages.prefix(2)))
    let yields = try figures.read(stages).yields
    #expect(yields.map(\.stage) == ["one", "one", "two", "two"])
    #expect(yields.map(\.heuristic) == ["a", "b", "a", "b"])
    #expect(yields.map(\.verified) == [4, 4, 4, 4])
    #expect(yields.map(\.kept) == [2, 1, 0, 0])
  }
}
