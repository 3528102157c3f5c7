internal import Glibc
internal import PolyaCore

/// Plugin files by content: their digests, what they say of themselves, and whether they still are what they were.
final class PluginFiles {
  let catalog: PluginCatalog
  private let launch: WorkerLaunch
  private var digests: [String: (signature: Signature, sha256: String)] = [:]
  private var described: [String: [PluginDescription]] = [:]

  /// What changes when a file is written again.
  private struct Signature: Equatable {
    let device, inode: UInt64
    let size, seconds, nanoseconds: Int
  }

  init(catalog: PluginCatalog, launch: WorkerLaunch) {
    self.catalog = catalog
    self.launch = launch
  }

  func list() throws -> (plugins: [PluginDescription], failures: [PolyaError]) {
    var plugins: [PluginDescription] = []
    var failures: [PolyaError] = []
    for file in try catalog.files() {
      do { plugins += try descriptions(of: file, pinned: nil) } catch let error as PolyaError {
        failures.append(error)
      }
    }
    return (plugins, failures)
  }

  /// The plugin that a reference names; of a file with several, the first of the kind.
  func find(_ reference: PluginReference, kind: String?) throws -> PluginDescription {
    guard !reference.isPath else {
      let file = try catalog.file(reference)
      let plugins = try descriptions(of: file, pinned: reference.sha256)
      if let id = reference.id {
        guard let plugin = plugins.first(where: { $0.id == id }) else {
          throw PolyaError(
            .plugin, "holds no plugin '\(id)'", at: file,
            cure: Suggestion.cure(for: id, among: plugins.map(\.id)))
        }
        return plugin
      }
      guard let plugin = plugins.first(where: { kind == nil || $0.kind == kind }) ?? plugins.first else {
        throw PolyaError(.plugin, "holds no plugin", at: file, cure: "report it to its author")
      }
      return plugin
    }
    return try search(reference)
  }

  private func search(_ reference: PluginReference) throws -> PluginDescription {
    var known: [String] = []
    var broken: [String] = []
    for file in try catalog.files() {
      let plugins: [PluginDescription]
      do { plugins = try descriptions(of: file, pinned: nil) } catch let error as PolyaError {
        // A broken neighbour must not hide the plugin that is wanted.
        broken.append(error.description)
        continue
      }
      if let plugin = plugins.first(where: { $0.id == reference.use }) {
        try verify(file, plugin.sha256, reference.sha256)
        return plugin
      }
      known += plugins.map(\.id)
    }
    let unread = broken.isEmpty ? "" : " (not read: \(broken.joined(separator: "; ")))"
    throw PolyaError(
      .plugin, "no plugin '\(reference.use)' in \(catalog.searchPath.joined(separator: ", "))\(unread)",
      at: "plugins.\(reference.name)", cure: Suggestion.cure(for: reference.use, among: known))
  }

  /// From the sidecar when it fits the file, else from a worker.
  func descriptions(of file: String, pinned: String?) throws -> [PluginDescription] {
    let sha256 = try digest(of: file)
    try verify(file, sha256, pinned)
    if let known = described[sha256]?.map({ $0.moved(to: file) }) { return known }
    let sidecar = Sidecar.path(for: file)
    var plugins: [PluginDescription]?
    if access(sidecar, F_OK) == 0 {
      do {
        plugins = try Sidecar.read(try FileBytes.read(sidecar), file: file, sha256: sha256, at: sidecar)
      } catch var error as PolyaError {
        error.cure = "write it again: polya plugin describe --write \(file)"
        throw error
      }
    }
    let found = try plugins ?? launch.describe(file, sha256: sha256)
    described[sha256] = found
    return found
  }

  /// From a worker.
  func ask(_ file: String) throws -> [PluginDescription] {
    try launch.describe(file, sha256: try digest(of: file))
  }

  private func digest(of file: String) throws -> String {
    let signature = try signature(of: file)
    if let known = digests[file], known.signature == signature { return known.sha256 }
    let sha256 = SHA256.hex(of: try FileBytes.read(file))
    digests[file] = (signature, sha256)
    return sha256
  }

  private func signature(of file: String) throws -> Signature {
    var status = stat()
    guard stat(file, &status) == 0 else {
      throw PolyaError(.plugin, "cannot be read: \(String(cString: strerror(errno)))", at: file)
    }
    return Signature(
      device: UInt64(status.st_dev), inode: UInt64(status.st_ino), size: Int(status.st_size),
      seconds: status.st_mtim.tv_sec, nanoseconds: status.st_mtim.tv_nsec)
  }

  private func verify(_ file: String, _ found: String, _ pinned: String?) throws {
    guard let pinned, pinned.lowercased() != found else { return }
    throw PolyaError(
      .plugin, "has sha256 \(found), the manifest pins \(pinned)", at: file,
      cure: "rebuild the pinned version, or pin the new one: polya plugin lock MANIFEST")
  }

  /// Call after a file was loaded: what was loaded must be what was checked.
  func verifyUnchanged(_ description: PluginDescription) throws {
    guard try digest(of: description.file) == description.sha256 else {
      throw PolyaError(
        .plugin, "was written again while it was loaded", at: description.file,
        cure: "run the same command again")
    }
  }

  /// Gives the same bytes under a path that was never loaded, for as long as `body` runs: the loader would give the
  /// old path its old content again.
  func withCopy<T>(_ description: PluginDescription, _ body: (String) throws -> T) throws -> T {
    let bytes = try FileBytes.read(description.file)
    let folder = try Folder.temporary()
    let path = "\(folder)/\(description.file.split(separator: "/").last ?? "plugin.so")"
    do {
      try FileBytes.create(path, with: bytes)
      let result = try body(path)
      // What is mapped stays mapped.
      try Folder.remove(folder)
      return result
    } catch {
      try Folder.remove(folder)
      throw error
    }
  }
}

extension PluginDescription {
  /// The same plugin in an equal file elsewhere.
  fileprivate func moved(to file: String) -> PluginDescription {
    var moved = self
    moved.file = file
    return moved
  }
}
