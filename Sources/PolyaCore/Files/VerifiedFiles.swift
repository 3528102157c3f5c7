internal import Glibc
internal import Synchronization

/// A cache of file digests. A digest is computed again only after its file has changed.
package final class VerifiedFiles: Sendable {
  private let known = Mutex<[String: (signature: Signature, sha256: String)]>([:])

  /// The file attributes that change when a file is written.
  private struct Signature: Equatable {
    let device, inode: UInt64
    let size, seconds, nanoseconds, changed, changedNanoseconds: Int
  }

  /// Creates an empty cache.
  package init() {}

  /// Returns the SHA-256 of a file, in lowercase hexadecimal.
  package func digest(of path: String) throws -> String {
    let signature = try Self.signature(of: path)
    if let entry = known.withLock({ $0[path] }), entry.signature == signature { return entry.sha256 }
    let sha256 = try FileBytes.digest(of: path).sha256
    // A file that changed while it was read must not be cached.
    guard try Self.signature(of: path) == signature else { return sha256 }
    known.withLock { $0[path] = (signature, sha256) }
    return sha256
  }

  private static func signature(of path: String) throws -> Signature {
    var status = stat()
    guard stat(path, &status) == 0 else { throw SystemFailure.error("cannot be read", path) }
    return Signature(
      device: UInt64(status.st_dev), inode: UInt64(status.st_ino), size: Int(status.st_size),
      seconds: status.st_mtim.tv_sec, nanoseconds: status.st_mtim.tv_nsec,
      changed: status.st_ctim.tv_sec, changedNanoseconds: status.st_ctim.tv_nsec)
  }
}
