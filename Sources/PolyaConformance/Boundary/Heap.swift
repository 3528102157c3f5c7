internal import Glibc

/// The C library's heap, where it is glibc's; elsewhere nothing is known of it.
///
/// Safety: the functions are looked up by name and called with the signatures that glibc documents.
enum Heap {
  private typealias Option = @convention(c) (Int32, Int32) -> Int32
  private typealias Info = @convention(c) (Int32, UnsafeMutablePointer<FILE>?) -> Int32
  private typealias Trim = @convention(c) (Int) -> Int32
  private static let perturb: Int32 = -6

  /// Fills memory with a byte when it is given out (its complement) and when it is freed; 0: no longer.
  ///
  /// - Returns: whether the heap does this.
  static func fill(_ byte: UInt8) -> Bool {
    guard let symbol = dlsym(nil, "mallopt") else { return false }
    return unsafeBitCast(symbol, to: Option.self)(perturb, Int32(byte)) == 1
  }

  /// Gives the pages of freed memory back to the system, so that the process is as large as what it uses.
  static func trim() {
    guard let symbol = dlsym(nil, "malloc_trim") else { return }
    _ = unsafeBitCast(symbol, to: Trim.self)(0)
  }

  /// Bytes that were asked for and not freed.
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

  /// Reads the totals that stand behind those of each arena.
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
