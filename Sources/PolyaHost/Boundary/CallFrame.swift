internal import CPolya
internal import Glibc
internal import PolyaCore

/// The host's side of a `PolyaCall`: arena, stop flag, recorded failures. One frame serves one instance, call
/// after call, so that a call allocates nothing by itself.
///
/// Safety: the raw call points back to the frame, which the instance keeps alive; plugins may use it from any
/// thread of theirs, therefore the mutable parts are guarded by a lock.
final class CallFrame {
  let raw: UnsafeMutablePointer<PolyaCall>
  private let plugin: String
  private let stop: StopFlag
  private let log: LogSink
  private var chunks: [UnsafeMutableRawBufferPointer] = []
  private var used = 0
  private var total = 0
  private var firstChunk = 64 << 10
  private let memoryLimit: Int
  private(set) var failures: [(status: PolyaStatus, why: String)] = []
  private let lock = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)

  init(
    plugin: String, host: UnsafePointer<PolyaHost>, threads: Int, stop: StopFlag, log: LogSink,
    memoryLimit: Int = 2 << 30
  ) {
    self.plugin = plugin
    self.stop = stop
    self.log = log
    self.memoryLimit = memoryLimit
    pthread_mutex_init(lock, nil)
    raw = .allocate(capacity: 1)
    var call = PolyaCall()
    call.struct_size = UInt32(MemoryLayout<PolyaCall>.size)
    call.max_threads = UInt32(threads)
    call.deadline_ns = .max
    call.host = host
    call.alloc = { CallFrame.of($0)?.allocate(Int(clamping: $1), Int(clamping: $2), limit: true) }
    call.stop = { PolyaStatus(CallFrame.of($0)?.stop.isSet == true ? POLYA_CANCELLED : POLYA_OK) }
    call.progress = { _, _, _, _ in }
    call.fail = { call, status, why in
      CallFrame.of(call)?.record(status, why)
      return status
    }
    call.log = { call, level, message in
      guard let frame = CallFrame.of(call) else { return }
      frame.log.write(level, frame.plugin, message)
    }
    call.finished = { _, _ in }
    raw.initialize(to: call)
    raw.pointee.impl = Unmanaged.passUnretained(self).toOpaque()
  }

  deinit {
    release()
    pthread_mutex_destroy(lock)
    lock.deallocate()
    raw.deallocate()
  }

  private static func of(_ call: UnsafePointer<PolyaCall>?) -> CallFrame? {
    call.map { Unmanaged<CallFrame>.fromOpaque($0.pointee.impl).takeUnretainedValue() }
  }

  /// Starts a call: what the last one left is gone.
  func begin(seed: UInt64) {
    raw.pointee.call_id += 1
    raw.pointee.seed = seed
    if !failures.isEmpty { failures.removeAll() }
    guard !chunks.isEmpty else { return }
    // One large chunk serves the next call; what was used of it must be zero again, as the contract promises.
    if chunks.count == 1, let base = chunks[0].baseAddress {
      memset(base, 0, used)
    } else {
      firstChunk = min(total, 256 << 20)
      release()
    }
    used = 0
  }

  private func release() {
    for chunk in chunks { free(chunk.baseAddress) }
    chunks.removeAll()
    total = 0
  }

  /// Plugins may ask for any size and are refused above the limit; the host's own rows are bounded by its batches.
  func allocate(_ size: Int, _ alignment: Int, limit: Bool = false) -> UnsafeMutableRawPointer? {
    guard size >= 0, !limit || size <= memoryLimit, alignment > 0, alignment & (alignment - 1) == 0,
      alignment <= 64
    else { return nil }
    pthread_mutex_lock(lock)
    defer { pthread_mutex_unlock(lock) }
    var start = aligned(used, alignment)
    if chunks.isEmpty || start + size > (chunks.last?.count ?? 0) {
      let count = max(size + 64, min(max(total, firstChunk), 64 << 20))
      // Fresh pages come zeroed from calloc without being touched.
      guard !limit || total + count <= memoryLimit, let base = calloc(count, 1) else { return nil }
      chunks.append(UnsafeMutableRawBufferPointer(start: base, count: count))
      total += count
      used = 0
      start = aligned(0, alignment)
    }
    used = start + size
    return chunks.last?.baseAddress?.advanced(by: start)
  }

  /// The first offset from `offset` whose address is aligned.
  private func aligned(_ offset: Int, _ alignment: Int) -> Int {
    let base = Int(bitPattern: chunks.last?.baseAddress)
    return ((base + offset + alignment - 1) & ~(alignment - 1)) - base
  }

  private func record(_ status: PolyaStatus, _ why: PolyaText) {
    let text = why.bytes.map { String(decoding: $0, as: UTF8.self) } ?? "(the reason is unreadable)"
    pthread_mutex_lock(lock)
    failures.append((status, text))
    pthread_mutex_unlock(lock)
  }

  /// Puts a text into the arena. The arena is the host's own here, so it cannot refuse.
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

  func output<Row>(_ count: Int, of type: Row.Type) -> Output<Row> {
    let size = max(count, 1) * MemoryLayout<Row>.stride
    guard let base = allocate(size, 64) else {
      preconditionFailure("the system has no memory for \(count) rows")
    }
    return Output(base: base.assumingMemoryBound(to: Row.self), count: count)
  }

  /// Rows that the plugin fills.
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
