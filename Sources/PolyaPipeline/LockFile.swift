internal import Glibc
package import PolyaCore

/// Digests that the plugins of a manifest must have, in a file beside it: `x.json5` → `x.lock.json`.
package struct LockFile: Sendable, Equatable {
  /// What one plugin must be.
  package struct Pin: Sendable {
    /// In the manifest.
    package var name: String
    /// As the manifest says.
    package var use: String
    /// Of the plugin's file.
    package var sha256: String
    /// Of the files and folders that its options name, by option.
    package var inputs: [String: String]

    /// A pin.
    package init(name: String, use: String, sha256: String, inputs: [String: String]) {
      self.name = name
      self.use = use
      self.sha256 = sha256
      self.inputs = inputs
    }
  }

  /// In the order of the manifest.
  package var plugins: [Pin]

  /// Pins.
  package init(plugins: [Pin]) { self.plugins = plugins }

  /// Same pins in the same order.
  package static func == (a: LockFile, b: LockFile) -> Bool { a.json == b.json }

  /// Where the lock file of a manifest stands.
  package static func path(for manifest: String) -> String {
    let slash = manifest.lastIndex(of: "/") ?? manifest.startIndex
    let stem = manifest[slash...].lastIndex(of: ".").map { manifest[..<$0] } ?? manifest[...]
    return stem + ".lock.json"
  }

  /// What the file holds.
  package var json: JSON {
    let members = plugins.map { pin -> (String, JSON) in
      var members: JSON.Members = ["use": .string(pin.use), "sha256": .string(pin.sha256)]
      if !pin.inputs.isEmpty { members["inputs"] = Self.json(pin.inputs) }
      return (pin.name, .object(members))
    }
    return ["polya_lock": 1, "plugins": .object(JSON.Members(members.map { (key: $0.0, value: $0.1) }))]
  }

  private static func json(_ inputs: [String: String]) -> JSON {
    .object(JSON.Members(inputs.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) }))
  }

  /// The lock file beside a manifest; nil when there is none.
  package static func read(beside manifest: String) throws -> LockFile? {
    let file = path(for: manifest)
    guard access(file, F_OK) == 0 else { return nil }
    let root = try ObjectReader(try JSONParser.parse(try FileBytes.read(file), at: file), at: file)
    guard try root.required("polya_lock", root.integer("polya_lock")) == 1 else {
      throw PolyaError(
        .configuration, "this host reads lock files of version 1", at: file,
        hint: "polya plugin lock MANIFEST")
    }
    let section = try root.required("plugins", root.object("plugins"))
    let plugins = try section.keys.map { name in
      let entry = try section.required(name, section.object(name))
      let use = try entry.required("use", entry.string("use"))
      let sha256 = try entry.required("sha256", entry.string("sha256"))
      let inputs = try entry.object("inputs")
      let pins = try (inputs?.keys ?? []).map { ($0, try inputs?.string($0) ?? "") }
      try inputs?.finish()
      try entry.finish()
      return Pin(name: name, use: use, sha256: sha256, inputs: Dictionary(uniqueKeysWithValues: pins))
    }
    try section.finish()
    try root.finish()
    return LockFile(plugins: plugins)
  }

  /// The manifest with the pins in it. A plugin that has another `use` by now is not pinned: its pin is for another
  /// file. A pin in the manifest itself wins.
  func pinning(_ manifest: JSON) -> JSON {
    guard case .object(var root) = manifest, case .object(var entries)? = root["plugins"] else {
      return manifest
    }
    for pin in plugins {
      guard case .object(var entry)? = entries[pin.name], entry["use"]?.string == pin.use,
        entry["sha256"] == nil
      else {
        continue
      }
      entry["sha256"] = .string(pin.sha256)
      if !pin.inputs.isEmpty, entry["inputs"] == nil { entry["inputs"] = Self.json(pin.inputs) }
      entries[pin.name] = .object(entry)
    }
    root["plugins"] = .object(entries)
    return .object(root)
  }
}
