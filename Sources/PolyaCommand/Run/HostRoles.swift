internal import PolyaCore
internal import PolyaHost
internal import PolyaPipeline
internal import PolyaRecords

/// Provides the plugins of a manifest through the plugin host.
final class HostRoles: RoleProvider {
  private let host: PluginHost
  private let references: [String: PluginReference]
  private var identities: [String: (identity: PluginIdentity, settled: PluginReference.Settled)] = [:]

  init(_ manifest: Manifest, host: PluginHost) {
    self.host = host
    let plain = Dictionary(
      manifest.plugins.map { name, entry in
        (
          name,
          PluginReference(
            name: name, use: entry.use, sha256: entry.sha256, options: entry.options, folder: manifest.folder,
            pinnedInputs: entry.inputs,
            seed: Randomness(seed: manifest.seed).stream("plugins").stream(name).key,
            isolation: entry.isolation.flatMap { Isolation(rawValue: $0.rawValue) },
            limits: WorkerLimits(
              deadline: entry.deadline, memory: entry.memory,
              writable: entry.writable.map { Folder.resolve($0, in: manifest.folder) }))
        )
      }
    ) { first, _ in first }
    references = plain.mapValues { reference in
      var reference = reference
      reference.bindings = plain
      return reference
    }
  }

  private func reference(_ name: String) -> PluginReference {
    guard var reference = references[name] else { preconditionFailure("no plugin '\(name)'") }
    reference.settled = identities[name]?.settled
    for target in reference.bindings.keys {
      reference.bindings[target]?.settled = identities[target]?.settled
    }
    return reference
  }

  /// Returns the descriptor of a plugin, without looking at its options.
  func describe(_ name: String) throws -> PluginDescription { try host.find(reference(name)) }

  func kind(of name: String) throws -> String { try describe(name).kindName }

  func needsNetwork(_ name: String) throws -> Bool {
    reference(name).traits(of: try describe(name)).contains(.network)
  }

  func description(of name: String) throws -> RunRecord.Plugin {
    let plugin = try describe(name)
    return RunRecord.Plugin(
      name: name, id: plugin.id, version: plugin.version, sha256: plugin.sha256, file: plugin.file)
  }

  /// Returns everything that is wrong with a plugin's file, pin, options, and placement.
  func problems(_ name: String) throws -> [PolyaError] {
    do {
      let reference = reference(name)
      return try host.problems(reference, try host.find(reference))
    } catch let problem as PolyaError { return [problem] }
  }

  /// Creates a plugin once, out of process, wherever it runs in a run.
  func tryOut(_ name: String) throws -> PluginHost.TriedOut { try host.tryOut(reference(name)) }

  func identity(of name: String) throws -> PluginIdentity {
    if let known = identities[name] { return known.identity }
    var reference = reference(name)
    let settled = try host.settle(reference)
    reference.settled = settled
    let description = try host.check(reference)
    var inputs = settled.inputs
    for target in host.boundModels(reference, description) {
      inputs["model " + target.name] = try fingerprint(target)
    }
    let identity = PluginIdentity(
      id: description.id, version: description.version, sha256: description.sha256, inputs: inputs,
      description: SHA256.hex(of: description.json.compact.utf8))
    identities[name] = (identity, settled)
    return identity
  }

  /// Returns a digest of everything that the answers of a bound model depend on: the plugin, its options and
  /// seed, and the files that it uses.
  private func fingerprint(_ model: PluginReference) throws -> String {
    let identity = try identity(of: model.name)
    let inputs = identity.inputs.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
    let parts = [identity.sha256, JSON.object(model.options).compact, "seed \(model.seed)"]
    return (parts + inputs).joined(separator: "; ")
  }

  /// Task sources and models are kept, since a run must not change its questions or weights midway.
  func stageBegins() {
    identities = identities.filter { !["strategy", "reward"].contains($0.value.settled.plugin.kindName) }
  }

  // Use the plugins that the stage's key was based on, even if their files have changed since.
  func strategy(_ name: String) throws -> any Strategy { try host.strategy(reference(name)) }
  func reward(_ name: String) throws -> any Reward { try host.reward(reference(name)) }
  func taskSource(_ name: String) throws -> any TaskSource { try host.taskSource(reference(name)) }
  func model(_ name: String) throws -> any LanguageModel { try host.model(reference(name)) }
}
