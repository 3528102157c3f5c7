internal import Glibc
internal import PolyaCore

/// Plugin files by content: their digests and descriptors.
final class PluginFiles {
  let catalog: PluginCatalog
  private let launch: WorkerLaunch
  let store: PluginStore
  /// As sidecars say, which anyone can write: enough to show, never to decide on.
  private var said: [String: [PluginDescription]] = [:]
  /// As the modules themselves say.
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

  /// The plugin that a reference names; of a file with several, the first of the kind.
  func find(_ reference: PluginReference, kind: String?) throws -> PluginDescription {
    if let settled = reference.settled { return settled.plugin }
    guard !reference.isPath else {
      let file = try catalog.file(reference)
      let plugins = try confirmed(file, pinned: reference.sha256)
      if let id = reference.id {
        guard let plugin = plugins.first(where: { $0.id == id }) else {
          throw PolyaError(
            .plugin, "holds no plugin '\(id)'", at: file,
            hint: Suggestion.hint(for: id, among: plugins.map(\.id)))
        }
        return plugin
      }
      guard let plugin = plugins.first(where: { kind == nil || $0.kind == kind }) ?? plugins.first else {
        throw PolyaError(.plugin, "holds no plugin", at: file, hint: "report it to its author")
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
        // A broken neighbor must not hide the plugin that is wanted.
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
    let unread = broken.isEmpty ? "" : " (not read: \(broken.joined(separator: "; ")))"
    throw PolyaError(
      .plugin, "no plugin '\(reference.use)' in \(catalog.searchPath.joined(separator: ", "))\(unread)",
      at: "plugins.\(reference.name)", hint: Suggestion.hint(for: reference.use, among: known))
  }

  /// What to show of a file: from its sidecar when it fits the file, else from a worker.
  func shown(_ file: String) throws -> [PluginDescription] {
    let sha256 = try store.digest(of: file)
    if let known = asked[sha256] ?? said[sha256] { return known.map { $0.moved(to: file) } }
    guard let plugins = try sidecar(of: file, sha256) else { return try ask(file, sha256) }
    said[sha256] = plugins
    return plugins
  }

  /// What to decide on: as the module itself says in a worker. A sidecar that says something else is refused.
  func confirmed(_ file: String, pinned: String?) throws -> [PluginDescription] {
    let sha256 = try store.digest(of: file)
    try verify(file, sha256, pinned)
    let isNew = asked[sha256] == nil
    let plugins = try ask(file, sha256)
    if isNew, let said = try sidecar(of: file, sha256), said.map(\.json) != plugins.map(\.json) {
      throw PolyaError(
        .plugin, "does not match the descriptor of the plugin", at: Sidecar.path(for: file),
        hint: "write it again: polya plugin describe --write \(file)")
    }
    return plugins
  }

  /// From a worker, whatever a sidecar says.
  func ask(_ file: String) throws -> [PluginDescription] { try ask(file, store.digest(of: file)) }

  /// See ``PluginStore/input(_:)``.
  func input(_ path: String) throws -> (sha256: String, path: String) { try store.input(path) }

  /// Where the content of a plugin is loaded from.
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

  /// nil: there is none, or it was written for other bytes.
  private func sidecar(of file: String, _ sha256: String) throws -> [PluginDescription]? {
    let sidecar = Sidecar.path(for: file)
    guard access(sidecar, F_OK) == 0 else { return nil }
    do {
      return try Sidecar.read(try FileBytes.read(sidecar), file: file, sha256: sha256, at: sidecar)
    } catch var error as PolyaError {
      error.hint = "write it again: polya plugin describe --write \(file)"
      throw error
    }
  }

  private func verify(_ file: String, _ found: String, _ pinned: String?) throws {
    guard let pinned, pinned.lowercased() != found else { return }
    throw PolyaError(
      .plugin, "has sha256 \(found), the manifest pins \(pinned)", at: file,
      hint: "rebuild the pinned version, or pin the new one: polya plugin lock MANIFEST")
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
