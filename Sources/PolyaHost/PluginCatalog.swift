internal import Glibc
internal import PolyaCore

/// Where plugins are looked for: the manifest's folder for paths, the search path for ids. Never the current
/// directory.
struct PluginCatalog {
  /// Folders that the user names, in order; searched first.
  let given: [String]
  /// Folders of the installation: what lies there is trusted like polya itself.
  let installed: [String]

  /// All folders, in order.
  var searchPath: [String] { given + installed }

  /// The shared objects of the search path, in order; a folder that does not exist holds none.
  func files() throws -> [String] {
    try searchPath.flatMap { folder in
      guard Folder.exists(folder) else { return [String]() }
      return try Folder.names(in: folder).filter { $0.hasSuffix(".so") }.sorted().map { "\(folder)/\($0)" }
    }
  }

  /// Whether a file came with the installation: it is there itself, not by way of a link or of "..".
  func isInstalled(_ file: String) -> Bool {
    guard let real = Self.real(file), let slash = real.lastIndex(of: "/") else { return false }
    return installed.contains { Self.real($0) == String(real[..<slash]) }
  }

  /// Without links, "." and "..": what decides where a file is. nil: it is nowhere.
  static func real(_ path: String) -> String? {
    guard let real = realpath(path, nil) else { return nil }
    defer { free(real) }
    return String(cString: real)
  }

  /// The file a path names.
  func file(_ reference: PluginReference) throws -> String {
    var use = reference.path
    while use.hasPrefix("./") { use.removeFirst(2) }
    let path = Folder.resolve(use, in: reference.folder)
    guard access(path, R_OK) == 0, let real = Self.real(path) else {
      throw PolyaError(
        .plugin, "the plugin '\(reference.name)' is missing: no file \(path)",
        hint: "build it, or correct 'use'")
    }
    return real
  }
}
