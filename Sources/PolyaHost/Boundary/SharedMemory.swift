internal import CPolya
internal import CPolyaProcess
internal import Glibc
internal import PolyaCore
internal import Synchronization

/// Memory that host and worker share at one address, so that arguments and results are plain pointers for both.
///
/// The first page is a header of words that either side may read at any time; the rest is the arena of the calls.
final class SharedMemory {
  /// The whole mapping.
  let bytes: UnsafeMutableRawBufferPointer
  /// To be handed to the worker.
  let descriptor: Int32

  static let headerSize = 4096
  /// Bytes between the addresses of two instances, and of one without a limit. Costs address space, not memory.
  static let largestSize: UInt64 = 8 << 30

  private static let next = Atomic<UInt64>(0)

  /// Maps new memory at a free address.
  ///
  /// - Parameter size: in bytes, at most ``largestSize``; what either side may touch.
  init(size: UInt64 = largestSize) throws {
    descriptor = polya_memory_file(size)
    guard descriptor >= 0 else { throw Self.failure("cannot be made") }
    for _ in 0..<polya_shared_memory_count() {
      let number = Self.next.wrappingAdd(1, ordering: .relaxed).oldValue % polya_shared_memory_count()
      let address = polya_shared_memory_start() + number * Self.largestSize
      guard polya_map_at(descriptor, address, size) == 0 else { continue }
      bytes = UnsafeMutableRawBufferPointer(
        start: UnsafeMutableRawPointer(bitPattern: UInt(address)), count: Int(size))
      return
    }
    let error = Self.failure("finds no free address")
    close(descriptor)
    throw error
  }

  /// The worker's view of the same memory.
  init(descriptor: Int32, address: UInt64, size: UInt64) throws {
    self.descriptor = descriptor
    guard polya_map_at(descriptor, address, size) == 0 else { throw Self.failure("cannot be mapped") }
    bytes = UnsafeMutableRawBufferPointer(
      start: UnsafeMutableRawPointer(bitPattern: UInt(address)), count: Int(size))
  }

  deinit {
    munmap(bytes.baseAddress, bytes.count)
    close(descriptor)
  }

  private static func failure(_ what: String) -> PolyaError {
    PolyaError(
      .run, "the shared memory of a plugin's process \(what): \(String(cString: strerror(errno)))",
      hint:
        "raise the limits on address space and file size (ulimit -v, ulimit -f): it reserves up to 8 GiB, and uses "
        + "what it needs")
  }

  /// Where the mapping starts.
  var address: UInt64 { UInt64(UInt(bitPattern: bytes.baseAddress)) }

  /// Whether so many bytes from a pointer lie inside the part that calls use.
  func holds(_ base: UnsafeRawPointer, _ count: Int) -> Bool {
    let start = UInt(bitPattern: base)
    let first = UInt(address) + UInt(Self.headerSize)
    let end = UInt(address) + UInt(bytes.count)
    return start >= first && start <= end && count >= 0 && UInt(count) <= end - start
  }

  /// A word of the header.
  private func word(_ index: Int) -> UnsafeMutableRawPointer {
    guard let base = bytes.baseAddress else { preconditionFailure("shared memory without an address") }
    return base + 64 * index
  }

  /// What `call->stop` answers in the worker.
  var stop: PolyaStatus {
    get { PolyaStatus(bitPattern: polya_load_acquire(word(0))) }
    set { polya_store_release(word(0), UInt32(bitPattern: newValue)) }
  }

  /// Rows finished since the shared memory was made: a sign of life.
  var heartbeat: UInt32 { polya_load_acquire(word(1)) }
  func beat() { _ = polya_add_release(word(1), 1) }
}
