internal import Glibc
internal import PolyaCore

/// Holds a run's folder for one process: two that write one run would mix its files.
///
/// The kernel gives the lock back when the process ends, however it ends; the file `.lock` stays and means nothing by
/// itself.
package final class RunLock {
  private let descriptor: Int32
  private let path: String

  /// Takes the folder, which is made when it does not exist.
  ///
  /// - Throws: `run` with the holder's process, machine and start when another process has it.
  package init(_ folder: RunFolder) throws {
    try Folder.create(folder.path)
    path = folder.file(".lock")
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
        .run, "the run is in use by \(try Self.holder(path))", at: folder.path,
        hint: "wait until that one ends, or give this one a folder of its own: --runs DIR")
    }
    // Only for the words of another process; the lock holds without them.
    let line = Array((Self.ownLine.compact + "\n").utf8)
    _ = ftruncate(descriptor, 0)
    _ = pwrite(descriptor, line, line.count, 0)
  }

  deinit { close(descriptor) }

  /// Whether the folder that was locked is still the one at its path: it may have been deleted or moved.
  package var isInPlace: Bool {
    var (mine, found) = (stat(), stat())
    return fstat(descriptor, &mine) == 0 && stat(path, &found) == 0 && mine.st_ino == found.st_ino
      && mine.st_dev == found.st_dev
  }

  private static var ownLine: JSON {
    var host = [CChar](repeating: 0, count: 256)
    gethostname(&host, host.count - 1)
    let name = String(decoding: host.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    return ["pid": JSON(Int(getpid())), "host": .string(name), "since": JSON(Int(time(nil)))]
  }

  /// What the holder wrote; it may be about to.
  private static func holder(_ path: String) throws -> String {
    let line = try FileBytes.read(path, from: 0, count: 4096)
    let json: JSON
    do { json = try JSONParser.parse(line) } catch { return "another process" }
    guard let process = json["pid"]?.integer, let host = json["host"]?.string,
      let since = json["since"]?.integer
    else { return "another process" }
    let minutes = max(0, (time(nil) - Int(since)) / 60)
    return "process \(process) on \(host), which began \(minutes) min ago"
  }

  private static func failure(_ what: String, _ path: String) -> PolyaError {
    PolyaError(
      .file, "\(what): \(String(cString: strerror(errno)))", at: path,
      hint:
        "polya locks this file while it writes the run: make its folder writable, or name another with --runs DIR"
    )
  }
}
