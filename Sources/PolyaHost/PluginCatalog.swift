internal import Glibc
internal import PolyaCore

/// Locates plugin files: paths relative to the manifest's folder, and ids on the search path, but never in
/// the current directory.
struct PluginCatalog {
  /// The folders given by the user, which are searched first, in order.
  let given: [String]
  /// The folders of the installation, whose files are trusted like polya itself.
  let installed: [String]

  /// All folders to search, in order.
  var searchPath: [String] { given + installed }

  /// Returns the shared objects on the search path, in order. Folders that do not exist are skipped.
  func files() throws -> [String] {
    try searchPath.flatMap { folder in
      guard Folder.exists(folder) else { return [String]() }
      return try Folder.names(in: folder).filter { $0.hasSuffix(".so") }.sorted().map { "\(folder)/\($0)" }
    }
  }

  /// Returns whether a file came with the installation, as determined without symbolic links or "..".
  func isInstalled(_ file: String) -> Bool {
    guard let real = Self.real(file), let slash = real.lastIndex(of: "/") else { return false }
    return installed.contains { Self.real($0) == String(real[..<slash]) }
  }

  /// Returns the real path, without links, "." and "..", or nil if the file does not exist.
  static func real(_ path: String) -> String? {
    guard let real = realpath(path, nil) else { return nil }
    defer { free(real) }
    return String(cString: real)
  }

  /// Returns the file that a path refers to.
  func file(_ reference: PluginReference) throws -> String {
    var use = reference.path
    while use.hasPrefix("./") { use.removeFirst(2) }
    let path = Folder.resolve(use, in: reference.folder)
    guard access(path, R_OK) == 0, let real = Self.real(path) else {
      throw PolyaError(
        .plugin, "the plugin '\(reference.name)' is missing: there is no file \(path)",
        hint: "build it or correct 'use'")
    }
    return real
  }
}
