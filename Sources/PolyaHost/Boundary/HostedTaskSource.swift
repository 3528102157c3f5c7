internal import CPolya
internal import PolyaContract
internal import PolyaCore

/// Adapts a tasks plugin to the host's role.
final class HostedTaskSource: TaskSource {
  let splits: [TaskSplit]
  let heuristics: [Heuristic]
  private let instance: PluginInstance

  private static let batch = 1024

  init(_ instance: PluginInstance) throws {
    self.instance = instance
    try instance.require(.describeTasks, .produce)
    (splits, heuristics) = try instance.call(.describeTasks) { frame in
      let place = frame.output(1, of: PolyaTasksInfo.self)
      place.base.pointee.struct_size = UInt32(MemoryLayout<PolyaTasksInfo>.size)
      return CallRows(output: place.rows)
    } _: { rows in
      let info = rows.output.first(PolyaTasksInfo.self)
      let received = instance.received
      let splits = try received.rows(info.splits, PolyaSplit.self, "the splits") {
        TaskSplit(
          name: try received.text($0.name, "a split's name"),
          help: try received.text($0.help, "a split's help"),
          count: $0.count == 0 ? nil : Int(clamping: $0.count),
          isOutOfDistribution: $0.out_of_distribution != 0)
      }
      return (splits, try Heuristic.list(info.heuristics, received))
    }
    guard !splits.isEmpty else { throw instance.misbehaved("it has no splits") }
  }

  func tasks(split: String, range: Range<Int>, seed: UInt64) throws -> [Task] {
    guard let known = splits.first(where: { $0.name == split }) else {
      throw PolyaError(
        .configuration, "'\(instance.name)' has no split '\(split)'",
        hint: Suggestion.hint(for: split, among: splits.map(\.name)))
    }
    guard range.upperBound <= known.count ?? .max else {
      throw PolyaError(
        .configuration,
        "the split '\(split)' has \(known.count ?? 0) tasks, but \(range.upperBound) are needed")
    }
    var tasks: [Task] = []
    for start in stride(from: range.lowerBound, to: range.upperBound, by: Self.batch) {
      tasks += try batch(split, start..<min(start + Self.batch, range.upperBound), seed)
    }
    return tasks
  }

  private func batch(_ split: String, _ range: Range<Int>, _ seed: UInt64) throws -> [Task] {
    try instance.call(.produce, seed: seed) { frame in
      let request = PolyaTaskRange(
        split: frame.text(split), first: UInt64(range.lowerBound), count: UInt64(range.count), seed: seed)
      return CallRows(
        input: frame.rows([request]), output: frame.output(range.count, of: PolyaTask.self).rows)
    } _: { rows in
      let tasks = (0..<range.count).map { rows.output.row($0, PolyaTask.self) }
      let reasons = instance.reasons(of: tasks.map(\.status))
      return try tasks.indices.map { index in
        guard tasks[index].status == PolyaStatus(POLYA_OK) else {
          throw Misbehavior("task \(range.lowerBound + index) of '\(split)' failed: \(reasons[index])")
        }
        return try task(
          tasks[index], Task.Place(split: split, index: range.lowerBound + index, seed: seed))
      }
    }
  }

  private func task(_ row: PolyaTask, _ place: Task.Place) throws -> Task {
    guard row.question.size > 0, row.key.size > 0 else {
      throw Misbehavior("a task has no question or no key")
    }
    let received = instance.received
    return Task(
      key: try received.text(row.key, "a key"), question: try received.text(row.question, "a question"),
      reference: try received.text(row.reference, "a reference"),
      referenceKind: try received.text(row.reference_kind, "a reference kind"),
      kind: try received.text(row.kind, "a kind"), level: row.level,
      metadataJSON: try received.text(row.metadata_json, "a task's metadata"), place: place)
  }

  func demonstrate(_ requests: [DemonstrationRequest]) throws -> [Result<String?, PolyaError>] {
    guard instance.has(.demonstrate) else {
      throw PolyaError(.configuration, "'\(instance.name)' cannot demonstrate its tasks")
    }
    let call = call(Self.item)
    var solutions: [Result<String?, PolyaError>] = []
    for start in stride(from: 0, to: requests.count, by: Self.batch) {
      let batch = Array(requests[start..<min(start + Self.batch, requests.count)])
      solutions += try call.run(batch, on: instance, seed: 0)
    }
    return solutions
  }

  private func call<Item>(_ input: @escaping (Item, CallFrame) throws -> PolyaDemonstrationItem) -> RowCall<
    Item, PolyaDemonstrationItem, PolyaDemonstration, Result<String?, PolyaError>
  > {
    RowCall(
      function: .demonstrate, layout: .demonstrationItem, input: input, read: { try self.solution($0, $2) },
      lost: { cause, _ in .failure(self.failure("it \(cause)")) })
  }

  private func failure(_ reason: String) -> PolyaError {
    PolyaError(.plugin, "'\(instance.name)' failed on a demonstration: \(reason)")
  }

  private static func item(_ request: DemonstrationRequest, _ frame: CallFrame) -> PolyaDemonstrationItem {
    PolyaDemonstrationItem(
      item_id: request.id, split: frame.text(request.place.split), index: UInt64(request.place.index),
      seed: request.place.seed, heuristic: frame.text(request.heuristic))
  }

  private func solution(_ row: PolyaDemonstration, _ reason: String) throws -> Result<String?, PolyaError> {
    switch row.status {
    case PolyaStatus(POLYA_OK): .success(try instance.received.text(row.solution, "a solution"))
    case PolyaStatus(POLYA_UNSUPPORTED): .success(nil)
    default: .failure(failure(reason))
    }
  }
}

extension HostedTaskSource: Replaying {
  func replay(_ function: PluginFunction, _ rows: [JSON], seed: UInt64) throws -> [Result<String, PolyaError>]
  {
    try call { json, frame in try frame.row(json, .demonstrationItem) }.run(rows, on: instance, seed: seed)
      .map { $0.map { $0 ?? "(the heuristic does not fit the task)" } }
  }
}
