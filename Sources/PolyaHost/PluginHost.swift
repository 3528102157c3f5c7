internal import CPolya
internal import CPolyaProcess
package import PolyaCore

/// Finds, places and configures plugins, and calls them under one thread budget.
///
/// Descriptors are read from sidecars or asked of a worker, so that only an instance that is
/// placed in the host's process ever runs a plugin's code there.
///
/// Not thread-safe: one thread owns the host and everything made by it.
package final class PluginHost {
  /// The installation and the limits that every plugin of a host shares.
  package struct Environment: Sendable {
    /// Folders in which ids are looked for before the installation's.
    package var searchPath: [String]
    /// Folders of the installation.
    package var installed: [String]
    /// The `polya-worker` program.
    package var worker: String
    /// Folders that models out of process may write to: where they are stored.
    package var writable: [String]
    /// Whether workers get namespaces of their own where the system can make them.
    package var usesNamespaces: Bool
    /// Handed to every call as its budget; at least 1.
    package var threads: Int
    /// Where rows that bring plugins down are kept; nil: nowhere.
    package var crashes: CrashFolder?
    /// Told once for each plugin that runs out of process because it is untrusted: neither installed nor pinned.
    package var warn: @Sendable (String) -> Void

    /// Makes an environment.
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

  /// - Parameters:
  ///   - stop: polled by plugins while they work.
  ///   - log: gets what plugins log and, from a worker, print.
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

  /// Makes this process one that workers outside of namespaces can neither trace nor read.
  package static func protectProcess() throws {
    guard polya_protect() == 0 else { throw PolyaError(.run, "the process cannot be protected from tracing") }
  }

  /// Whether all memory of a worker counts together, also what its processes share.
  package var hasControlGroups: Bool { launch.cgroups.isAvailable }

  /// Why workers run without namespaces; nil: they have them.
  package var missingSandbox: String? {
    do throws(WorkerSandbox.Missing) { _ = try launch.sandboxes.sandbox() } catch { return error.reason }
    return nil
  }

  /// Every plugin of the search path; what cannot be loaded is a row of `failures`.
  package func list() throws -> (plugins: [PluginDescription], failures: [PolyaError]) { try files.list() }

  /// All plugins of the file or id that the reference names, as its sidecar says when it has one.
  package func describe(_ reference: PluginReference) throws -> [PluginDescription] {
    guard reference.isPath, reference.id == nil else { return [try files.find(reference, kind: nil)] }
    return try files.shown(files.catalog.file(reference))
  }

  /// What the plugins of a file say themselves, whatever its sidecar says.
  package func ask(_ reference: PluginReference) throws -> [PluginDescription] {
    let file =
      reference.isPath ? try files.catalog.file(reference) : try files.find(reference, kind: nil).file
    return try files.ask(file)
  }

  /// Finds a plugin without making an instance; its options are not looked at.
  package func find(_ reference: PluginReference) throws -> PluginDescription {
    try files.find(reference, kind: nil)
  }

  /// Finds a plugin and the files that its options name, and copies them: whatever is written to them later, a
  /// reference that is settled so stays what it is now.
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
        "what the option '\(option)' names has sha256 \(inputs[option] ?? "none"), \(pinned) is pinned",
        at: "plugins.\(reference.name)",
        hint: "bring the pinned content back, or pin the new one: polya plugin lock MANIFEST")
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

  /// Everything that is wrong with a reference's options and placement.
  package func problems(_ reference: PluginReference, _ description: PluginDescription) throws -> [PolyaError]
  {
    var problems = try options(reference, description).problems
    problems += try bindings(reference, description).problems { try files.find($0, kind: nil) }
    return problems
  }

  /// The models that a plugin's options name, each once, in the order of the options.
  package func boundModels(_ reference: PluginReference, _ description: PluginDescription)
    -> [PluginReference]
  {
    bindings(reference, description).targets
  }

  /// Checks a reference and its options without making an instance.
  package func check(_ reference: PluginReference) throws -> PluginDescription {
    let description = try files.find(reference, kind: nil)
    if let problem = try problems(reference, description).first { throw problem }
    return description
  }

  /// A configured reward.
  package func reward(_ reference: PluginReference) throws -> any Reward {
    try HostedReward(try instance(reference, kind: POLYA_REWARD))
  }

  /// A configured strategy.
  package func strategy(_ reference: PluginReference) throws -> any Strategy {
    try HostedStrategy(try instance(reference, kind: POLYA_STRATEGY))
  }

  /// A configured task source.
  package func taskSource(_ reference: PluginReference) throws -> any TaskSource {
    try HostedTaskSource(try instance(reference, kind: POLYA_TASKS))
  }

  /// A configured model.
  package func model(_ reference: PluginReference) throws -> any LanguageModel {
    try HostedModel(try instance(reference, kind: POLYA_MODEL))
  }

  /// What a plugin is when it is made.
  package struct TriedOut {
    /// As found.
    package let plugin: PluginDescription
    /// Where it runs when it is used: "in the host", or "out of process".
    package let placement: String
    /// The instance, when the plugin is a task source.
    package let source: (any TaskSource)?
  }

  /// Makes an instance out of process, whatever place it would have, and asks what it offers. The models that
  /// its options name are not made.
  package func tryOut(_ reference: PluginReference) throws -> TriedOut {
    let description = try files.find(reference, kind: nil)
    let blueprint = try blueprint(reference, description)
    let kind = description.kind
    let instance = try PluginInstance(blueprint, crashes: nil, warn: environment.warn) {
      try WorkerBackend(blueprint, kind: kind, launch: launch)
    }
    var source: (any TaskSource)?
    switch kind {
    case POLYA_REWARD: _ = try HostedReward(instance)
    case POLYA_STRATEGY: _ = try HostedStrategy(instance)
    case POLYA_TASKS: source = try HostedTaskSource(instance)
    case POLYA_MODEL: _ = try HostedModel(instance)
    default: throw PolyaError(.plugin, "is of the unknown kind '\(kind)'", at: description.file)
    }
    let isolation = try placement(reference, description).isolation
    return TriedOut(
      plugin: description, placement: isolation == .host ? "in the host" : "out of process",
      source: source)
  }

  func instance(_ reference: PluginReference, kind: String) throws -> PluginInstance {
    let description = try files.find(reference, kind: kind)
    guard description.kind == kind else {
      throw PolyaError(
        .plugin, "'\(reference.name)' (\(description.id)) is a \(description.kind), wanted \(kind)",
        at: description.file, hint: "name another plugin there")
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
        environment.warn("plugins that run out of process are not in namespaces: \(missing)")
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
    // Not before: what an instance is must follow from its options alone.
    instance.frame.models = models
    return instance
  }

  /// Made once for all that name it, on the thread that owns the host.
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

  /// Loaded once for each content: a rebuilt file is another module, under another path.
  private func module(_ description: PluginDescription) throws -> PluginModule {
    if let loaded = modules[description.sha256] { return loaded }
    let module = try PluginModule(
      file: description.file, loading: try files.copy(of: description), host: table)
    modules[description.sha256] = module
    return module
  }
}
