internal import CPolya
internal import CPolyaProcess
package import PolyaCore

/// Finds, places, and configures plugins, and calls them with one thread budget.
///
/// Descriptors are read from sidecars or by a worker, so plugin code runs in the host's process only for
/// instances that are placed there.
///
/// Not thread-safe: one thread owns the host and everything it creates.
package final class PluginHost {
  /// The installation, and the limits that all plugins of a host share.
  package struct Environment: Sendable {
    /// The folders in which ids are looked up before the installation.
    package var searchPath: [String]
    /// The folders of the installation.
    package var installed: [String]
    /// The path of the `polya-worker` program.
    package var worker: String
    /// The folders that models out of process may write to, where they are saved.
    package var writable: [String]
    /// Whether workers run in their own namespaces where the system allows it.
    package var usesNamespaces: Bool
    /// The thread budget of every call; at least 1.
    package var threads: Int
    /// The folder for rows that crash a plugin; nil saves none.
    package var crashes: CrashFolder?
    /// Called once for each plugin that runs out of process because it is neither installed nor pinned.
    package var warn: @Sendable (String) -> Void

    /// Creates an environment.
    package init(
      searchPath: [String] = [], installed: [String] = [], worker: String, writable: [String] = [],
      usesNamespaces: Bool = true, threads: Int,
      crashes: CrashFolder? = nil, warn: @escaping @Sendable (String) -> Void = { _ in }
    ) {
      self.searchPath = searchPath
      self.installed = installed
      self.worker = worker
      self.writable = writable
      self.usesNamespaces = usesNamespaces
      self.threads = threads
      self.crashes = crashes
      self.warn = warn
    }
  }

  private let environment: Environment
  private let files: PluginFiles
  private let launch: WorkerLaunch
  private let stop: StopFlag
  private let log: LogSink
  private let table: HostTable
  private var modules: [String: PluginModule] = [:]
  private var warned: Set<String> = []
  private var shared: [String: (reference: PluginReference, model: SharedModel)] = [:]

  /// Creates a host.
  ///
  /// - Parameters:
  ///  - stop: The flag that plugins poll while they work.
  ///  - log: Receives what plugins log and what workers print.
  package init(_ environment: Environment, stop: StopFlag, log: LogSink) {
    self.environment = environment
    self.stop = stop
    self.log = log
    table = HostTable(log: log)
    launch = WorkerLaunch(
      program: environment.worker, host: table.raw, threads: environment.threads, stop: stop, log: log,
      sandboxes: SandboxFinder(isWanted: environment.usesNamespaces),
      writable: environment.writable)
    files = PluginFiles(
      catalog: PluginCatalog(given: environment.searchPath, installed: environment.installed),
      launch: launch, store: PluginStore())
  }

  /// Protects this process from being traced or read by workers outside of namespaces.
  package static func protectProcess() throws {
    guard polya_protect() == 0 else { throw PolyaError(.run, "the process cannot be protected from tracing") }
  }

  /// Whether a worker's memory limit includes the memory that its processes share.
  package var hasControlGroups: Bool { launch.cgroups.isAvailable }

  /// Why workers run without namespaces; nil if they have them.
  package var missingSandbox: String? {
    do throws(WorkerSandbox.Missing) { _ = try launch.sandboxes.sandbox() } catch { return error.reason }
    return nil
  }

  /// Returns all plugins on the search path, and the failures of those that cannot be loaded.
  package func list() throws -> (plugins: [PluginDescription], failures: [PolyaError]) { try files.list() }

  /// Returns all plugins of the file or id of a reference, from a sidecar if there is one.
  package func describe(_ reference: PluginReference) throws -> [PluginDescription] {
    guard reference.isPath, reference.id == nil else { return [try files.find(reference, kind: nil)] }
    return try files.shown(files.catalog.file(reference))
  }

  /// Returns the descriptors that the plugins of a file report themselves, regardless of sidecars.
  package func ask(_ reference: PluginReference) throws -> [PluginDescription] {
    let file =
      reference.isPath ? try files.catalog.file(reference) : try files.find(reference, kind: nil).file
    return try files.ask(file)
  }

  /// Finds a plugin without creating an instance or looking at its options.
  package func find(_ reference: PluginReference) throws -> PluginDescription {
    try files.find(reference, kind: nil)
  }

  /// Finds a plugin and the files that its options refer to, and copies them. Later changes of these files do
  /// not affect a settled reference.
  package func settle(_ reference: PluginReference) throws -> PluginReference.Settled {
    if let settled = reference.settled { return settled }
    return try settle(reference, files.find(reference, kind: nil))
  }

  private func settle(_ reference: PluginReference, _ description: PluginDescription) throws
    -> PluginReference.Settled
  {
    if let settled = reference.settled { return settled }
    var (inputs, copies): ([String: String], [String: String]) = ([:], [:])
    let values = try options(reference, description).values
    for (option, value) in zip(description.options, values) where option.kind == .path {
      for path in value.texts {
        let input = try files.input(path)
        inputs[option.key, default: ""] += input.sha256
        copies[path] = input.path
      }
    }
    for (option, pinned) in reference.pinnedInputs.sorted(by: { $0.key < $1.key })
    where inputs[option] != pinned {
      throw PolyaError(
        .plugin,
        "the file of the option '\(option)' has sha256 \(inputs[option] ?? "none"), but \(pinned) is pinned",
        at: "plugins.\(reference.name)",
        hint: "restore the pinned content, or pin the new one with polya plugin lock MANIFEST")
    }
    return PluginReference.Settled(plugin: description, inputs: inputs, copies: copies)
  }

  private func blueprint(_ reference: PluginReference, _ description: PluginDescription) throws
    -> PluginBlueprint
  {
    let checked = try options(reference, description).checked()
    return PluginBlueprint(
      reference: reference, description: description, copy: try files.copy(of: description), options: checked,
      store: files.store,
      isTrusted: reference.sha256 != nil || files.catalog.isInstalled(description.file),
      inputs: try settle(reference, description).copies)
  }

  /// Returns everything that is wrong with a reference's options and placement.
  package func problems(_ reference: PluginReference, _ description: PluginDescription) throws -> [PolyaError]
  {
    var problems = try options(reference, description).problems
    problems += try bindings(reference, description).problems { try files.find($0, kind: nil) }
    return problems
  }

  /// Returns the models that a plugin's options name, without duplicates and in option order.
  package func boundModels(_ reference: PluginReference, _ description: PluginDescription)
    -> [PluginReference]
  {
    bindings(reference, description).targets
  }

  /// Checks a reference and its options without creating an instance.
  package func check(_ reference: PluginReference) throws -> PluginDescription {
    let description = try files.find(reference, kind: nil)
    if let problem = try problems(reference, description).first { throw problem }
    return description
  }

  /// Creates an instance of a reward.
  package func reward(_ reference: PluginReference) throws -> any Reward {
    try HostedReward(try instance(reference, kind: POLYA_REWARD))
  }

  /// Creates an instance of a strategy.
  package func strategy(_ reference: PluginReference) throws -> any Strategy {
    try HostedStrategy(try instance(reference, kind: POLYA_STRATEGY))
  }

  /// Creates an instance of a task source.
  package func taskSource(_ reference: PluginReference) throws -> any TaskSource {
    try HostedTaskSource(try instance(reference, kind: POLYA_TASKS))
  }

  /// Creates an instance of a model.
  package func model(_ reference: PluginReference) throws -> any LanguageModel {
    try HostedModel(try instance(reference, kind: POLYA_MODEL))
  }

  /// The result of trying out a plugin.
  package struct TriedOut {
    /// The description of the plugin.
    package let plugin: PluginDescription
    /// Where it runs when used: "in the host" or "out of process".
    package let placement: String
    /// The instance of a task source; nil for other kinds.
    package let source: (any TaskSource)?
    /// What a model says of itself; nil for other kinds.
    package let model: ModelInfo?
  }

  /// Creates an instance out of process, wherever it would normally run, and asks what it offers. The models
  /// that its options name are not created.
  package func tryOut(_ reference: PluginReference) throws -> TriedOut {
    let description = try files.find(reference, kind: nil)
    let blueprint = try blueprint(reference, description)
    let kind = description.kind
    let instance = try PluginInstance(blueprint, crashes: nil, warn: environment.warn) {
      try WorkerBackend(blueprint, kind: kind, launch: launch)
    }
    var (source, model): ((any TaskSource)?, ModelInfo?)
    switch kind {
    case POLYA_REWARD: _ = try HostedReward(instance)
    case POLYA_STRATEGY: _ = try HostedStrategy(instance)
    case POLYA_TASKS: source = try HostedTaskSource(instance)
    case POLYA_MODEL: model = try HostedModel(instance).info
    default: throw PolyaError(.plugin, "has the unknown kind '\(kind)'", at: description.file)
    }
    let isolation = try placement(reference, description).isolation
    return TriedOut(
      plugin: description, placement: isolation == .host ? "in the host" : "out of process",
      source: source, model: model)
  }

  func instance(_ reference: PluginReference, kind: String) throws -> PluginInstance {
    let description = try files.find(reference, kind: kind)
    guard description.kind == kind else {
      throw PolyaError(
        .plugin, "'\(reference.name)' (\(description.id)) is a \(description.kind), not a \(kind)",
        at: description.file, hint: "use another plugin")
    }
    _ = try options(reference, description).checked()
    let bindings = bindings(reference, description)
    if let problem = try bindings.problems({ try files.find($0, kind: nil) }).first { throw problem }
    let models = try BoundModels(
      Dictionary(uniqueKeysWithValues: bindings.targets.map { ($0.name, try shared($0)) }))
    let blueprint = try blueprint(reference, description)
    let placement = try placement(reference, description)
    if let warning = placement.warning, warned.insert(reference.name).inserted {
      environment.warn("'\(reference.name)' (\(reference.use)) \(warning)")
      if let missing = missingSandbox {
        environment.warn("plugins out of process do not run in namespaces: \(missing)")
      }
    }
    let frame = frame(reference)
    frame.names = blueprint.names
    let instance = try PluginInstance(blueprint, crashes: environment.crashes, warn: environment.warn) {
      switch placement.isolation {
      case .process: try WorkerBackend(blueprint, kind: kind, launch: launch)
      case .host:
        try LocalBackend(
          blueprint, kind: kind, module: module(description), frame: frame, stop: stop)
      }
    }
    // Set after creation, since an instance must depend only on its options.
    instance.frame.models = models
    return instance
  }

  /// Returns a model that is created once for all plugins that use it, on the thread that owns the host.
  private func shared(_ reference: PluginReference) throws -> SharedModel {
    if let known = shared[reference.name], known.reference == reference { return known.model }
    let model = SharedModel(try model(reference))
    shared[reference.name] = (reference, model)
    return model
  }

  private func bindings(_ reference: PluginReference, _ description: PluginDescription) -> BindingCheck {
    BindingCheck(reference: reference, description: description)
  }

  private func frame(_ reference: PluginReference) -> CallFrame {
    let (stop, log, name) = (stop, log, reference.name)
    let callbacks = CallFrame.Callbacks(
      stop: { PolyaStatus(stop.isSet ? POLYA_CANCELLED : POLYA_OK) },
      log: { log.write($0, name, $1) })
    let frame = CallFrame(
      host: table.raw, threads: self.environment.threads, arena: HeapArena(limit: 2 << 30),
      callbacks: callbacks)
    frame.timeLimit = reference.limits.deadline.map { Int64($0 * 1e9) }
    return frame
  }

  private func options(_ reference: PluginReference, _ description: PluginDescription) throws
    -> OptionCheck.Outcome
  {
    try OptionCheck(plugin: description.id, place: "plugins.\(reference.name)", folder: reference.folder)
      .check(reference.options, against: description.options)
  }

  private func placement(_ reference: PluginReference, _ description: PluginDescription) throws -> Placement {
    try Placement(
      description, reference, isInstalled: files.catalog.isInstalled(description.file))
  }

  /// Returns the module of a plugin, loaded once per content. A rebuilt file is another module with another
  /// path.
  private func module(_ description: PluginDescription) throws -> PluginModule {
    if let loaded = modules[description.sha256] { return loaded }
    let module = try PluginModule(
      file: description.file, loading: try files.copy(of: description), host: table)
    modules[description.sha256] = module
    return module
  }
}
