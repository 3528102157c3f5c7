internal import Glibc
internal import PolyaCore

/// Reads memory that a plugin points to without trusting the pointer.
///
/// Safety: The kernel copies the bytes, so a wild address is an error and not a crash.
final class AddressSpace: Sendable {
  private let descriptor: Int32

  init() { descriptor = open("/proc/self/mem", O_RDONLY | O_CLOEXEC) }

  deinit { close(descriptor) }

  /// Returns `count` bytes at `address`, or nil if not all of them are readable.
  func bytes(at address: UInt, count: Int) -> [UInt8]? {
    guard count > 0 else { return [] }
    guard address <= UInt(Int.max), count <= 1 << 30 else { return nil }
    var whole = true
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      filled = 0
      while filled < count {
        let step = pread(
          descriptor, buffer.baseAddress?.advanced(by: filled), count - filled, Int(address) + filled)
        guard step > 0 else { break }
        filled += step
      }
      whole = filled == count
    }
    return whole ? bytes : nil
  }

  func value<T>(_ type: T.Type, at address: UInt) -> T? {
    bytes(at: address, count: MemoryLayout<T>.size).map { bytes in
      bytes.withUnsafeBytes { $0.loadUnaligned(as: T.self) }
    }
  }

  /// Returns the mappings of files, each with the zeroed memory that follows it: the constants and variables
  /// of modules.
  static func moduleRanges() throws -> [Range<UInt>] {
    var ranges: [Range<UInt>] = []
    for line in String(decoding: try FileBytes.read("/proc/self/maps"), as: UTF8.self).split(separator: "\n")
    {
      let fields = line.split(separator: " ", maxSplits: 5, omittingEmptySubsequences: true)
      let bounds = fields[0].split(separator: "-").compactMap { UInt($0, radix: 16) }
      guard bounds.count == 2 else { continue }
      let isFile = fields.count == 6 && fields[5].drop { $0 == " " }.hasPrefix("/")
      let isBehind = fields.count < 6 && ranges.last?.upperBound == bounds[0]
      if isFile || isBehind { ranges.append(bounds[0]..<bounds[1]) }
    }
    return ranges
  }
}

/// The inputs of one call, each text in its own place.
///
/// Safety: It owns what it maps and frees it after the results are read; plugins may not keep it (rule M1).
final class InputMemory {
  /// The kind of access that traps.
  enum Protection {
    case none
    /// Writing to an input traps.
    case readOnly
    /// Reading beyond the end of an input traps.
    case guarded
  }

  private let protection: Protection
  private var regions: [(base: UnsafeMutableRawPointer, mapped: Int)] = []
  private(set) var ranges: [Range<UInt>] = []

  init(_ protection: Protection) { self.protection = protection }

  deinit { for region in regions { munmap(region.base, region.mapped) } }

  private static let page = 4096
  private var free = 0
  private var chunk: UnsafeMutableRawPointer?
  private var chunkSize = 0

  /// Returns a copy that ends at a guard page, or one that is among others and followed by zeros.
  func store(_ bytes: UnsafeRawBufferPointer, alignment: Int = 8) -> UnsafeMutableRawPointer? {
    guard let base = bytes.baseAddress, bytes.count > 0 else { return nil }
    let place = protection == .guarded ? ownPages(bytes.count, alignment) : shared(bytes.count)
    guard let place else { return nil }
    place.copyMemory(from: base, byteCount: bytes.count)
    let start = UInt(bitPattern: place)
    ranges.append(start..<start + UInt(bytes.count))
    return place
  }

  private func map(_ size: Int) -> UnsafeMutableRawPointer? {
    let memory = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    guard let memory, memory != MAP_FAILED else { return nil }
    regions.append((memory, size))
    return memory
  }

  private func ownPages(_ count: Int, _ alignment: Int) -> UnsafeMutableRawPointer? {
    let pages = (count + Self.page - 1) / Self.page
    guard let memory = map((pages + 1) * Self.page) else { return nil }
    mprotect(memory + pages * Self.page, Self.page, PROT_NONE)
    return memory + (pages * Self.page - count) / alignment * alignment
  }

  private func shared(_ count: Int) -> UnsafeMutableRawPointer? {
    let needed = (count + 64 + 15) & ~15
    if free + needed > chunkSize {
      chunkSize = max(1 << 20, (needed + Self.page - 1) & ~(Self.page - 1))
      chunk = map(chunkSize)
      free = 0
    }
    defer { free += needed }
    return chunk.map { $0 + free }
  }

  /// Applies the protection. Call this after everything is stored.
  func protect() {
    guard protection == .readOnly else { return }
    for region in regions { mprotect(region.base, region.mapped, PROT_READ) }
  }
}
