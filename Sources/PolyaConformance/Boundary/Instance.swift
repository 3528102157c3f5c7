internal import CPolya
internal import Glibc
internal import PolyaCore

/// An instance of the plugin, destroyed with the value.
///
/// Safety: Rules call it from several threads only if the plugin declares that this is allowed.
final class Instance: @unchecked Sendable {
  let subject: Subject
  let raw: OpaquePointer
  /// What describe() reported first, read before any other thread is started.
  var cachedFacts: Facts?

  init(subject: Subject, raw: OpaquePointer) {
    self.subject = subject
    self.raw = raw
  }

  deinit { subject.plugin.pointee.destroy(subject.plugin, raw) }

  func interrupt() { subject.plugin.pointee.interrupt?(subject.plugin, raw) }

  /// Returns the available functions of its table.
  func functions() throws -> [WorkFunction] {
    switch subject.kind {
    case .reward: subject.table(as: PolyaReward.self).map { WorkFunction.all(of: $0, self) } ?? []
    case .strategy: subject.table(as: PolyaStrategy.self).map { WorkFunction.all(of: $0, self) } ?? []
    case .tasks: subject.table(as: PolyaTasks.self).map { WorkFunction.all(of: $0, self) } ?? []
    case .model: subject.table(as: PolyaModel.self).map { WorkFunction.all(of: $0, self) } ?? []
    case nil: []
    }
  }

  func function(_ role: Role) throws -> WorkFunction {
    guard let function = try functions().first(where: { $0.role == role }) else {
      throw NotApplicable("it has no function \(role.rawValue)")
    }
    return function
  }

  /// Calls a function on the inputs and reads everything before the call's memory is released.
  func call(_ function: WorkFunction, _ inputs: [Input], _ settings: CallSettings = CallSettings()) throws
    -> CallResult
  {
    let call = try CallFixture(settings, host: subject.host)
    let memory = InputMemory(settings.protection)
    let writer = InputWriter(memory: memory)
    var input: [UInt8] = []
    for item in inputs {
      input += try function.write(item, writer) + [UInt8](repeating: 0xA5, count: settings.widerInput)
    }
    let inputStride = function.inputSize + settings.widerInput
    let base = input.withUnsafeBytes { memory.store($0) }
    let output = try OutputRows(
      count: inputs.count, size: function.outputSize, wider: settings.widerOutput)
    let scratch = InputMemory(.none)
    for (index, item) in inputs.enumerated() {
      function.prepare?(item, output.base + index * output.stride, InputWriter(memory: scratch))
    }
    memory.protect()
    call.watch(output.base, stride: output.stride, count: inputs.count)
    var result = CallResult()
    let rows = PolyaRows(
      base: UnsafeRawPointer(base), count: UInt64(inputs.count), stride: UInt32(inputStride), zero: 0)
    let start = MonotonicClock.seconds()
    // The call is not repeated for rows with arrays of the host.
    if settings.busy > 0, function.prepare == nil {
      var words = SteadyWords()
      repeat {
        _ = function.invoke(call.raw, rows, output.rows)
        words.take(output.words)
        output.clear()
      } while MonotonicClock.seconds() - start < settings.busy
      result.isUnsteady = words.haveChanged
    }
    result.status = function.invoke(call.raw, rows, output.rows)
    result.seconds = MonotonicClock.seconds() - start
    result.take(call, output)
    if result.arenaBytes > 0 { subject.evidence.saw(.arena) }
    if !result.finished.isEmpty { subject.evidence.saw(.finished) }
    let reader = try subject.reader(memory.ranges + call.ranges + scratch.ranges)
    result.read(inputs, function, output, reader, skimmed: settings.skimmed)
    subject.evidence.note(function.role, result.outcomes, reasons: result.reasons)
    return result
  }
}

extension CallResult {
  fileprivate mutating func read(
    _ inputs: [Input], _ function: WorkFunction, _ output: OutputRows, _ reader: ResultReader, skimmed: Bool
  ) {
    for (index, item) in inputs.enumerated() {
      let row = UnsafeRawPointer(output.base + index * output.stride)
      reader.place = "\(function.role.rawValue), row \(index)"
      statuses.append(function.hasStatus ? row.load(as: Int32.self) : status)
      let isReached = status == 0 || finished.contains(index)
      outcomes.append(
        statuses[index] != 0
          ? .failed(statuses[index])
          : !isReached
            ? (function.hasStatus ? .untouched : .failed(status))
            : function.abstains(row) ? .abstained : .worked)
      let isRead = !skimmed && statuses[index] == 0 && isReached
      rows.append(isRead ? function.read(item, row, reader) : "")
    }
    faults = reader.faults
  }
}

/// The results of one call.
struct CallResult: Sendable {
  var status: Int32 = 0
  /// The statuses of the rows, or the call's status for rows without one.
  var statuses: [Int32] = []
  var outcomes: [RowOutcome] = []
  /// The content of each row as text, equal for equal results; empty for rows without a result.
  var rows: [String] = []
  var faults: [Fault] = []
  var reasons: [String] = []
  var logged: [String] = []
  var finished: [Int] = []
  var beyond: [UInt64] = []
  var rewritten: [Int] = []
  /// Whether repeating the call gave other numbers.
  var isUnsteady = false
  var wroteBehind = false
  var arenaBytes = 0
  var polls = 0
  var seconds = 0.0

  fileprivate mutating func take(_ call: CallFixture, _ output: OutputRows) {
    (reasons, logged) = (call.reasons, call.logged)
    finished = call.finished
    beyond = call.beyond
    rewritten = call.rewritten()
    wroteBehind = output.wroteBehind
    arenaBytes = call.used
    polls = call.polls
  }
}

/// Output rows, zeroed, with canaries behind the last one.
private final class OutputRows {
  let base: UnsafeMutableRawPointer
  let stride: Int
  private let count: Int
  private static let slack = 4096

  init(count: Int, size: Int, wider: Int) throws {
    self.count = count
    stride = size + wider
    base = .allocate(byteCount: count * stride + Self.slack, alignment: 64)
    memset(base, 0, count * stride)
    memset(base + count * stride, 0xC3, Self.slack)
  }

  deinit { base.deallocate() }

  var words: [UInt64] {
    let rows = UnsafeRawBufferPointer(start: base, count: count * stride)
    return (0..<rows.count / 8).map { rows.loadUnaligned(fromByteOffset: 8 * $0, as: UInt64.self) }
  }

  func clear() { memset(base, 0, count * stride) }

  var rows: PolyaRowsMut {
    PolyaRowsMut(
      base: count == 0 ? nil : base, count: UInt64(count), stride: UInt32(stride), zero: 0)
  }

  var wroteBehind: Bool {
    UnsafeRawBufferPointer(start: base + count * stride, count: Self.slack).contains { $0 != 0xC3 }
  }
}

/// The words of output rows that are the same each time a call is repeated. Pointers into its arena are new
/// each time and are left out.
private struct SteadyWords {
  private var first: [UInt64] = []
  private var steady: [Int] = []
  private var calls = 0
  private(set) var haveChanged = false

  mutating func take(_ words: [UInt64]) {
    calls += 1
    switch calls {
    case 1: first = words
    case 2: steady = words.indices.filter { words[$0] == first[$0] }
    default: haveChanged = haveChanged || steady.contains { words[$0] != first[$0] }
    }
  }
}
