#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// Whole files through POSIX calls.
enum File {
  private static func failure(_ verb: String, _ path: String) -> TransformerError {
    TransformerError(.io, "cannot \(verb) \(path): \(String(cString: strerror(errno)))")
  }

  static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

  /// The whole file in fresh memory, which the caller deallocates; its base is never nil.
  static func load(_ path: String) throws -> UnsafeMutableRawBufferPointer {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw failure("open", path) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw failure("read", path) }
    guard status.st_mode & S_IFMT == S_IFREG else { throw TransformerError(.io, "\(path) is not a file") }
    let size = Int(status.st_size)
    let memory = UnsafeMutableRawPointer.allocate(byteCount: max(1, size), alignment: 64)
    do { try fill(memory, size, descriptor, path) } catch {
      memory.deallocate()
      throw error
    }
    return UnsafeMutableRawBufferPointer(start: memory, count: size)
  }

  private static func fill(
    _ memory: UnsafeMutableRawPointer, _ size: Int, _ descriptor: Int32, _ path: String
  ) throws {
    var done = 0
    while done < size {
      #if canImport(Glibc)
        let count = Glibc.read(descriptor, memory + done, size - done)
      #elseif canImport(Musl)
        let count = Musl.read(descriptor, memory + done, size - done)
      #else
        let count = Darwin.read(descriptor, memory + done, size - done)
      #endif
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw failure("read", path) }
      guard count > 0 else { throw TransformerError(.corrupt, "\(path) became shorter while it was read") }
      done += count
    }
  }

  static func bytes(_ path: String) throws -> [UInt8] {
    let memory = try load(path)
    defer { memory.deallocate() }
    return Array(memory)
  }

  /// Writes the pieces one after the other into a new file.
  static func write(_ path: String, _ pieces: [UnsafeRawBufferPointer]) throws {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw failure("write", path) }
    do {
      for piece in pieces { try writeAll(descriptor, piece, path) }
    } catch {
      close(descriptor)
      throw error
    }
    guard close(descriptor) == 0 else { throw failure("write", path) }
  }

  static func write(_ path: String, _ bytes: [UInt8]) throws {
    try bytes.withUnsafeBytes { try write(path, [$0]) }
  }

  private static func writeAll(_ descriptor: Int32, _ piece: UnsafeRawBufferPointer, _ path: String) throws {
    var done = 0
    while done < piece.count, let base = piece.baseAddress {
      #if canImport(Glibc)
        let count = Glibc.write(descriptor, base + done, piece.count - done)
      #elseif canImport(Musl)
        let count = Musl.write(descriptor, base + done, piece.count - done)
      #else
        let count = Darwin.write(descriptor, base + done, piece.count - done)
      #endif
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw failure("write", path) }
      done += count
    }
  }
}
