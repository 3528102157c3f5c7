internal import Glibc

/// Whole files in and out. Every failure names the file and the system's reason.
package enum FileBytes {
  /// Reads a file.
  package static func read(_ path: String) throws -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw SystemFailure.error("cannot be read", path) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT != S_IFDIR else {
      throw PolyaError(.file, "cannot be read: it is a folder", at: path)
    }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(Int(status.st_size))
    var buffer = [UInt8](repeating: 0, count: 1 << 20)
    while true {
      let count = Glibc.read(descriptor, &buffer, buffer.count)
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw SystemFailure.error("cannot be read", path) }
      guard count > 0 else { return bytes }
      bytes += buffer[..<count]
    }
  }

  /// At most `count` bytes of a file from `offset` on; fewer at its end.
  package static func read(_ path: String, from offset: Int, count: Int) throws -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw SystemFailure.error("cannot be read", path) }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: count)
    var filled = 0
    while filled < count {
      let got = bytes.withUnsafeMutableBytes {
        pread(descriptor, $0.baseAddress.map { $0 + filled }, count - filled, off_t(offset + filled))
      }
      if got < 0, errno == EINTR { continue }
      guard got >= 0 else { throw SystemFailure.error("cannot be read", path) }
      guard got > 0 else { break }
      filled += got
    }
    bytes.removeLast(count - filled)
    return bytes
  }

  /// Hands over the lines of a file from `offset` on, without their ends, a bounded part of it at a time; gives the
  /// offset behind the last complete line.
  @discardableResult
  package static func eachLine(
    of path: String, from offset: Int = 0, upTo end: Int = .max, _ body: (ArraySlice<UInt8>) throws -> Void
  ) throws -> Int {
    var (offset, part) = (offset, 1 << 18)
    while offset < end {
      let bytes = try read(path, from: offset, count: min(part, end - offset))
      guard let last = bytes.lastIndex(of: UInt8(ascii: "\n")) else {
        guard bytes.count == part else { break }
        part *= 2
        continue
      }
      try bytes[..<last].split(separator: UInt8(ascii: "\n")).forEach(body)
      offset += last + 1
    }
    return offset
  }

  /// Bytes of a file; nil when it is not there.
  package static func size(of path: String) -> Int? {
    var status = stat()
    return stat(path, &status) == 0 ? Int(status.st_size) : nil
  }

  /// SHA-256 and size of a file's bytes, read a bounded part at a time.
  ///
  /// - Parameter end: bytes behind it do not count.
  package static func digest(of path: String, upTo end: Int = .max) throws -> (sha256: String, bytes: Int) {
    let descriptor = try openRegular(path)
    defer { close(descriptor) }
    var hash = SHA256()
    var buffer = [UInt8](repeating: 0, count: 1 << 20)
    var total = 0
    while total < end {
      let count = Glibc.read(descriptor, &buffer, min(buffer.count, end - total))
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw SystemFailure.error("cannot be read", path) }
      guard count > 0 else { break }
      hash.update(count == buffer.count ? buffer : Array(buffer[..<count]))
      total += count
    }
    return (hash.finish(), total)
  }

  /// A pipe or device would be waited for without end.
  private static func openRegular(_ path: String) throws -> Int32 {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw SystemFailure.error("cannot be read", path) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      throw PolyaError(.file, "cannot be read: it is no regular file", at: path)
    }
    return descriptor
  }

  /// Cuts a file off, or begins it.
  package static func truncate(_ path: String, to count: Int) throws {
    let descriptor = open(path, O_WRONLY | O_CLOEXEC | O_CREAT, 0o644)
    guard descriptor >= 0 else { throw SystemFailure.error("cannot be written", path) }
    defer { close(descriptor) }
    guard ftruncate(descriptor, off_t(count)) == 0 else {
      throw SystemFailure.error("cannot be written", path)
    }
  }

  /// Writes a new file and waits until it is on disk.
  ///
  /// - Parameter isLasting: false: does not wait, for files that no later process needs.
  package static func create(_ path: String, with bytes: [UInt8], isLasting: Bool = true) throws {
    try write(path, bytes, flags: O_CREAT | O_TRUNC, syncs: isLasting)
  }

  /// Adds to the end of a file and waits until it is on disk.
  package static func append(_ path: String, _ bytes: [UInt8]) throws {
    try write(path, bytes, flags: O_CREAT | O_APPEND)
  }

  private static func write(_ path: String, _ bytes: [UInt8], flags: Int32, syncs: Bool = true) throws {
    let descriptor = open(path, O_WRONLY | O_CLOEXEC | flags, 0o644)
    guard descriptor >= 0 else { throw SystemFailure.error("cannot be written", path) }
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else {
        let error = SystemFailure.error("cannot be written", path)
        close(descriptor)
        throw error
      }
      rest = rest.dropFirst(count)
    }
    guard !syncs || fsync(descriptor) == 0 else {
      let error = SystemFailure.error("cannot be written", path)
      close(descriptor)
      throw error
    }
    guard close(descriptor) == 0 else { throw SystemFailure.error("cannot be written", path) }
  }
}
