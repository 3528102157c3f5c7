package import PolyaCore

/// How a manifest or a command refers to a plugin.
package struct PluginReference: Sendable, Equatable {
  /// The name in errors: the manifest's key, or the id.
  package var name: String
  /// An id ("polya.math-answer"), a path relative to `folder` ("./mine.so"), or both
  /// ("./mine.so#org.example.one").
  package var use: String
  /// The digest that the file must have; nil if the plugin is not pinned.
  package var sha256: String?
  /// The digests that the files and folders of its options must have, by option. Options without a digest are
  /// not pinned.
  package var pinnedInputs: [String: String]
  /// The options, not yet checked.
  package var options: JSON.Members
  /// The folder that paths are relative to, which is the manifest's.
  package var folder: String
  /// The seed for the creation of the instance, for example of a model's initial weights.
  package var seed: UInt64
  /// Where the plugin runs; nil leaves it to the plugin's trust and traits.
  package var isolation: Isolation?
  /// The limits of a plugin out of process.
  package var limits: WorkerLimits
  /// The plugin and inputs that were found, to be used even if the files change; nil if they are not yet
  /// determined.
  package var settled: Settled?
  /// The plugins of the manifest that its options may name.
  package var bindings: [String: PluginReference] = [:]

  /// Creates a reference.
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

  /// The content of a plugin and of the files that its options refer to.
  package struct Settled: Sendable, Equatable {
    /// The plugin's descriptor.
    package let plugin: PluginDescription
    /// The digests of the files and folders that options refer to, by option.
    package let inputs: [String: String]
    /// The copies that the plugin reads instead of files, by the file's path.
    let copies: [String: String]
  }

  /// Whether `use` is a path. An id never contains a slash.
  package var isPath: Bool { path.contains("/") || path.hasSuffix(".so") }

  /// The part of `use` before the '#' of an id.
  var path: String { hash.map { String(use[..<$0]) } ?? use }

  /// The id of the plugin in a file with several; nil for the first that fits.
  var id: String? {
    guard isPath, let hash else { return nil }
    return String(use[use.index(after: hash)...])
  }

  /// The index of the '#' before an id. A '#' in the name of a folder or file does not count.
  private var hash: String.Index? {
    guard let hash = use.lastIndex(of: "#") else { return nil }
    let rest = use[hash...]
    return rest.contains("/") || rest.hasSuffix(".so") ? nil : hash
  }
}
