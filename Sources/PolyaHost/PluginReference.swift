package import PolyaCore

/// How a manifest or a command names a plugin.
package struct PluginReference: Sendable, Equatable {
  /// The name errors use: the manifest's key, or the id.
  package var name: String
  /// An id ("polya.math-answer"), a path ("./mine.so", relative to `folder`), or both ("./mine.so#org.example.one").
  package var use: String
  /// The digest the file must have; nil: not pinned.
  package var sha256: String?
  /// Digests that the files and folders of its options must have, by option; what is not named is not pinned.
  package var pinnedInputs: [String: String]
  /// Settings, not yet checked.
  package var options: JSON.Members
  /// What paths are relative to: the manifest's folder.
  package var folder: String
  /// Randomness of the instance's creation, e.g. of a model's first weights.
  package var seed: UInt64
  /// Where the plugin runs; nil: as its trust and traits say.
  package var isolation: Isolation?
  /// Bounds on a plugin out of process.
  package var limits: WorkerLimits
  /// What was found under this reference, when it must stay that, whatever its files hold by now; nil: undecided.
  package var settled: Settled?
  /// What its options may name: the other plugins of the manifest.
  package var bindings: [String: PluginReference] = [:]

  /// A reference.
  package init(
    name: String, use: String, sha256: String? = nil, options: JSON.Members = [:], folder: String,
    pinnedInputs: [String: String] = [:], seed: UInt64 = 0, isolation: Isolation? = nil,
    limits: WorkerLimits = WorkerLimits()
  ) {
    self.name = name
    self.use = use
    self.sha256 = sha256
    self.options = options
    self.folder = folder
    self.pinnedInputs = pinnedInputs
    self.seed = seed
    self.isolation = isolation
    self.limits = limits
  }

  /// A plugin's content and that of the files that its options name.
  package struct Settled: Sendable, Equatable {
    /// As the plugin's descriptor says.
    package let plugin: PluginDescription
    /// Digests of the files and folders that options name, by option.
    package let inputs: [String: String]
    /// What the plugin reads in place of a file, by the file's path.
    let copies: [String: String]
  }

  /// Whether `use` is a path; an id never holds a slash.
  package var isPath: Bool { path.contains("/") || path.hasSuffix(".so") }

  /// The part of `use` before the '#' of an id.
  var path: String { hash.map { String(use[..<$0]) } ?? use }

  /// The plugin wanted of a file with several; nil: the first that fits.
  var id: String? {
    guard isPath, let hash else { return nil }
    return String(use[use.index(after: hash)...])
  }

  /// Where an id begins; a '#' in the name of a folder or file begins none.
  private var hash: String.Index? {
    guard let hash = use.lastIndex(of: "#") else { return nil }
    let rest = use[hash...]
    return rest.contains("/") || rest.hasSuffix(".so") ? nil : hash
  }
}
