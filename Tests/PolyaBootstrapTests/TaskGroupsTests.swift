import Foundation
import PolyaBootstrap
import PolyaCore
import PolyaRecords
import PolyaTestSupport
import Testing

struct TaskGroupsTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// A stage of the given tasks with two candidates each, in shards of so many tasks.
  private func stage(_ name: String, tasks: [Int], perShard: Int) throws -> [String] {
    var writer = ShardWriter(folder: folder.url.path, name: name, recordsPerShard: 2 * perShard)
    for task in tasks {
      for sample in 0..<2 {
        let record = CandidateRecord(
          id: "\(name):\(task):\(sample)",
          task: Task(key: "t\(task)", question: "q", reference: "1", referenceKind: "math"), strategy: name,
          heuristic: "h", sample: sample, messages: [], prompt: "p", answer: "a", tokens: [], finish: "stop",
          verdict: VerdictRecord(.right, score: 1, extracted: "1"), adherence: nil, seed: 1, model: "m")
        try writer.append(record.json)
      }
    }
    try writer.flush()
    return try Shards.files(in: folder.url.path, name: name)
  }

  private func groups(_ stages: [[String]], most: Int = .max) throws -> [[String]] {
    var groups: [[String]] = []
    try TaskGroups(stages).each { group in
      groups.append(group.map(\.id))
      return groups.count < most
    }
    return groups
  }

  @Test func aTaskHasItsCandidatesOfAllStages() throws {
    let a = try stage("a", tasks: Array(0..<10), perShard: 3)
    let b = try stage("b", tasks: Array(0..<10), perShard: 4)
    #expect(a.count == 4 && b.count == 3)
    let found = try groups([a, b])
    #expect(found == (0..<10).map { ["a:\($0):0", "a:\($0):1", "b:\($0):0", "b:\($0):1"] })
    #expect(try groups([a, b], most: 4) == Array(found.prefix(4)))
    #expect(try groups([a]) == (0..<10).map { ["a:\($0):0", "a:\($0):1"] })
  }

  @Test func stagesMayHaveTasksOfTheirOwn() throws {
    let a = try stage("a", tasks: [0, 1, 2, 3], perShard: 1)
    let b = try stage("b", tasks: [9, 3, 8], perShard: 2)
    let found = try groups([a, b])
    #expect(found.map(\.count) == [2, 2, 4, 2, 2, 2])
    #expect(found.map { $0[0] } == ["a:0:0", "b:9:0", "a:3:0", "a:1:0", "b:8:0", "a:2:0"])
  }
}
