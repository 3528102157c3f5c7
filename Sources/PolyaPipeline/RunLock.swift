internal import Glibc
internal import PolyaCore

/// Locks a run's folder for one process, since two processes that write to it would mix their files.
///
/// The kernel releases the lock when the process ends for any reason. The file `.lock` remains and means
/// nothing by itself.
package final class RunLock {
  private let descriptor: Int32
  private let path: String

  /// Locks the folder, creating it if necessary.
  ///
  /// - Throws: `run`, with the holder's process, machine, and start, if another process holds the lock.
  package convenience init(_ folder: RunFolder) throws {
    try Folder.create(folder.path)
    try self.init(folder.file(".lock"), of: "the run", at: folder.path)
  }

  /// Locks a file, which is created if necessary, as is its folder.
  ///
  /// - Parameter what: What is in use while it is locked, for the error.
  init(_ file: String, of what: String, at place: String? = nil) throws {
    path = file
    try Folder.create(String(file.prefix(upTo: file.lastIndex(of: "/") ?? file.endIndex)))
    descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw Self.failure("cannot be opened", path) }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      let number = errno
      defer { close(descriptor) }
      guard number == EWOULDBLOCK else {
        errno = number
        throw Self.failure("cannot be locked", path)
      }
      throw PolyaError(
        .run, "\(what) is in use by \(try Self.holder(path))", at: place ?? path,
        hint: "wait until that process ends, or use another folder with --runs DIR")
    }
    // This is only shown to other processes; the lock does not depend on it.
    let line = Array((Self.ownLine.compact + "\n").utf8)
    _ = ftruncate(descriptor, 0)
    _ = pwrite(descriptor, line, line.count, 0)
  }

  deinit { close(descriptor) }

  /// Whether the locked folder is still the one at its path. It may have been deleted or moved.
  package var isInPlace: Bool {
    var (mine, found) = (stat(), stat())
    return fstat(descriptor, &mine) == 0 && stat(path, &found) == 0 && mine.st_ino == found.st_ino
      && mine.st_dev == found.st_dev
  }

  static var hostName: String {
    var host = [CChar](repeating: 0, count: 256)
    gethostname(&host, host.count - 1)
    return String(decoding: host.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  private static var ownLine: JSON {
    return ["pid": JSON(Int(getpid())), "host": .string(hostName), "since": JSON(Int(time(nil)))]
  }

  /// Returns what the holder wrote about itself, or "another process" if it has not yet done so.
  private static func holder(_ path: String) throws -> String {
    let line = try FileBytes.read(path, from: 0, count: 4096)
    let json: JSON
    do { json = try JSONParser.parse(line) } catch { return "another process" }
    guard let process = json["pid"]?.integer, let host = json["host"]?.string,
      let since = json["since"]?.integer
    else { return "another process" }
    let minutes = max(0, (time(nil) - Int(since)) / 60)
    return "process \(process) on \(host), started \(minutes) min ago"
  }

  private static func failure(_ what: String, _ path: String) -> PolyaError {
    PolyaError(
      .file, "\(what): \(String(cString: strerror(errno)))", at: path,
      hint:
        "polya locks this file while it writes the run: make its folder writable, or name another with --runs DIR"
    )
  }
}
