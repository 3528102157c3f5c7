internal import Glibc

/// Reads and writes whole files. Every error names the file and the system's reason.
package enum FileBytes {
  /// Returns all bytes of a file.
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

  /// Returns up to `count` bytes of a file from `offset`, fewer at the end of the file.
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

  /// Calls `body` with each non-empty line of a file from `offset`, without its newline, while reading the
  /// file in bounded chunks. Returns the offset after the last complete line.
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

  /// The size of a file in bytes, or nil if it does not exist.
  package static func size(of path: String) -> Int? {
    var status = stat()
    return stat(path, &status) == 0 ? Int(status.st_size) : nil
  }

  /// Returns the SHA-256 and size of a file's bytes, read in bounded chunks.
  ///
  /// - Parameter end: The offset to stop at; later bytes are ignored.
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

  /// Opens a regular file and refuses anything else, since reading from a pipe or device might never end.
  private static func openRegular(_ path: String) throws -> Int32 {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw SystemFailure.error("cannot be read", path) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      throw PolyaError(.file, "cannot be read: it is not a regular file", at: path)
    }
    return descriptor
  }

  /// Truncates a file to `count` bytes, creating it if necessary.
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
  /// - Parameter isLasting: Pass false to skip the wait, for files that no later process needs.
  package static func create(_ path: String, with bytes: [UInt8], isLasting: Bool = true) throws {
    try write(path, bytes, flags: O_CREAT | O_TRUNC, syncs: isLasting)
  }

  /// Appends to a file and waits until the bytes are on disk.
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
