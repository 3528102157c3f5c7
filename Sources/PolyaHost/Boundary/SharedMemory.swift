internal import CPolya
internal import CPolyaProcess
internal import Glibc
internal import PolyaCore
internal import Synchronization

/// Memory that host and worker map at the same address, so that arguments and results are plain pointers for
/// both.
///
/// The first page is a header of words that either side may read at any time. The rest is the arena of the
/// calls.
final class SharedMemory {
  /// The whole mapping.
  let bytes: UnsafeMutableRawBufferPointer
  /// The descriptor to pass to the worker.
  let descriptor: Int32

  static let headerSize = 4096
  /// The distance between the addresses of two instances, in bytes, and the size without a limit. It costs
  /// address space, not memory.
  static let largestSize: UInt64 = 8 << 30

  private static let next = Atomic<UInt64>(0)

  /// Maps new memory at a free address.
  ///
  /// - Parameter size: The number of usable bytes, at most ``largestSize``.
  init(size: UInt64 = largestSize) throws {
    descriptor = polya_memory_file(size)
    guard descriptor >= 0 else { throw Self.failure("cannot be created") }
    for _ in 0..<polya_shared_memory_count() {
      let number = Self.next.wrappingAdd(1, ordering: .relaxed).oldValue % polya_shared_memory_count()
      let address = polya_shared_memory_start() + number * Self.largestSize
      guard polya_map_at(descriptor, address, size) == 0 else { continue }
      bytes = UnsafeMutableRawBufferPointer(
        start: UnsafeMutableRawPointer(bitPattern: UInt(address)), count: Int(size))
      return
    }
    let error = Self.failure("has no free address")
    close(descriptor)
    throw error
  }

  /// Maps the same memory in the worker.
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
        "raise the limits on address space and file size (ulimit -v, ulimit -f); up to 8 GiB are reserved, but only the "
        + "needed part is used")
  }

  /// The address of the mapping.
  var address: UInt64 { UInt64(UInt(bitPattern: bytes.baseAddress)) }

  /// Whether `count` bytes from a pointer are inside the part that calls use.
  func holds(_ base: UnsafeRawPointer, _ count: Int) -> Bool {
    let start = UInt(bitPattern: base)
    let first = UInt(address) + UInt(Self.headerSize)
    let end = UInt(address) + UInt(bytes.count)
    return start >= first && start <= end && count >= 0 && UInt(count) <= end - start
  }

  /// Returns the address of a word of the header.
  private func word(_ index: Int) -> UnsafeMutableRawPointer {
    guard let base = bytes.baseAddress else { preconditionFailure("shared memory without an address") }
    return base + 64 * index
  }

  /// The value that `call->stop` returns in the worker.
  var stop: PolyaStatus {
    get { PolyaStatus(bitPattern: polya_load_acquire(word(0))) }
    set { polya_store_release(word(0), UInt32(bitPattern: newValue)) }
  }

  /// The number of rows finished since the memory was created, as a sign of life.
  var heartbeat: UInt32 { polya_load_acquire(word(1)) }
  func beat() { _ = polya_add_release(word(1), 1) }
}
