internal import Glibc
internal import PolyaCore

/// The digests and descriptors of plugin files, by content.
final class PluginFiles {
  let catalog: PluginCatalog
  private let launch: WorkerLaunch
  let store: PluginStore
  /// Descriptors from sidecars, which anyone can write. They are good enough to show, but not to decide on.
  private var said: [String: [PluginDescription]] = [:]
  /// Descriptors from the modules themselves.
  private var asked: [String: [PluginDescription]] = [:]

  init(catalog: PluginCatalog, launch: WorkerLaunch, store: PluginStore) {
    self.catalog = catalog
    self.launch = launch
    self.store = store
  }

  func list() throws -> (plugins: [PluginDescription], failures: [PolyaError]) {
    var plugins: [PluginDescription] = []
    var failures: [PolyaError] = []
    for file in try catalog.files() {
      do { plugins += try shown(file) } catch let error as PolyaError {
        failures.append(error)
      }
    }
    return (plugins, failures)
  }

  /// Returns the plugin that a reference names; in a file with several plugins, the first of the kind.
  func find(_ reference: PluginReference, kind: String?) throws -> PluginDescription {
    if let settled = reference.settled { return settled.plugin }
    guard !reference.isPath else {
      let file = try catalog.file(reference)
      let plugins = try confirmed(file, pinned: reference.sha256)
      if let id = reference.id {
        guard let plugin = plugins.first(where: { $0.id == id }) else {
          throw PolyaError(
            .plugin, "contains no plugin '\(id)'", at: file,
            hint: Suggestion.hint(for: id, among: plugins.map(\.id)))
        }
        return plugin
      }
      guard let plugin = plugins.first(where: { kind == nil || $0.kind == kind }) ?? plugins.first else {
        throw PolyaError(.plugin, "contains no plugin", at: file, hint: "report this to the plugin's author")
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
      do { plugins = try shown(file) } catch let error as PolyaError where error.code != .file {
        // A broken file in the same folder must not hide the requested plugin.
        broken.append(error.description)
        continue
      }
      if plugins.contains(where: { $0.id == reference.use }),
        let plugin = try confirmed(file, pinned: reference.sha256).first(where: { $0.id == reference.use })
      {
        return plugin
      }
      known += plugins.map(\.id)
    }
    let unread = broken.isEmpty ? "" : " (unreadable: \(broken.joined(separator: "; ")))"
    throw PolyaError(
      .plugin,
      "there is no plugin '\(reference.use)' in \(catalog.searchPath.joined(separator: ", "))\(unread)",
      at: "plugins.\(reference.name)", hint: Suggestion.hint(for: reference.use, among: known))
  }

  /// Returns the descriptors to show for a file: those of a matching sidecar, or otherwise those that a
  /// worker reads.
  func shown(_ file: String) throws -> [PluginDescription] {
    let sha256 = try store.digest(of: file)
    if let known = asked[sha256] ?? said[sha256] { return known.map { $0.moved(to: file) } }
    guard let plugins = try sidecar(of: file, sha256) else { return try ask(file, sha256) }
    said[sha256] = plugins
    return plugins
  }

  /// Returns the descriptors to decide on, which the module itself reports in a worker. A sidecar that
  /// differs is refused.
  func confirmed(_ file: String, pinned: String?) throws -> [PluginDescription] {
    let sha256 = try store.digest(of: file)
    try verify(file, sha256, pinned)
    let isNew = asked[sha256] == nil
    let plugins = try ask(file, sha256)
    if isNew, let said = try sidecar(of: file, sha256), said.map(\.json) != plugins.map(\.json) {
      throw PolyaError(
        .plugin, "does not match the descriptor of the plugin", at: Sidecar.path(for: file),
        hint: "rewrite it with polya plugin describe --write \(file)")
    }
    return plugins
  }

  /// Returns the descriptors from a worker, regardless of sidecars.
  func ask(_ file: String) throws -> [PluginDescription] { try ask(file, store.digest(of: file)) }

  /// Does the same as ``PluginStore/input(_:)``.
  func input(_ path: String) throws -> (sha256: String, path: String) { try store.input(path) }

  /// Returns the path of the copy from which a plugin is loaded.
  func copy(of plugin: PluginDescription) throws -> String {
    try store.copy(of: plugin.file, sha256: plugin.sha256)
  }

  private func ask(_ file: String, _ sha256: String) throws -> [PluginDescription] {
    if let known = asked[sha256] { return known.map { $0.moved(to: file) } }
    let copy = try store.copy(of: file, sha256: sha256)
    let found = try launch.describe(file, loading: copy, sha256: sha256)
    asked[sha256] = found
    return found
  }

  /// Returns nil if there is no sidecar, or if it was written for another version of the file.
  private func sidecar(of file: String, _ sha256: String) throws -> [PluginDescription]? {
    let sidecar = Sidecar.path(for: file)
    guard access(sidecar, F_OK) == 0 else { return nil }
    do {
      return try Sidecar.read(try FileBytes.read(sidecar), file: file, sha256: sha256, at: sidecar)
    } catch var error as PolyaError {
      error.hint = "rewrite it with polya plugin describe --write \(file)"
      throw error
    }
  }

  private func verify(_ file: String, _ found: String, _ pinned: String?) throws {
    guard let pinned, pinned.lowercased() != found else { return }
    throw PolyaError(
      .plugin, "has sha256 \(found), but the manifest pins \(pinned)", at: file,
      hint: "rebuild the pinned version, or pin the new one with polya plugin lock MANIFEST")
  }
}

extension PluginDescription {
  /// Returns the same plugin in an identical file at another path.
  fileprivate func moved(to file: String) -> PluginDescription {
    var moved = self
    moved.file = file
    return moved
  }
}
