internal import PolyaCore
package import PolyaRecords

/// Reads the candidates of each task from the shards of one or more stages, with few of them in memory.
package struct TaskGroups {
  private let stages: [[String]]

  /// Creates a reader.
  ///
  /// - Parameter stages: The shards of each stage. A stage must keep the candidates of a task in one shard.
  package init(_ stages: [[String]]) { self.stages = stages }

  /// Calls `body` with the candidates of each task, in order of first appearance, until it returns false.
  package func each(_ body: ([CandidateRecord]) throws -> Bool) throws {
    guard stages.count > 1 else {
      for file in stages.first ?? [] {
        for group in Selection.byTask(try read(file)) where try !body(group) { return }
      }
      return
    }
    try merge(body)
  }

  /// Merges the candidates of several stages. A first pass counts them, so that the second one knows when a
  /// task is complete. The stages are read in parallel, so that few tasks are incomplete at a time.
  private func merge(_ body: ([CandidateRecord]) throws -> Bool) throws {
    var missing: [String: Int] = [:]
    for file in stages.joined() {
      let reader = try RecordReader(file)
      while let json = try reader.next() { missing[try CandidateRecord(json).task.key, default: 0] += 1 }
    }
    // The candidates of each incomplete task, by stage.
    var open: [String: [[CandidateRecord]]] = [:]
    var order: [String] = []
    var next = 0
    for index in 0..<(stages.map(\.count).max() ?? 0) {
      for (place, stage) in stages.enumerated() where index < stage.count {
        for candidate in try read(stage[index]) {
          let key = candidate.task.key
          if open[key] == nil { order.append(key) }
          open[key, default: stages.map { _ in [] }][place].append(candidate)
          missing[key, default: 0] -= 1
        }
      }
      while next < order.count, missing[order[next]] == 0 {
        guard let group = open.removeValue(forKey: order[next]), try body(Array(group.joined())) else {
          return
        }
        next += 1
      }
    }
  }

  private func read(_ file: String) throws -> [CandidateRecord] {
    let reader = try RecordReader(file)
    var candidates: [CandidateRecord] = []
    while let json = try reader.next() { candidates.append(try CandidateRecord(json)) }
    return candidates
  }
}
