package import PolyaCore

/// An entry of `plugins`.
package struct PluginEntry: Sendable, Equatable {
  /// The plugin's id, or the path of its file.
  package var use: String
  /// The digest that its file must have; nil accepts any.
  package var sha256: String?
  /// The digests that the files and folders of its options must have, by option.
  package var inputs: [String: String]
  /// The plugin's options. The host checks them against the plugin's descriptor.
  package var options: JSON.Members
  /// Where the plugin runs; nil leaves it to the plugin's trust and traits.
  package var isolation: PluginIsolation?
  /// Seconds without a finished row after which a call is ended; nil leaves it to the host.
  package var deadline: Double?
  /// The memory limit of a plugin out of process, in bytes; nil leaves it to the host.
  package var memory: Int?
  /// The folders that a plugin out of process may write to.
  package var writable: [String]

  private enum Key {
    static let use = Setting.string(
      "use", "The plugin: an id, a file relative to the manifest, or FILE#ID for a file with several.")
    static let options = NestedSetting.map(
      "options", of: .json, "The plugin's own options: polya plugin help lists them."
    ).optional("the plugin's defaults")
    static let isolation = Setting<PluginIsolation>.choice(
      "isolation", "Where the plugin runs: in the host or out of process."
    ).optional("'host' for plugins that are installed or pinned, and may run there")
    static let deadline = Setting.real(
      "deadline", in: 0.001...1e6, "Seconds without a finished row after which a call is ended."
    ).optional("what the kind of call allows")
    static let memory = Setting.integer(
      "memory", in: 1 << 20...1 << 50, "The most bytes of memory that a plugin out of process may use."
    ).optional("what the machine allows")
    static let writable = Setting.strings(
      "writable", "Folders that a plugin out of process may write to."
    ).standard([])
    static let sha256 = Setting.string("sha256", "The digest that the plugin's file must have.").optional(
      "any")
    static let inputs = NestedSetting.map(
      "inputs", of: .string, "The digests that the files and folders of its options must have, by option."
    ).optional("any")
  }

  /// The keys of an entry.
  package static let settings: [any DeclaredSetting] = [
    Key.use, Key.options, Key.isolation, Key.deadline, Key.memory, Key.writable, Key.sha256, Key.inputs,
  ]

  init(_ reader: ObjectReader) throws {
    use = try reader.read(Key.use)
    sha256 = try reader.read(Key.sha256)
    let pins = try reader.object(Key.inputs)
    inputs = try Dictionary(uniqueKeysWithValues: (pins?.keys ?? []).map { ($0, try pins?.string($0) ?? "") })
    try pins?.finish()
    isolation = try reader.read(Key.isolation)
    deadline = try reader.read(Key.deadline)
    memory = try reader.read(Key.memory)
    writable = try reader.read(Key.writable)
    options = try reader.object(Key.options)?.members ?? [:]
  }
}

/// Where a plugin runs: in the host or in a process of its own.
package enum PluginIsolation: String, CaseIterable, Sendable {
  case host, process
}
