internal import Glibc

/// The one way in which a run's files and folders change: written aside, synced, renamed, and the folder around them
/// synced. Whatever is to go is renamed first.
///
/// A crash at any instant leaves the old or the new, never a part of either under a name that is believed. What it may
/// leave, under hidden names, ``sweep(_:)`` removes.
package enum Durable {
  private static let removed = ".removed-"
  private static let damaged = ".damaged-"

  /// Writes a file: afterwards it is the new one, on disk; after a crash the old or the new one.
  package static func replace(_ path: String, with bytes: [UInt8]) throws {
    let aside = "\(folder(of: path))/.\(name(of: path)).part"
    try FileBytes.create(aside, with: bytes)
    try rename(aside, to: path)
  }

  /// Gives a complete file, whose bytes are on disk, its final name.
  package static func rename(_ aside: String, to path: String) throws {
    guard Glibc.rename(aside, path) == 0 else {
      throw SystemFailure.error("cannot be renamed to \(path)", aside)
    }
    try sync(folder(of: path))
  }

  /// Gives a complete folder its final name, with all that is in it on disk.
  ///
  /// A folder that has the name already is removed first: whoever replaces one must be able to make it again.
  package static func commit(_ aside: String, as path: String) throws {
    try syncAll(aside)
    try remove(path)
    try rename(aside, to: path)
  }

  /// Removes a file or a folder with everything in it; nothing happens when it does not exist.
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

  /// Gives something damaged a hidden name, which no reader looks at, and returns its new path.
  ///
  /// - Parameter keeper: the folder that keeps it, on the same file system; nil: the one it is in.
  package static func setAside(_ path: String, in keeper: String? = nil) throws -> String {
    for number in 1...10_000 {
      let aside = "\(keeper ?? folder(of: path))/\(damaged)\(name(of: path))-\(number)"
      guard !isThere(aside) else { continue }
      try rename(path, to: aside)
      return aside
    }
    throw PolyaError(
      .file, "cannot be set aside: ten thousand damaged ones already exist", at: path,
      hint: "delete the '\(damaged)…' entries beside it")
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

  /// Whether a name in a folder is of something that was set aside.
  package static func isSetAside(_ name: String) -> Bool { name.hasPrefix(damaged) }

  /// Whether anything has the path, also a link to nothing.
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
