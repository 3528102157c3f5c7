internal import CPolya
internal import PolyaCore

/// A tasks plugin behind the host's own role.
final class HostedTaskSource: TaskSource {
  let splits: [TaskSplit]
  let heuristics: [Heuristic]
  private let instance: PluginInstance
  private let table: PolyaTasks

  private static let batch = 1024

  init(_ instance: PluginInstance) throws {
    self.instance = instance
    table = try instance.table(as: PolyaTasks.self)
    let describe = try instance.required(table.describe, "describe")
    _ = try instance.required(table.produce, "produce")
    instance.frame.begin(seed: 0)
    var info = PolyaTasksInfo()
    info.struct_size = UInt32(MemoryLayout<PolyaTasksInfo>.size)
    (splits, heuristics) = try instance.call("describe") { call in
      let status = describe(instance.raw, call, &info)
      return (
        status,
        {
          let splits = try Received.rows(info.splits, PolyaSplit.self, "the splits") {
            TaskSplit(
              name: try Received.text($0.name, "a split's name"),
              help: try Received.text($0.help, "a split's help"),
              count: $0.count == 0 ? nil : Int($0.count), isOutOfDistribution: $0.out_of_distribution != 0)
          }
          return (splits, try Heuristic.list(info.heuristics))
        }
      )
    }
    guard !splits.isEmpty else { throw instance.misbehaved("it has no split") }
  }

  func tasks(split: String, range: Range<Int>, seed: UInt64) throws -> [Task] {
    guard let known = splits.first(where: { $0.name == split }) else {
      throw PolyaError(
        .configuration, "'\(instance.name)' has no split '\(split)'",
        cure: Suggestion.cure(for: split, among: splits.map(\.name)))
    }
    guard range.upperBound <= known.count ?? .max else {
      throw PolyaError(
        .configuration, "the split '\(split)' has \(known.count ?? 0) tasks, \(range.upperBound) wanted")
    }
    var tasks: [Task] = []
    for start in stride(from: range.lowerBound, to: range.upperBound, by: Self.batch) {
      tasks += try batch(split, start..<min(start + Self.batch, range.upperBound), seed)
    }
    return tasks
  }

  private func batch(_ split: String, _ range: Range<Int>, _ seed: UInt64) throws -> [Task] {
    let produce = try instance.required(table.produce, "produce")
    let frame = instance.frame
    frame.begin(seed: seed)
    var request = PolyaTaskRange(
      split: frame.text(split), first: UInt64(range.lowerBound), count: UInt64(range.count), seed: seed)
    let output = frame.output(range.count, of: PolyaTask.self)
    return try instance.call("produce") { call in
      let status = produce(instance.raw, call, &request, output.rows)
      return (
        status,
        { [self] in
          let rows = (0..<output.count).map { output[$0] }
          let reasons = instance.reasons(of: rows.map(\.status))
          return try rows.indices.map { index in
            guard rows[index].status == PolyaStatus(POLYA_OK) else {
              throw Misbehaviour("task \(range.lowerBound + index) of '\(split)' fails: \(reasons[index])")
            }
            return try task(
              rows[index], Task.Place(split: split, index: range.lowerBound + index, seed: seed))
          }
        }
      )
    }
  }

  private func task(_ row: PolyaTask, _ place: Task.Place) throws -> Task {
    guard row.question.size > 0, row.key.size > 0 else {
      throw Misbehaviour("a task has no question or no key")
    }
    return Task(
      key: try Received.text(row.key, "a key"), question: try Received.text(row.question, "a question"),
      reference: try Received.text(row.reference, "a reference"),
      referenceKind: try Received.text(row.reference_kind, "a reference kind"),
      kind: try Received.text(row.kind, "a kind"), level: row.level,
      metaJSON: try Received.text(row.meta_json, "a task's remarks"), place: place)
  }

  func demonstrate(_ requests: [DemonstrationRequest]) throws -> [String?] {
    guard let demonstrate = table.demonstrate else {
      throw PolyaError(.configuration, "'\(instance.name)' cannot demonstrate its tasks")
    }
    var solutions: [String?] = []
    for start in stride(from: 0, to: requests.count, by: Self.batch) {
      let batch = requests[start..<min(start + Self.batch, requests.count)]
      let frame = instance.frame
      frame.begin(seed: 0)
      let items = frame.rows(
        batch.map {
          PolyaDemonstrationItem(
            item_id: $0.id, split: frame.text($0.place.split), index: UInt64($0.place.index),
            seed: $0.place.seed,
            heuristic: frame.text($0.heuristic))
        })
      let output = frame.output(batch.count, of: PolyaDemonstration.self)
      solutions += try instance.call("demonstrate") { call in
        let status = demonstrate(instance.raw, call, items, output.rows)
        return (status, { [self] in try read(output) })
      }
    }
    return solutions
  }

  private func read(_ output: CallFrame.Output<PolyaDemonstration>) throws -> [String?] {
    let rows = (0..<output.count).map { output[$0] }
    let reasons = instance.reasons(of: rows.map(\.status))
    return try zip(rows, reasons).map { row, reason in
      switch row.status {
      case PolyaStatus(POLYA_OK): return try Received.text(row.solution, "a solution")
      case PolyaStatus(POLYA_UNSUPPORTED): return nil
      default: throw Misbehaviour("a demonstration fails: \(reason)")
      }
    }
  }
}
