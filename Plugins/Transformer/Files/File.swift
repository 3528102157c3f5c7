#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// Whole files through POSIX calls.
package enum File {
  static func failure(_ verb: String, _ path: String) -> TransformerError {
    TransformerError(.io, "cannot \(verb) \(path): \(String(cString: strerror(errno)))")
  }

  /// Whether something is at this path, of whatever kind.
  package static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

  /// Whether a folder is at this path.
  package static func isFolder(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  /// Names in a folder, sorted, without "." and "..".
  package static func names(in folder: String) throws -> [String] {
    guard let stream = opendir(folder) else { throw failure("open", folder) }
    defer { closedir(stream) }
    var names: [String] = []
    guard let offset = MemoryLayout<dirent>.offset(of: \.d_name) else { return names }
    while let entry = readdir(stream) {
      // Safety: the name ends with a zero byte, and may be shorter than the field that is declared for it.
      let name = (UnsafeRawPointer(entry) + offset).assumingMemoryBound(to: CChar.self)
      names.append(String(cString: name))
    }
    return names.filter { $0 != "." && $0 != ".." }.sorted()
  }

  /// What a file is if something else was downloaded in its place; nil: it does not look so.
  package static func impostor(_ bytes: some Collection<UInt8>) -> String? {
    let start = String(decoding: bytes.prefix(64), as: UTF8.self)
    if start.hasPrefix("version https://git-lfs") {
      return "is a Git LFS pointer, not the file itself; run `git lfs pull` in its folder"
    }
    return start.hasPrefix("<") ? "is a web page, not the file itself; download it again" : nil
  }

  /// The whole file in fresh memory, which the caller deallocates; its base is never nil.
  static func load(_ path: String) throws -> UnsafeMutableRawBufferPointer {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw failure("open", path) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw failure("read", path) }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw TransformerError(.io, "\(path) is not a file; put the file in its place")
    }
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
      guard count > 0 else {
        throw TransformerError(.corrupt, "\(path) became shorter while it was being read")
      }
      done += count
    }
  }

  /// The content of a regular file.
  package static func bytes(_ path: String) throws -> [UInt8] {
    let memory = try load(path)
    defer { memory.deallocate() }
    return Array(memory)
  }

  /// Writes a file, in place of one that is there.
  package static func write(_ path: String, _ bytes: [UInt8]) throws {
    let writer = try FileWriter(path)
    try bytes.withUnsafeBytes { try writer.write($0) }
    try writer.close()
  }

  /// Creates a folder in one that exists; it may be there already.
  package static func createFolder(_ path: String) throws {
    guard mkdir(path, 0o777) == 0 || errno == EEXIST else { throw failure("create", path) }
  }
}

/// A file that is read where it lies; unmapped with the object.
package final class MappedFile {
  /// The content, valid as long as the object.
  package let bytes: UnsafeRawBufferPointer

  /// Maps a regular file that is not empty.
  package init(_ path: String) throws {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw File.failure("open", path) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw File.failure("read", path) }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw TransformerError(.io, "\(path) is not a file; put the file in its place")
    }
    let size = Int(status.st_size)
    guard size > 0 else { throw TransformerError(.corrupt, "\(path) is empty; copy it again") }
    guard let memory = mmap(nil, size, PROT_READ, MAP_PRIVATE, descriptor, 0), memory != MAP_FAILED else {
      throw File.failure("map", path)
    }
    bytes = UnsafeRawBufferPointer(start: memory, count: size)
  }

  deinit { munmap(UnsafeMutableRawPointer(mutating: bytes.baseAddress), bytes.count) }
}

/// A file that is written from its beginning; without ``close()`` it is left unfinished.
package final class FileWriter {
  private let path: String
  private var descriptor: Int32

  /// Creates the file, or empties one that is there.
  package init(_ path: String) throws {
    self.path = path
    descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw File.failure("write", path) }
  }

  deinit { if descriptor >= 0 { closeDescriptor() } }

  /// Appends bytes.
  package func write(_ bytes: UnsafeRawBufferPointer) throws {
    var done = 0
    while done < bytes.count, let base = bytes.baseAddress {
      #if canImport(Glibc)
        let count = Glibc.write(descriptor, base + done, bytes.count - done)
      #elseif canImport(Musl)
        let count = Musl.write(descriptor, base + done, bytes.count - done)
      #else
        let count = Darwin.write(descriptor, base + done, bytes.count - done)
      #endif
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw File.failure("write", path) }
      done += count
    }
  }

  /// Replaces bytes that were written.
  package func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws {
    guard pwrite(descriptor, bytes.baseAddress, bytes.count, off_t(offset)) == bytes.count else {
      throw File.failure("write", path)
    }
  }

  /// Ends the file; throws when the system could not keep what was written.
  package func close() throws {
    guard closeDescriptor() == 0 else { throw File.failure("write", path) }
  }

  @discardableResult
  private func closeDescriptor() -> Int32 {
    defer { descriptor = -1 }
    #if canImport(Glibc)
      return Glibc.close(descriptor)
    #elseif canImport(Musl)
      return Musl.close(descriptor)
    #else
      return Darwin.close(descriptor)
    #endif
  }
}
