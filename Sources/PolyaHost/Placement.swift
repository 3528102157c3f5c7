internal import PolyaCore

/// Where a plugin runs.
package enum Isolation: String, Sendable, CaseIterable {
  /// In the host's process, which is fastest and requires full trust.
  case host
  /// Out of process, where it can break only itself.
  case process
}

/// The limits of a plugin out of process.
package struct WorkerLimits: Sendable, Equatable {
  /// Seconds without a finished row after which a call is ended. nil means no limit for models, and 120 for
  /// other plugins.
  package var deadline: Double?
  /// The limit of private memory in bytes. nil means no limit for models, and 4 GiB for other plugins.
  package var memory: Int?
  /// The folders that it may write to, in addition to its own folder for temporary files.
  package var writable: [String]

  /// Creates limits.
  package init(deadline: Double? = nil, memory: Int? = nil, writable: [String] = []) {
    self.deadline = deadline
    self.memory = memory
    self.writable = writable
  }

  /// Returns the limits with nil replaced by the defaults.
  func completed(for description: PluginDescription) -> WorkerLimits {
    guard description.kindName != "model" else { return self }
    return WorkerLimits(deadline: deadline ?? 120, memory: memory ?? 4 << 30, writable: writable)
  }
}

/// Decides where a plugin runs. An installed or pinned plugin that neither executes a model's text nor uses
/// the network is trusted to run in the host's process. The manifest can override this, unless the plugin
/// requires its own process.
struct Placement {
  let isolation: Isolation
  /// Why the plugin runs out of process although the user did not ask for it; nil if there is nothing to
  /// report.
  let warning: String?

  init(_ description: PluginDescription, _ reference: PluginReference, isInstalled: Bool) throws {
    guard !description.traits.contains(.ownProcess) || reference.isolation != .host else {
      throw PolyaError(
        .configuration, "'\(description.id)' must run out of process",
        at: "plugins.\(reference.name).isolation", hint: "remove it, or set it to 'process'")
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
      ? "with network access, as it declares" : "without network access"
    warning =
      isTrusted
      ? nil : "is not pinned, so it runs out of process \(network); use 'polya plugin lock' to pin it"
  }
}
