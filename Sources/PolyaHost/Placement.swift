internal import PolyaCore

/// Where a plugin runs.
package enum Isolation: String, Sendable, CaseIterable {
  /// In the host's process: fastest, and fully trusted.
  case host
  /// Out of process: what it breaks is only itself.
  case process
}

/// Bounds on a plugin out of process.
package struct WorkerLimits: Sendable, Equatable {
  /// Seconds without a finished row after which a call is ended; nil: none for models, 120 for the others.
  package var deadline: Double?
  /// Bytes of private memory; nil: none for models, 4 GiB for the others.
  package var memory: Int?
  /// Folders that it may write to, beside its own folder for temporary files.
  package var writable: [String]

  /// Bounds.
  package init(deadline: Double? = nil, memory: Int? = nil, writable: [String] = []) {
    self.deadline = deadline
    self.memory = memory
    self.writable = writable
  }

  /// With what stands in for nil.
  func completed(for description: PluginDescription) -> WorkerLimits {
    guard description.kindName != "model" else { return self }
    return WorkerLimits(deadline: deadline ?? 120, memory: memory ?? 4 << 30, writable: writable)
  }
}

/// Decides where a plugin runs. An installed or pinned plugin that neither executes a model's text nor uses the
/// network is trusted with the host's process; what the manifest says wins, but never over a plugin that demands a
/// process of its own.
struct Placement {
  let isolation: Isolation
  /// Why the plugin is not trusted, when the user did not decide; nil when there is nothing to tell.
  let warning: String?

  init(_ description: PluginDescription, _ reference: PluginReference, isInstalled: Bool) throws {
    guard !description.traits.contains(.ownProcess) || reference.isolation != .host else {
      throw PolyaError(
        .configuration, "'\(description.id)' must run out of process",
        at: "plugins.\(reference.name).isolation", hint: "leave it out, or write 'process'")
    }
    if let given = reference.isolation {
      isolation = given
      warning = nil
      return
    }
    let isTrusted = isInstalled || reference.sha256 != nil
    let isRisky = !description.traits.isDisjoint(with: [.runsCode, .network, .ownProcess])
    isolation = isTrusted && !isRisky ? .host : .process
    let network =
      reference.traits(of: description).contains(.network)
      ? "with the network that it declares" : "without network"
    warning =
      isTrusted
      ? nil : "is not pinned, so it runs out of process \(network); 'polya plugin lock' pins it"
  }
}
