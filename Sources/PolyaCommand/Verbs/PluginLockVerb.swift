internal import PolyaCore
internal import PolyaHost
internal import PolyaPipeline

enum PluginLockVerb: Verb {
  static let name = "plugin lock"
  static let usage = "MANIFEST [--set key.path=value]…"
  static let summary =
    "Pin the plugins of a manifest by content, in a lock file beside it: changed files are then refused."

  static func run(_ arguments: inout Arguments, _ environment: CommandEnvironment) throws {
    let overrides = try arguments.values("--set")
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
    for (name, use, sha256) in pins {
      let old = before?.plugins.first { $0.name == name && $0.use == use }?.sha256
      let note = old == nil ? "pinned" : old == sha256 ? "as before" : "was \(old?.prefix(12) ?? "")"
      Console.message("\(name) (\(use)): \(sha256.prefix(12)), \(note)")
    }
    Console.out(path)
  }
}
