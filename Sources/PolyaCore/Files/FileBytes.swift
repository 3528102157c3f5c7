internal import Glibc

/// Whole files in and out. Every failure names the file and the system's reason.
public enum FileBytes {
  /// Reads a file.
  public static func read(_ path: String) throws -> [UInt8] {
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
  public static func read(_ path: String, from offset: Int, count: Int) throws -> [UInt8] {
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
  public static func eachLine(
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

  /// Cuts a file off, or begins it.
  public static func truncate(_ path: String, to count: Int) throws {
    let descriptor = open(path, O_WRONLY | O_CLOEXEC | O_CREAT, 0o644)
    guard descriptor >= 0 else { throw SystemFailure.error("cannot be written", path) }
    defer { close(descriptor) }
    guard ftruncate(descriptor, off_t(count)) == 0 else {
      throw SystemFailure.error("cannot be written", path)
    }
  }

  /// Removes a file; nothing happens when it does not exist.
  public static func remove(_ path: String) throws {
    guard unlink(path) == 0 || errno == ENOENT else { throw SystemFailure.error("cannot be removed", path) }
  }

  /// Gives a complete file its final name.
  public static func move(_ aside: String, to path: String) throws {
    guard rename(aside, path) == 0 else { throw SystemFailure.error("cannot be written", path) }
  }

  /// Writes a file so that after a crash it is either the old or the new one.
  public static func replace(_ path: String, with bytes: [UInt8]) throws {
    let aside = path + ".part"
    try write(aside, bytes, flags: O_CREAT | O_TRUNC)
    guard rename(aside, path) == 0 else { throw SystemFailure.error("cannot be written", path) }
  }

  /// Writes a new file and waits until it is on disk.
  public static func create(_ path: String, with bytes: [UInt8]) throws {
    try write(path, bytes, flags: O_CREAT | O_TRUNC)
  }

  /// Adds to the end of a file and waits until it is on disk.
  public static func append(_ path: String, _ bytes: [UInt8]) throws {
    try write(path, bytes, flags: O_CREAT | O_APPEND)
  }

  private static func write(_ path: String, _ bytes: [UInt8], flags: Int32) throws {
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
    let synced = fsync(descriptor) == 0
    let error = SystemFailure.error("cannot be written", path)
    guard close(descriptor) == 0, synced else { throw error }
  }
}

/// Folders. Every failure names the folder and the system's reason.
public enum Folder {
  /// Whether a folder stands at the path.
  public static func exists(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  /// Makes a folder and those above it.
  public static func create(_ path: String) throws {
    guard !exists(path) else { return }
    if let slash = path.lastIndex(of: "/"), slash != path.startIndex { try create(String(path[..<slash])) }
    guard mkdir(path, 0o755) == 0 || errno == EEXIST else {
      throw SystemFailure.error("cannot be made", path)
    }
  }

  /// Makes an empty folder of its own name, readable by this user only, in `$TMPDIR` or /tmp.
  public static func temporary() throws -> String {
    let base = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
    var name = Array("\(base)/polya-XXXXXX".utf8CString)
    guard mkdtemp(&name) != nil else { throw SystemFailure.error("no temporary folder can be made in", base) }
    return String(decoding: name.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// Names in a folder, sorted, without "." and "..".
  public static func names(in path: String) throws -> [String] {
    guard let folder = opendir(path) else { throw SystemFailure.error("cannot be read", path) }
    defer { closedir(folder) }
    var names: [String] = []
    while let entry = readdir(folder) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names.sorted()
  }

  /// SHA-256 of a file's bytes, or of the names and digests of everything in a folder.
  public static func digest(of path: String) throws -> String {
    guard exists(path) else { return SHA256.hex(of: try FileBytes.read(path)) }
    let entries = try names(in: path).map { "\($0) \(try digest(of: path + "/" + $0))\n" }
    return SHA256.hex(of: entries.joined().utf8)
  }

  /// Removes a folder and everything in it; nothing happens when it does not exist.
  public static func remove(_ path: String) throws {
    guard exists(path) else { return }
    for name in try names(in: path) {
      let inner = path + "/" + name
      if exists(inner), !isLink(inner) {
        try remove(inner)
      } else {
        guard unlink(inner) == 0 else { throw SystemFailure.error("cannot be removed", inner) }
      }
    }
    guard rmdir(path) == 0 else { throw SystemFailure.error("cannot be removed", path) }
  }

  /// Gives a folder its final name; on disk when it returns.
  public static func commit(_ aside: String, as path: String) throws {
    for name in try names(in: aside) { try sync(aside + "/" + name) }
    try sync(aside)
    guard rename(aside, path) == 0 else { throw SystemFailure.error("cannot be renamed to \(path)", aside) }
    if let slash = path.lastIndex(of: "/") { try sync(String(path[..<slash])) }
  }

  private static func isLink(_ path: String) -> Bool {
    var status = stat()
    return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFLNK
  }

  private static func sync(_ path: String) throws {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw SystemFailure.error("cannot be synced", path) }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw SystemFailure.error("cannot be synced", path) }
  }
}

/// The one place that turns errno into words.
enum SystemFailure {
  static func error(_ what: String, _ path: String) -> PolyaError {
    let number = errno
    let cure: String? =
      switch number {
      case ENOSPC: "free some space and run the same command again: nothing finished is lost"
      case EACCES, EPERM: "check the permissions"
      default: nil
      }
    return PolyaError(.file, "\(what): \(String(cString: strerror(number)))", at: path, cure: cure)
  }
}
