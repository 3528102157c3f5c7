internal import PolyaCore
internal import PolyaHost
internal import PolyaPipeline

/// The plugins of a manifest, through the plugin host.
final class HostRoles: RoleProvider {
  private let host: PluginHost
  private let references: [String: PluginReference]
  private var identities: [String: PluginIdentity] = [:]

  init(_ manifest: Manifest, host: PluginHost) {
    self.host = host
    references = Dictionary(
      manifest.plugins.map { name, entry in
        (
          name,
          PluginReference(
            name: name, use: entry.use, sha256: entry.sha256, options: entry.options, folder: manifest.folder,
            seed: Randomness(seed: manifest.seed).stream("plugins").stream(name).key,
            isolation: entry.isolation.flatMap { Isolation(rawValue: $0.rawValue) },
            limits: WorkerLimits(deadline: entry.deadline, memory: entry.memory))
        )
      }
    ) { first, _ in first }
  }

  private func reference(_ name: String) -> PluginReference {
    guard let reference = references[name] else { preconditionFailure("no plugin '\(name)'") }
    return reference
  }

  /// Checks a plugin and its options without making an instance.
  func check(_ name: String) throws -> PluginDescription { try host.check(reference(name)) }

  func identity(of name: String) throws -> PluginIdentity {
    if let known = identities[name] { return known }
    let reference = reference(name)
    let description = try host.check(reference)
    var inputs: [String: String] = [:]
    for option in description.options where option.kind == .path {
      guard let path = reference.options[option.key]?.string else { continue }
      inputs[option.key] = try Folder.digest(of: path.hasPrefix("/") ? path : reference.folder + "/" + path)
    }
    let identity = PluginIdentity(
      id: description.id, version: description.version, sha256: description.sha256, inputs: inputs)
    identities[name] = identity
    return identity
  }

  func strategy(_ name: String) throws -> any Strategy { try host.strategy(reference(name)) }
  func reward(_ name: String) throws -> any Reward { try host.reward(reference(name)) }
  func taskSource(_ name: String) throws -> any TaskSource { try host.taskSource(reference(name)) }
  func model(_ name: String) throws -> any LanguageModel { try host.model(reference(name)) }
}
