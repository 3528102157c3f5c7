internal import CPolya
internal import Glibc
internal import PolyaCore

/// A call whose rows are independent of each other: `next`, `score`, `demonstrate`. When the plugin dies in it, the
/// rows it had finished are kept, the others run again, and a row that kills it twice is given up alone.
struct RowCall<Item, Input, Output: StatusRow, Result> {
  let function: PluginFunction
  /// Puts an item into the frame.
  let input: (Item, CallFrame) -> Input
  /// Reads a row; its reason is empty unless its status says that it failed.
  let read: (Output, String) throws -> Result
  /// Stands for a row that has no result: why.
  let lost: (String) throws -> Result
  /// What a later replay needs of an item.
  let record: (Item) -> JSON

  /// The results in the order of the items.
  func run(_ items: [Item], on instance: PluginInstance, seed: UInt64) throws -> [Result] {
    var state = State(results: Array(repeating: nil, count: items.count))
    state.pending = items.isEmpty ? [] : [Array(items.indices)]
    while let batch = state.pending.popLast() {
      try instance.naming(function) { try settle(batch, items, instance, seed, &state) }
    }
    return state.results.compactMap { $0 }
  }

  fileprivate struct State {
    var results: [Result?]
    /// Batches of indices, the next one last.
    var pending: [[Int]] = []
    /// Rows that were in a call that died.
    var suspects: Set<Int> = []
    /// Whether the plugin reports finished rows, so that the first unfinished one is the likely cause.
    var marksRows = false
    var retries = 0
  }

  private func settle(
    _ batch: [Int], _ items: [Item], _ instance: PluginInstance, _ seed: UInt64, _ state: inout State
  ) throws {
    var output: CallFrame.Output<Output>?
    var marks: UnsafeMutablePointer<UInt8>?
    do {
      let status = try instance.attempt(function, seed: seed) { frame in
        let place = frame.output(batch.count, of: Output.self)
        output = place
        return CallRows(input: frame.rows(batch.map { input(items[$0], frame) }), output: place.rows)
      } marks: { frame in
        marks = frame.output(batch.count, of: UInt8.self).base
        return marks
      }
      guard let output else { preconditionFailure("a call without rows") }
      if status == PolyaStatus(POLYA_OK) { return try keepAll(batch, output, instance, &state) }
      guard status != PolyaStatus(POLYA_TIMED_OUT) else {
        throw PluginDeath(cause: instance.frame.failures.last?.why ?? "gave no result in time")
      }
      try recover(status, batch, instance, &state)
    } catch let death as PluginDeath {
      guard !instance.isStopped else { throw StopFlag.interrupted }
      let rest = keepFinished(batch, output, marks, &state)
      if let lost = state.divide(rest, of: batch) {
        try instance.crashes?.save(
          record(items[lost]), of: instance, function, seed: seed, cause: death.cause)
        state.results[lost] = try self.lost(death.cause)
      }
    }
  }

  private func keepAll(
    _ batch: [Int], _ output: CallFrame.Output<Output>, _ instance: PluginInstance, _ state: inout State
  ) throws {
    let rows = (0..<output.count).map { output[$0] }
    let reasons = instance.reasons(of: rows.map(\.status))
    for (index, (row, reason)) in zip(batch, zip(rows, reasons)) {
      state.results[index] = try read(row, reason)
    }
  }

  /// What a failed call allows by its code: smaller batches, another try later, or nothing.
  private func recover(
    _ status: PolyaStatus, _ batch: [Int], _ instance: PluginInstance, _ state: inout State
  )
    throws
  {
    switch Int(status) {
    case Int(POLYA_LIMIT) where batch.count > 1:
      state.pending += [Array(batch.dropFirst(batch.count / 2)), Array(batch.prefix(batch.count / 2))]
    case Int(POLYA_UNAVAILABLE) where state.retries < 3:
      state.retries += 1
      usleep(100_000 << UInt32(2 * (state.retries - 1)))
      state.pending.append(batch)
    default: throw instance.failure(function, status)
    }
  }

  /// Keeps the rows that were reported complete before the plugin died; gives the others.
  private func keepFinished(
    _ batch: [Int], _ output: CallFrame.Output<Output>?, _ marks: UnsafeMutablePointer<UInt8>?,
    _ state: inout State
  ) -> [Int] {
    guard let output, let marks else { return batch }
    return batch.enumerated().compactMap { position, index in
      guard marks[position] == 1, output[position].status == PolyaStatus(POLYA_OK) else { return index }
      state.marksRows = true
      do {
        state.results[index] = try read(output[position], "")
        return nil
      } catch {
        // Half a row of a dying process is no breach of the contract yet; the next try tells.
        return index
      }
    }
  }
}

extension RowCall.State {
  /// Plans what is left of a batch in which the plugin died; the row that is to be given up, if one is sure.
  fileprivate mutating func divide(_ rest: [Int], of batch: [Int]) -> Int? {
    guard let first = rest.first else { return nil }
    if rest.count == 1 {
      if batch.count == 1, suspects.contains(first) { return first }
      suspects.insert(first)
      pending.append(rest)
      return nil
    }
    suspects.formUnion(rest)
    if marksRows {
      pending += [Array(rest.dropFirst()), [first]]
    } else {
      pending += [Array(rest.dropFirst(rest.count / 2)), Array(rest.prefix(rest.count / 2))]
    }
    return nil
  }
}

/// An output row that says whether it succeeded.
protocol StatusRow {
  var status: PolyaStatus { get }
}

extension PolyaStrategyMove: StatusRow {}
extension PolyaRewardResult: StatusRow {}
extension PolyaDemonstration: StatusRow {}
extension PolyaJudgement: StatusRow {}
