internal import Glibc

/// Operations on folders. Every error names the folder and the system's reason.
package enum Folder {
  /// Whether the path is a folder.
  package static func exists(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  /// Resolves a relative path against a folder; returns an absolute path unchanged.
  package static func resolve(_ path: String, in folder: String) -> String {
    path.hasPrefix("/") ? path : folder + "/" + path
  }

  /// Creates a folder and its missing parents.
  package static func create(_ path: String) throws {
    guard !exists(path) else { return }
    if let slash = path.lastIndex(of: "/"), slash != path.startIndex { try create(String(path[..<slash])) }
    guard mkdir(path, 0o755) == 0 || errno == EEXIST else {
      throw SystemFailure.error("cannot be created", path)
    }
  }

  /// The folder for temporary folders: `$TMPDIR`, or /tmp if it is not set.
  package static var temporaryBase: String { getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp" }

  /// Creates an empty folder with a unique name, accessible only to this user.
  ///
  /// - Parameter prefix: The beginning of the folder's name.
  package static func temporary(_ prefix: String = "polya-") throws -> String {
    let base = temporaryBase
    var name = Array("\(base)/\(prefix)XXXXXX".utf8CString)
    guard mkdtemp(&name) != nil else { throw SystemFailure.error("cannot create a temporary folder", base) }
    return String(decoding: name.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// Returns the sorted names in a folder, without "." and "..".
  package static func names(in path: String) throws -> [String] {
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

  /// Returns the SHA-256 of a file's bytes, or of the names and digests of everything in a folder.
  package static func digest(of path: String) throws -> String {
    guard exists(path) else { return try FileBytes.digest(of: path).sha256 }
    let entries = try names(in: path).map { "\($0) \(try digest(of: path + "/" + $0))\n" }
    return SHA256.hex(of: entries.joined().utf8)
  }

  /// Removes a folder and its contents. Does nothing if the folder does not exist.
  package static func remove(_ path: String) throws {
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

  /// Returns the sorted relative paths of all files below a folder. Hidden entries at the top level are work
  /// in progress and are left out.
  package static func files(in path: String) throws -> [String] {
    try names(in: path).filter { !$0.hasPrefix(".") }.flatMap { name -> [String] in
      let inner = path + "/" + name
      guard exists(inner), !isLink(inner) else { return [name] }
      return try allFiles(in: inner).map { "\(name)/\($0)" }
    }
  }

  private static func allFiles(in path: String) throws -> [String] {
    try names(in: path).flatMap { name -> [String] in
      let inner = path + "/" + name
      guard exists(inner), !isLink(inner) else { return [name] }
      return try allFiles(in: inner).map { "\(name)/\($0)" }
    }
  }

  static func isLink(_ path: String) -> Bool {
    var status = stat()
    return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFLNK
  }
}
