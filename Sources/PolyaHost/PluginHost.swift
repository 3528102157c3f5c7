internal import CPolya
public import PolyaCore

/// Finds, loads and configures plugins, and calls them under one thread budget.
///
/// Not thread-safe: one thread owns the host and everything made by it.
public final class PluginHost {
  private let catalog: PluginCatalog
  private let threads: Int
  private let stop: StopFlag
  private let log: LogSink
  private let table: HostTable
  private var modules: [String: PluginModule] = [:]

  /// - Parameters:
  ///   - searchPath: folders in which ids are looked for, in order.
  ///   - threads: handed to every call as its budget; at least 1.
  ///   - stop: polled by plugins while they work.
  public init(searchPath: [String], threads: Int, stop: StopFlag, log: LogSink) {
    catalog = PluginCatalog(searchPath: searchPath)
    self.threads = threads
    self.stop = stop
    self.log = log
    table = HostTable(log: log)
  }

  /// Every plugin of the search path; what cannot be loaded is a row of `failures`.
  public func list() throws -> (plugins: [PluginDescription], failures: [PolyaError]) {
    var plugins: [PluginDescription] = []
    var failures: [PolyaError] = []
    for file in try catalog.files() {
      do { plugins += try module(file).descriptions() } catch let error as PolyaError {
        failures.append(error)
      }
    }
    return (plugins, failures)
  }

  /// All plugins of the file or id that the reference names.
  public func describe(_ reference: PluginReference) throws -> [PluginDescription] {
    guard reference.isPath else {
      let (module, plugin) = try find(reference, kind: nil)
      return [try module.describe(plugin)]
    }
    return try module(try catalog.file(reference), pinned: reference.sha256).descriptions()
  }

  /// Checks a reference and its options without making an instance.
  public func check(_ reference: PluginReference) throws -> PluginDescription {
    let (module, plugin) = try find(reference, kind: nil)
    let description = try module.describe(plugin)
    _ = try checkedOptions(reference, description)
    return description
  }

  /// A configured reward.
  public func reward(_ reference: PluginReference) throws -> any Reward {
    try HostedReward(try instance(reference, kind: POLYA_REWARD))
  }

  /// A configured strategy.
  public func strategy(_ reference: PluginReference) throws -> any Strategy {
    try HostedStrategy(try instance(reference, kind: POLYA_STRATEGY))
  }

  /// A configured task source.
  public func taskSource(_ reference: PluginReference) throws -> any TaskSource {
    try HostedTaskSource(try instance(reference, kind: POLYA_TASKS))
  }

  /// A configured model.
  public func model(_ reference: PluginReference) throws -> any LanguageModel {
    try HostedModel(try instance(reference, kind: POLYA_MODEL))
  }

  func instance(_ reference: PluginReference, kind: String) throws -> PluginInstance {
    let (module, plugin) = try find(reference, kind: kind)
    let description = try module.describe(plugin)
    let options = try checkedOptions(reference, description)
    let frame = CallFrame(plugin: reference.name, host: table.raw, threads: threads, stop: stop, log: log)
    return try PluginInstance(
      name: reference.name, module: module, plugin: plugin, kind: kind, options: options,
      seed: reference.seed,
      frame: frame)
  }

  private func checkedOptions(_ reference: PluginReference, _ description: PluginDescription) throws
    -> [CheckedOption]
  {
    let check = OptionCheck(
      plugin: description.id, place: "plugins.\(reference.name)", folder: reference.folder)
    return try check.check(reference.options, against: description.options)
  }

  private func find(_ reference: PluginReference, kind: String?) throws -> (
    PluginModule, UnsafePointer<PolyaPlugin>
  ) {
    if reference.isPath {
      let module = try module(try catalog.file(reference), pinned: reference.sha256)
      let descriptions = try module.descriptions()
      let fitting = descriptions.filter { kind == nil || $0.kind == kind }
      guard let first = fitting.first ?? descriptions.first, let plugin = try module.plugin(id: first.id)
      else {
        throw PolyaError(.plugin, "holds no plugin", at: module.file, cure: "report it to its author")
      }
      return (module, plugin)
    }
    var known: [String] = []
    var broken: [String] = []
    for file in try catalog.files() {
      let module: PluginModule
      do { module = try self.module(file) } catch let error as PolyaError {
        // A broken neighbour must not hide the plugin that is wanted.
        broken.append(error.description)
        continue
      }
      if let plugin = try module.plugin(id: reference.use) {
        try verify(module, pinned: reference.sha256)
        return (module, plugin)
      }
      known += try module.descriptions().map(\.id)
    }
    let unread = broken.isEmpty ? "" : " (not read: \(broken.joined(separator: "; ")))"
    throw PolyaError(
      .plugin, "no plugin '\(reference.use)' in \(catalog.searchPath.joined(separator: ", "))\(unread)",
      at: "plugins.\(reference.name)", cure: Suggestion.cure(for: reference.use, among: known))
  }

  private func module(_ file: String, pinned: String? = nil) throws -> PluginModule {
    if let loaded = modules[file] {
      try verify(loaded, pinned: pinned)
      return loaded
    }
    let sha256 = SHA256.hex(of: try FileBytes.read(file))
    try verify(file, sha256, pinned)
    let module = try PluginModule(file: file, sha256: sha256, host: table)
    modules[file] = module
    return module
  }

  private func verify(_ module: PluginModule, pinned: String?) throws {
    try verify(module.file, module.sha256, pinned)
  }

  private func verify(_ file: String, _ found: String, _ pinned: String?) throws {
    guard let pinned, pinned.lowercased() != found else { return }
    throw PolyaError(
      .plugin, "has sha256 \(found), the manifest pins \(pinned)", at: file,
      cure: "rebuild the pinned version, or pin the new one")
  }
}
