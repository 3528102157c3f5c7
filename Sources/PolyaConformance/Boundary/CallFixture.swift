internal import CPolya
internal import Glibc
internal import Synchronization

/// How a call is made.
struct CallSettings: Sendable {
  /// When the host asks to stop: `status` is returned from a given poll on.
  struct Stop: Sendable {
    var afterPolls: Int
    var status: Int32
  }

  var seed: UInt64 = 1
  var callID: UInt64 = 1
  var threads: UInt32 = 1
  var memoryLimit = 2 << 30
  var stop: Stop?
  var deadline: Int64 = .max
  /// The number of bytes by which the host's rows are longer than those of 1.0.
  var widerInput = 0
  var widerOutput = 0
  var protection = InputMemory.Protection.none
  /// The seconds for which the call is repeated before the one whose results are read, so that other threads
  /// overlap with it.
  var busy = 0.0
  /// Whether to read only the statuses and check nothing else, for inputs that are too large.
  var skimmed = false
}

/// A `PolyaCall` with an optional arena limit and stop request, which records everything.
///
/// Safety: The raw call points back to the fixture, which outlives the call. The mutable state is behind a
/// lock.
final class CallFixture {
  private struct State: @unchecked Sendable {
    var blocks: [UnsafeMutableRawPointer] = []
    var ranges: [Range<UInt>] = []
    var used = 0
    var polls = 0
    var reasons: [String] = []
    var logged: [String] = []
    var finished: [UInt64: [UInt8]] = [:]
    var beyond: [UInt64] = []
  }

  let raw: UnsafePointer<PolyaCall>
  private let settings: CallSettings
  private let memory: InputMemory
  private let state = Mutex(State())
  private var output: (base: UnsafeMutableRawPointer, stride: Int, count: Int)?

  init(_ settings: CallSettings, host: HostFixture) throws {
    self.settings = settings
    let memory = InputMemory(host.settings.isExact ? .guarded : .none)
    self.memory = memory
    var call = PolyaCall()
    let tail = host.settings.isNewer ? HostFixture.tail : 0
    call.struct_size = UInt32(MemoryLayout<PolyaCall>.size + tail)
    call.max_threads = settings.threads
    call.call_id = settings.callID
    call.seed = settings.seed
    call.deadline_ns = settings.deadline
    call.host = host.raw
    call.alloc = { CallFixture.of($0)?.allocate($1, $2) }
    call.stop = { CallFixture.of($0)?.poll() ?? 0 }
    call.fail = { call, status, why in
      CallFixture.of(call)?.record(why)
      return status
    }
    call.log = { call, level, message in
      if level >= Int32(POLYA_LOG_INFO) { CallFixture.of(call)?.log(message) }
    }
    call.finished = { CallFixture.of($0)?.finish($1) }
    let bytes = withUnsafeBytes(of: call) { Array($0) } + [UInt8](repeating: 0xA5, count: tail)
    guard let place = bytes.withUnsafeBytes({ memory.store($0) }) else {
      throw Violation("the system has no memory for a call")
    }
    let mutable = place.assumingMemoryBound(to: PolyaCall.self)
    raw = UnsafePointer(mutable)
    mutable.pointee.impl = Unmanaged.passUnretained(self).toOpaque()
  }

  deinit { state.withLock { $0.blocks.forEach { free($0) } } }

  func watch(_ base: UnsafeMutableRawPointer, stride: Int, count: Int) { output = (base, stride, count) }

  private static func of(_ call: UnsafePointer<PolyaCall>?) -> CallFixture? {
    call.map { Unmanaged<CallFixture>.fromOpaque($0.pointee.impl).takeUnretainedValue() }
  }

  private func allocate(_ size: UInt64, _ alignment: UInt64) -> UnsafeMutableRawPointer? {
    guard alignment > 0, alignment <= 64, alignment & (alignment - 1) == 0, size <= UInt64(Int.max) else {
      return nil
    }
    let size = Int(size)
    let limit = settings.memoryLimit
    return state.withLock { state in
      guard state.used <= limit, size <= limit - state.used else { return nil }
      var memory: UnsafeMutableRawPointer?
      guard posix_memalign(&memory, 64, size + 64) == 0, let memory else { return nil }
      memset(memory, 0, size + 64)
      state.blocks.append(memory)
      state.used += size
      let start = UInt(bitPattern: memory)
      state.ranges.append(start..<start + UInt(size))
      return Optional(memory)
    }
  }

  private func poll() -> PolyaStatus {
    let polls = state.withLock { state in
      state.polls += 1
      return state.polls
    }
    guard let stop = settings.stop, polls > stop.afterPolls else { return 0 }
    return stop.status
  }

  private func record(_ why: PolyaText) { state.withLock { $0.reasons.append(Subject.lossy(why)) } }

  private func log(_ message: PolyaText) { state.withLock { $0.logged.append(Subject.lossy(message)) } }

  private func finish(_ row: UInt64) {
    guard let output else { return }
    guard row < UInt64(output.count) else { return state.withLock { $0.beyond.append(row) } }
    let start = output.base + Int(row) * output.stride
    let bytes = Array(UnsafeRawBufferPointer(start: start, count: output.stride))
    state.withLock { $0.finished[row] = bytes }
  }

  var polls: Int { state.withLock { $0.polls } }
  var used: Int { state.withLock { $0.used } }
  var reasons: [String] { state.withLock { $0.reasons } }
  /// What the plugin logged at the level info or above.
  var logged: [String] { state.withLock { $0.logged } }
  var ranges: [Range<UInt>] { state.withLock { $0.ranges } }
  var beyond: [UInt64] { state.withLock { $0.beyond } }

  /// The rows that were reported finished, in order.
  var finished: [Int] { state.withLock { $0.finished.keys.map { Int($0) }.sorted() } }

  /// Returns the rows that changed after they were reported finished.
  func rewritten() -> [Int] {
    guard let output else { return [] }
    let snapshots = state.withLock { $0.finished }
    return snapshots.filter { row, bytes in
      let start = output.base + Int(row) * output.stride
      return !UnsafeRawBufferPointer(start: start, count: output.stride).elementsEqual(bytes)
    }.map { Int($0.key) }.sorted()
  }
}
