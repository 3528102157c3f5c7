internal import Glibc

/// The only way to change a run's files and folders: new content is written under a temporary name, synced
/// and renamed, and then the enclosing folder is synced. Anything to be removed is renamed first.
///
/// A crash at any point leaves the old state or the new one, never a partial file or folder under its real
/// name. It may leave hidden entries, which ``sweep(_:)`` removes.
package enum Durable {
  private static let removed = ".removed-"
  private static let damaged = ".damaged-"

  /// Writes a file durably. A crash leaves either the old file or the new one.
  package static func replace(_ path: String, with bytes: [UInt8]) throws {
    let aside = "\(folder(of: path))/.\(name(of: path)).part"
    try FileBytes.create(aside, with: bytes)
    try rename(aside, to: path)
  }

  /// Renames a complete file, already synced, to its final name.
  package static func rename(_ aside: String, to path: String) throws {
    guard Glibc.rename(aside, path) == 0 else {
      throw SystemFailure.error("cannot be renamed to \(path)", aside)
    }
    try sync(folder(of: path))
  }

  /// Syncs a complete folder and renames it to its final name.
  ///
  /// An existing folder of that name is removed first, so the caller must be able to create it again.
  package static func commit(_ aside: String, as path: String) throws {
    try syncAll(aside)
    try remove(path)
    try rename(aside, to: path)
  }

  /// Removes a file, or a folder with its contents. Does nothing if the path does not exist.
  package static func remove(_ path: String) throws {
    guard isThere(path) else { return }
    guard Folder.exists(path), !Folder.isLink(path) else {
      guard unlink(path) == 0 || errno == ENOENT else { throw SystemFailure.error("cannot be removed", path) }
      return
    }
    let going = folder(of: path) + "/" + removed + name(of: path)
    try Folder.remove(going)
    guard Glibc.rename(path, going) == 0 else { throw SystemFailure.error("cannot be removed", path) }
    try sync(folder(of: path))
    try Folder.remove(going)
  }

  /// Renames a damaged file or folder to a hidden name that no reader looks at, and returns the new path.
  ///
  /// - Parameter keeper: A folder on the same file system to move it to; nil leaves it in its own folder.
  package static func setAside(_ path: String, in keeper: String? = nil) throws -> String {
    for number in 1...10_000 {
      let aside = "\(keeper ?? folder(of: path))/\(damaged)\(name(of: path))-\(number)"
      guard !isThere(aside) else { continue }
      try rename(path, to: aside)
      return aside
    }
    throw PolyaError(
      .file, "cannot be set aside: there are already 10,000 damaged copies", at: path,
      hint: "delete the '\(damaged)…' entries")
  }

  /// Removes what interrupted removals left in a folder.
  package static func sweep(_ folder: String) throws {
    for name in try Folder.names(in: folder) where name.hasPrefix(removed) {
      try Folder.remove(folder + "/" + name)
    }
  }

  private static func folder(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  private static func name(of path: String) -> String {
    String(path[(path.lastIndex(of: "/").map { path.index(after: $0) } ?? path.startIndex)...])
  }

  /// Whether a file name is one that ``setAside(_:in:)`` gives.
  package static func isSetAside(_ name: String) -> Bool { name.hasPrefix(damaged) }

  /// Whether anything exists at the path, including a dangling symbolic link.
  package static func isThere(_ path: String) -> Bool {
    var status = stat()
    return lstat(path, &status) == 0
  }

  private static func syncAll(_ path: String) throws {
    if Folder.exists(path) {
      for name in try Folder.names(in: path) where !Folder.isLink(path + "/" + name) {
        try syncAll(path + "/" + name)
      }
    }
    try sync(path)
  }

  private static func sync(_ path: String) throws {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw SystemFailure.error("cannot be synced", path) }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw SystemFailure.error("cannot be synced", path) }
  }
}
