internal import CPolya
internal import Glibc
internal import PolyaContract
internal import PolyaCore

/// A call whose rows are independent: `next`, `score`, or `demonstrate`. If the plugin dies, finished rows
/// are kept and the others are tried again. A row that crashes it twice on its own is marked failed, and so
/// is a row that breaks the contract.
///
/// Rows that must stay together form a unit. A unit is never split, and if the plugin dies, it is kept or
/// marked failed as a whole.
struct RowCall<Item, Input, Output: StatusRow, Result> {
  let function: PluginFunction
  /// The layout of an input row.
  let layout: StructLayout
  /// Writes an item into the frame.
  let input: (Item, CallFrame) throws -> Input
  /// Reads the result row of an item. The reason is empty unless the row's status says that it failed.
  let read: (Output, Item, String) throws -> Result
  /// Returns the result of a row that has none, for the given reason; `missedDeadline` if it took longer than the host
  /// allows.
  let lost: (_ cause: String, _ missedDeadline: Bool) -> Result

  /// Returns the results in the order of the items.
  ///
  /// - Parameter units: The rows of each unit, in order and without gaps; nil if every row is a unit.
  func run(
    _ items: [Item], units: [Range<Int>]? = nil, on instance: PluginInstance, seed: UInt64
  ) throws -> [Result] {
    let units = units ?? items.indices.map { $0..<$0 + 1 }
    var state = State(results: Array(repeating: nil, count: items.count))
    state.pending = items.isEmpty ? [] : [Array(units.indices)]
    while let batch = state.pending.popLast() {
      let part = Part(units: batch, rows: batch.map { units[$0] })
      try instance.naming(function) { try settle(part, items, instance, seed, &state) }
    }
    return state.results.compactMap { $0 }
  }

  fileprivate struct State {
    var results: [Result?]
    /// Batches of units, with the next one last.
    var pending: [[Int]] = []
    /// The units that were in a call in which the plugin died.
    var suspects: Set<Int> = []
    /// Whether the plugin reports finished rows, so that the first unfinished one is the likely cause.
    var marksRows = false
    var retries = 0
  }

  /// The units of one attempt.
  fileprivate struct Part {
    let units: [Int]
    /// The rows of each unit.
    let rows: [Range<Int>]

    var indices: [Int] { rows.flatMap { $0 } }
  }

  private func settle(
    _ part: Part, _ items: [Item], _ instance: PluginInstance, _ seed: UInt64, _ state: inout State
  ) throws {
    var output: CallFrame.Output<Output>?
    var marks: UnsafeMutablePointer<UInt8>?
    let indices = part.indices
    do {
      let status = try instance.attempt(function, seed: seed) { frame in
        let place = frame.output(indices.count, of: Output.self)
        output = place
        return CallRows(
          input: frame.rows(try indices.map { try input(items[$0], frame) }), output: place.rows)
      } marks: { frame in
        marks = frame.output(indices.count, of: UInt8.self).base
        return marks
      }
      guard let output else { preconditionFailure("a call without rows") }
      if status == PolyaStatus(POLYA_OK) {
        return keepAll(part, items, output, instance, seed, &state)
      }
      guard status != PolyaStatus(POLYA_TIMED_OUT) else {
        throw PluginDeath(
          cause: instance.frame.failures.last?.why ?? "returned no result in time", missedDeadline: true)
      }
      try recover(status, part, instance, &state)
    } catch let death as PluginDeath {
      guard !instance.isStopped else { throw StopFlag.interrupted }
      let rest = keepFinished(part, items, output, marks, &state)
      guard let unit = state.divide(rest, of: part.units), let at = part.units.firstIndex(of: unit) else {
        return
      }
      let rows = part.rows[at]
      instance.keepCase(of: function, seed: seed, cause: death.cause) { try saved(rows, items, instance) }
      for row in rows { state.results[row] = lost(death.cause, death.missedDeadline) }
    }
  }

  /// Returns a unit in the form for a replay: its row, or a list of its rows. The rows are written again,
  /// since a process that died may have overwritten them.
  private func saved(_ rows: Range<Int>, _ items: [Item], _ instance: PluginInstance) throws -> JSON {
    let frame = instance.frameOfItsOwn()
    let objects = try rows.map { row in
      withUnsafeBytes(of: try input(items[row], frame)) { bytes in
        bytes.baseAddress.map { RowJSON.object($0, layout) } ?? .null
      }
    }
    return objects.count == 1 ? objects[0] : .array(objects)
  }

  private func keepAll(
    _ part: Part, _ items: [Item], _ output: CallFrame.Output<Output>, _ instance: PluginInstance,
    _ seed: UInt64, _ state: inout State
  ) {
    let reasons = instance.reasons(of: (0..<output.count).map { output[$0].status })
    var position = 0
    for rows in part.rows {
      for row in rows {
        state.results[row] = instance.honest {
          try read(output[position], items[row], reasons[position])
        } otherwise: { cause in
          instance.keepLie(of: function, seed: seed, cause: cause) { try saved(rows, items, instance) }
          return lost(cause, false)
        }
        position += 1
      }
    }
  }

  /// Handles a failed call by its status: tries smaller batches, tries again later, or gives up.
  private func recover(
    _ status: PolyaStatus, _ part: Part, _ instance: PluginInstance, _ state: inout State
  )
    throws
  {
    let batch = part.units
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

  /// Keeps the units whose rows were all reported complete before the plugin died. Returns the others.
  private func keepFinished(
    _ part: Part, _ items: [Item], _ output: CallFrame.Output<Output>?,
    _ marks: UnsafeMutablePointer<UInt8>?, _ state: inout State
  ) -> [Int] {
    guard let output, let marks else { return part.units }
    var position = 0
    return zip(part.units, part.rows).compactMap { unit, rows in
      let first = position
      position += rows.count
      let isFinished = (first..<position).allSatisfy {
        marks[$0] == 1 && output[$0].status == PolyaStatus(POLYA_OK)
      }
      guard isFinished else { return unit }
      state.marksRows = true
      do {
        let results = try rows.map { try read(output[first + $0 - rows.lowerBound], items[$0], "") }
        for (row, result) in zip(rows, results) { state.results[row] = result }
        return nil
      } catch {
        // An incomplete row of a dying process is not yet a breach of the contract; the next attempt will
        // show.
        return unit
      }
    }
  }
}

extension RowCall.State {
  /// Plans the rest of a batch in which the plugin died. Returns the unit to mark failed, if it is certain.
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

/// An output row with a status.
protocol StatusRow {
  var status: PolyaStatus { get }
}

extension PolyaStrategyMove: StatusRow {}
extension PolyaRewardResult: StatusRow {}
extension PolyaDemonstration: StatusRow {}
extension PolyaSegmentation: StatusRow {}
