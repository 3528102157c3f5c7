internal import PolyaCore
internal import PolyaHost
internal import PolyaPipeline

enum PluginLockVerb: Verb {
  static let name = "plugin lock"
  static let summary = "Pin the plugins of a manifest by content: changed files are then refused."
  static let operands = "MANIFEST"
  static let details = "  The pins are written beside the manifest, as NAME.lock.json."
  static let options: [any DeclaredOption] = [CommonOptions.set] + CommonOptions.host

  static func run(_ arguments: inout Arguments, _ environment: CommandEnvironment) throws {
    let asJSON = try arguments.read(CommonOptions.json)
    let overrides = try arguments.read(CommonOptions.set)
    let host = try environment.host(&arguments)
    let word = try arguments.positional("a manifest")
    try arguments.finish()
    let file = word.hasPrefix("/") ? word : try environment.workingFolder() + "/" + word
    let path = LockFile.path(for: file)
    let before = try LockFile.read(beside: file)
    // The new pins must not be checked against the old ones.
    let manifest = try Manifest.read(file: file, kinds: StageKinds.all, overrides: overrides, lock: nil)
    let roles = HostRoles(manifest, host: host)
    let pins = try manifest.plugins.map { name, entry in
      (name: name, use: entry.use, sha256: try roles.describe(name).sha256)
    }
    let lock = LockFile(plugins: pins)
    try Durable.replace(path, with: Array((lock.json.pretty + "\n").utf8))
    func old(_ name: String, _ use: String) -> String? {
      before?.plugins.first { $0.name == name && $0.use == use }?.sha256
    }
    guard !asJSON else {
      let rows = pins.map { name, use, sha256 -> JSON in
        [
          "name": .string(name), "use": .string(use), "sha256": .string(sha256),
          "before": old(name, use).map { .string($0) } ?? .null,
        ]
      }
      return try Console.out(["lock": .string(path), "plugins": .array(rows)])
    }
    for (name, use, sha256) in pins {
      let old = old(name, use)
      let note = old == nil ? "pinned" : old == sha256 ? "as before" : "was \(old?.prefix(12) ?? "")"
      Console.message("\(name) (\(use)): \(sha256.prefix(12)), \(note)")
    }
    try Console.out(path: path)
  }
}
