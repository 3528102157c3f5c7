internal import Glibc

/// The heap of the C library, if that is glibc; otherwise nothing is known about it.
///
/// Safety: The functions are looked up by name and called with the signatures that glibc documents.
enum Heap {
  private typealias Option = @convention(c) (Int32, Int32) -> Int32
  private typealias Info = @convention(c) (Int32, UnsafeMutablePointer<FILE>?) -> Int32
  private typealias Trim = @convention(c) (Int) -> Int32
  private static let perturb: Int32 = -6

  /// Makes the heap fill memory with a byte when it is freed, and with the byte's complement when it is
  /// allocated. 0 turns this off.
  ///
  /// - Returns: Whether the heap supports this.
  static func fill(_ byte: UInt8) -> Bool {
    guard let symbol = dlsym(nil, "mallopt") else { return false }
    return unsafeBitCast(symbol, to: Option.self)(perturb, Int32(byte)) == 1
  }

  /// Returns the pages of freed memory to the system, so that the size of the process reflects the memory in
  /// use.
  static func trim() {
    guard let symbol = dlsym(nil, "malloc_trim") else { return }
    _ = unsafeBitCast(symbol, to: Trim.self)(0)
  }

  /// Returns the number of bytes allocated and not freed, or nil if it is unknown.
  static func bytesInUse() -> Int? {
    guard let symbol = dlsym(nil, "malloc_info") else { return nil }
    var buffer: UnsafeMutablePointer<CChar>?
    var size = 0
    guard let stream = open_memstream(&buffer, &size) else { return nil }
    let status = unsafeBitCast(symbol, to: Info.self)(0, stream)
    fclose(stream)
    defer { free(buffer) }
    guard status == 0, let buffer else { return nil }
    return inUse(String(cString: buffer))
  }

  /// Reads the totals, which follow those of each arena.
  private static func inUse(_ xml: String) -> Int? {
    let totals = xml.split(separator: "</heap>").last ?? ""
    func size(_ tag: String) -> Int? {
      guard let start = totals.firstRange(of: "<\(tag)")?.upperBound,
        let value = totals[start...].firstRange(of: "size=\"")?.upperBound
      else { return nil }
      return Int(totals[value...].prefix { $0.isNumber })
    }
    guard let system = size("system type=\"current\""), let fast = size("total type=\"fast\""),
      let rest = size("total type=\"rest\""), let mapped = size("total type=\"mmap\"")
    else { return nil }
    return system - fast - rest + mapped
  }
}
