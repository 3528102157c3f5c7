internal import Glibc
package import PolyaCore

/// The digests that the plugins of a manifest must have, stored beside it: `x.json5` → `x.lock.json`.
package struct LockFile: Sendable, Equatable {
  /// The expected content of one plugin.
  package struct Pin: Sendable {
    /// The plugin's name in the manifest.
    package var name: String
    /// The plugin's id or path, as in the manifest.
    package var use: String
    /// The digest of the plugin's file.
    package var sha256: String
    /// The digests of the files and folders that its options refer to, by option.
    package var inputs: [String: String]

    /// Creates a pin.
    package init(name: String, use: String, sha256: String, inputs: [String: String]) {
      self.name = name
      self.use = use
      self.sha256 = sha256
      self.inputs = inputs
    }
  }

  /// The pins, in the order of the manifest.
  package var plugins: [Pin]

  /// Creates a lock file from pins.
  package init(plugins: [Pin]) { self.plugins = plugins }

  /// Whether both have the same pins in the same order.
  package static func == (a: LockFile, b: LockFile) -> Bool { a.json == b.json }

  /// Returns the path of a manifest's lock file.
  package static func path(for manifest: String) -> String {
    let slash = manifest.lastIndex(of: "/") ?? manifest.startIndex
    let stem = manifest[slash...].lastIndex(of: ".").map { manifest[..<$0] } ?? manifest[...]
    return stem + ".lock.json"
  }

  /// The content of the file.
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

  /// Reads the lock file of a manifest; returns nil if there is none.
  package static func read(beside manifest: String) throws -> LockFile? {
    let file = path(for: manifest)
    guard access(file, F_OK) == 0 else { return nil }
    let root = try ObjectReader(try JSONParser.parse(try FileBytes.read(file), at: file), at: file)
    guard try root.required("polya_lock", root.integer("polya_lock")) == 1 else {
      throw PolyaError(
        .configuration, "this host reads only lock files of version 1", at: file,
        hint: "run polya plugin lock MANIFEST")
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

  /// Returns the manifest with the pins added. A plugin whose `use` differs from its pin is not pinned,
  /// because the pin is for another file. Pins in the manifest itself take precedence.
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
