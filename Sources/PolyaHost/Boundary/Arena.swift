internal import CPolyaProcess
internal import Glibc

/// The memory of one call, released as a whole. Callers must hold the frame's lock.
protocol Arena: AnyObject {
  /// Returns zeroed memory. Pass true for `limited` if it is for the plugin, which is refused above its
  /// limit. The host's own rows are bounded by its batches.
  func allocate(_ size: Int, _ alignment: Int, limited: Bool) -> UnsafeMutableRawPointer?
  /// Releases everything that was allocated.
  func reset()
}

/// Private memory for plugins in the host's process.
final class HeapArena: Arena {
  private var chunks: [UnsafeMutableRawBufferPointer] = []
  private var used = 0
  private var total = 0
  private var firstChunk = 64 << 10
  private let limit: Int

  init(limit: Int) { self.limit = limit }

  deinit { release() }

  func reset() {
    guard !chunks.isEmpty else { return }
    // One large chunk is kept for the next call. Its used part is zeroed, as the contract promises.
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

  func allocate(_ size: Int, _ alignment: Int, limited: Bool) -> UnsafeMutableRawPointer? {
    guard size >= 0, !limited || size <= limit, alignment > 0, alignment & (alignment - 1) == 0,
      alignment <= 64
    else { return nil }
    var start = aligned(used, alignment)
    if chunks.isEmpty || start + size > (chunks.last?.count ?? 0) {
      let count = max(size + 64, min(max(total, firstChunk), 64 << 20))
      // calloc provides fresh pages that are zero without touching them.
      guard !limited || total + count <= limit, let base = calloc(count, 1) else { return nil }
      chunks.append(UnsafeMutableRawBufferPointer(start: base, count: count))
      total += count
      used = 0
      start = aligned(0, alignment)
    }
    used = start + size
    return chunks.last?.baseAddress?.advanced(by: start)
  }

  /// Returns the first offset from `offset` whose address is aligned.
  private func aligned(_ offset: Int, _ alignment: Int) -> Int {
    let base = Int(bitPattern: chunks.last?.baseAddress)
    return ((base + offset + alignment - 1) & ~(alignment - 1)) - base
  }
}

/// The shared memory of a worker. Host and worker take turns: the messages of each call carry `used` and
/// `dirty`.
final class SharedArena: Arena {
  let shared: SharedMemory
  /// The number of bytes from the start of the shared memory that are allocated.
  var used: Int
  /// The number of bytes from the start of the shared memory that may not be zero.
  var dirty: Int
  private let limit: Int

  /// The size, in bytes, above which the pages of a call are returned to the system.
  private static let kept = 64 << 20

  init(_ shared: SharedMemory, limit: Int) {
    self.shared = shared
    self.limit = min(limit, shared.bytes.count)
    used = SharedMemory.headerSize
    dirty = SharedMemory.headerSize
  }

  func reset() {
    dirty = max(dirty, used)
    used = SharedMemory.headerSize
    guard dirty > Self.kept, let base = shared.bytes.baseAddress else { return }
    guard polya_release_pages(base + Self.kept, UInt64(shared.bytes.count - Self.kept)) == 0 else { return }
    dirty = Self.kept
  }

  func allocate(_ size: Int, _ alignment: Int, limited: Bool) -> UnsafeMutableRawPointer? {
    guard size >= 0, alignment > 0, alignment & (alignment - 1) == 0, alignment <= 64 else { return nil }
    let start = (used + alignment - 1) & ~(alignment - 1)
    let (end, overflow) = start.addingReportingOverflow(size)
    guard !overflow, end <= (limited ? limit : shared.bytes.count), let base = shared.bytes.baseAddress else {
      return nil
    }
    if start < dirty { memset(base + start, 0, min(end, dirty) - start) }
    used = end
    return base + start
  }
}
