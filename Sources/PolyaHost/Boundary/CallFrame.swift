internal import CPolya
internal import Glibc
internal import PolyaContract
internal import PolyaCore

/// The host's side of a `PolyaCall`: arena, stop request, and recorded failures. One frame is reused for all
/// calls of an instance, so that a call itself allocates nothing.
///
/// Safety: The raw call points back to the frame, which the instance keeps alive. Plugins may use it from any
/// of their threads, so the mutable parts are guarded by a lock.
final class CallFrame {
  /// The functions that calls of the frame use outside of it, which may run on any thread.
  struct Callbacks {
    /// Returns what `call->stop` returns.
    var stop: @Sendable () -> PolyaStatus
    /// Receives what `call->log` writes.
    var log: @Sendable (Int32, PolyaText) -> Void
    /// Receives the rows that `call->finished` reports.
    var finished: @Sendable (UInt64) -> Void = { _ in }
  }

  let raw: UnsafeMutablePointer<PolyaCall>
  let arena: any Arena
  /// The nanoseconds after which a call is asked to end; nil for no limit.
  var timeLimit: Int64?
  /// The models that the instance may use; nil if its options name none.
  var models: BoundModels?
  /// In a worker during a call: access to the host's models.
  var lent: LentModels?
  /// The names of files to use in the instance's reasons.
  var names = FileNames()
  private(set) var failures: [(status: PolyaStatus, why: String)] = []
  private let callbacks: Callbacks
  private let lock = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)

  init(host: UnsafePointer<PolyaHost>, threads: Int, arena: any Arena, callbacks: Callbacks) {
    self.arena = arena
    self.callbacks = callbacks
    pthread_mutex_init(lock, nil)
    raw = .allocate(capacity: 1)
    var call = PolyaCall()
    call.struct_size = UInt32(MemoryLayout<PolyaCall>.size)
    call.max_threads = UInt32(threads)
    call.deadline_ns = .max
    call.host = host
    call.alloc = { CallFrame.of($0)?.allocate(Int(clamping: $1), Int(clamping: $2), limited: true) }
    call.stop = { CallFrame.of($0)?.stopStatus ?? PolyaStatus(POLYA_CANCELLED) }
    call.fail = { call, status, why in
      CallFrame.of(call)?.record(status, why)
      return status
    }
    call.log = { CallFrame.of($0)?.callbacks.log($1, $2) }
    call.finished = { CallFrame.of($0)?.callbacks.finished($1) }
    raw.initialize(to: call)
    raw.pointee.impl = Unmanaged.passUnretained(self).toOpaque()
  }

  deinit {
    pthread_mutex_destroy(lock)
    lock.deallocate()
    raw.deallocate()
  }

  static func of(_ call: UnsafePointer<PolyaCall>?) -> CallFrame? {
    call.map { Unmanaged<CallFrame>.fromOpaque($0.pointee.impl).takeUnretainedValue() }
  }

  /// Begins a call and discards the state of the last one.
  func begin(seed: UInt64) {
    raw.pointee.call_id += 1
    start(seed: seed)
    arena.reset()
  }

  /// Begins a call as ``begin(seed:)`` does, on an arena that already contains the arguments.
  func start(seed: UInt64) {
    raw.pointee.seed = seed
    if !failures.isEmpty { failures.removeAll() }
    if let timeLimit { raw.pointee.deadline_ns = MonotonicClock.nanoseconds() + timeLimit }
  }

  /// Whether the user has asked the call to end.
  var isStopRequested: Bool { callbacks.stop() == PolyaStatus(POLYA_CANCELLED) }

  private var stopStatus: PolyaStatus {
    let asked = callbacks.stop()
    guard asked == PolyaStatus(POLYA_OK), raw.pointee.deadline_ns != .max else { return asked }
    return PolyaStatus(MonotonicClock.nanoseconds() < raw.pointee.deadline_ns ? POLYA_OK : POLYA_TIMED_OUT)
  }

  func allocate(_ size: Int, _ alignment: Int, limited: Bool = false) -> UnsafeMutableRawPointer? {
    pthread_mutex_lock(lock)
    defer { pthread_mutex_unlock(lock) }
    return arena.allocate(size, alignment, limited: limited)
  }

  /// Runs `body` while no other thread allocates memory of the call.
  func exclusively<T>(_ body: (any Arena) -> T) -> T {
    pthread_mutex_lock(lock)
    defer { pthread_mutex_unlock(lock) }
    return body(arena)
  }

  private func record(_ status: PolyaStatus, _ why: PolyaText) {
    let text = why.bytes.map { String(decoding: $0, as: UTF8.self) } ?? "(the reason is unreadable)"
    record(status, text)
  }

  /// Records a reason as if the plugin had given it.
  func record(_ status: PolyaStatus, _ why: String) {
    pthread_mutex_lock(lock)
    failures.append((status, names.put(into: why)))
    pthread_mutex_unlock(lock)
  }
}

/// A struct of the header that can be created with all fields zero.
protocol ContractRow {
  init()
}

extension PolyaRewardItem: ContractRow {}
extension PolyaStrategyItem: ContractRow {}
extension PolyaAnswerItem: ContractRow {}
extension PolyaDemonstrationItem: ContractRow {}

/// The arguments and results in the frame's arena.
extension CallFrame {
  /// Copies a text into the host's own arena, which cannot refuse.
  func text(_ text: String) -> PolyaText {
    var text = text
    return text.withUTF8 { utf8 in
      PolyaText(
        data: copy(UnsafeRawBufferPointer(utf8))?.assumingMemoryBound(to: CChar.self),
        size: UInt64(utf8.count))
    }
  }

  func bytes(_ bytes: [UInt8]) -> PolyaBytes {
    bytes.withUnsafeBytes {
      PolyaBytes(data: copy($0)?.assumingMemoryBound(to: UInt8.self), size: UInt64($0.count))
    }
  }

  func tokens(_ ids: [Int32]) -> PolyaTokens {
    ids.withUnsafeBytes {
      PolyaTokens(ids: copy($0)?.assumingMemoryBound(to: Int32.self), count: UInt64(ids.count))
    }
  }

  func floats(_ values: [Float]) -> UnsafePointer<Float>? {
    values.withUnsafeBytes { copy($0)?.assumingMemoryBound(to: Float.self) }
  }

  func rows<Row>(_ rows: [Row]) -> PolyaRows {
    rows.withUnsafeBytes {
      PolyaRows(
        base: copy($0), count: UInt64(rows.count), stride: UInt32(MemoryLayout<Row>.stride), zero: 0)
    }
  }

  /// Returns a row from its JSON.
  ///
  /// - Throws: `corrupt` for anything that the header does not define.
  func row<Row: ContractRow>(_ json: JSON, _ layout: StructLayout) throws -> Row {
    var row = Row()
    try withUnsafeMutableBytes(of: &row) { bytes in
      guard let base = bytes.baseAddress else { return }
      try RowJSON.fill(base, layout, from: json) { size in
        guard let memory = allocate(size, 8) else {
          throw PolyaError(.run, "the system has no memory for \(size) bytes")
        }
        return memory
      }
    }
    return row
  }

  func output<Row>(_ count: Int, of type: Row.Type) -> Output<Row> {
    let size = max(count, 1) * MemoryLayout<Row>.stride
    guard let base = allocate(size, 64) else {
      preconditionFailure("the system has no memory for \(count) rows")
    }
    return Output(base: base.assumingMemoryBound(to: Row.self), count: count)
  }

  /// The rows that the plugin fills.
  struct Output<Row> {
    let base: UnsafeMutablePointer<Row>
    let count: Int

    var rows: PolyaRowsMut {
      PolyaRowsMut(
        base: UnsafeMutableRawPointer(base), count: UInt64(count), stride: UInt32(MemoryLayout<Row>.stride),
        zero: 0)
    }

    subscript(index: Int) -> Row { base[index] }
  }

  private func copy(_ source: UnsafeRawBufferPointer) -> UnsafeRawPointer? {
    guard let base = source.baseAddress, source.count > 0 else { return nil }
    guard let memory = allocate(source.count, 8) else {
      preconditionFailure("the system has no memory for \(source.count) bytes")
    }
    memory.copyMemory(from: base, byteCount: source.count)
    return UnsafeRawPointer(memory)
  }
}
