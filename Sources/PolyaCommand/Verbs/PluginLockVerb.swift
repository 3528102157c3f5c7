internal import PolyaCore
internal import PolyaHost
internal import PolyaPipeline

enum PluginLockVerb: Verb {
  static let name = "plugin lock"
  static let summary = "Pin the plugins of a manifest by content, so that changed files are refused."
  static let operands = "MANIFEST"
  static let details = "  The pins are written to NAME.lock.json in the manifest's folder."
  static let options: [any DeclaredOption] = [CommonOptions.set] + CommonOptions.host

  static func run(_ arguments: inout Arguments, _ environment: CommandEnvironment) throws {
    let asJSON = try arguments.read(CommonOptions.json)
    let overrides = try arguments.read(CommonOptions.set)
    let host = try environment.host(&arguments)
    let word = try arguments.positional("a manifest")
    try arguments.finish()
    let file = Folder.resolve(word, in: try environment.workingFolder())
    let path = LockFile.path(for: file)
    let before = try LockFile.read(beside: file)
    // Without the lock file, so that new pins are not checked against the old ones.
    let manifest = try Manifest.read(file: file, kinds: StageKinds.all, overrides: overrides, lock: nil)
    let roles = HostRoles(manifest, host: host)
    let pins = try manifest.plugins.map { name, entry -> LockFile.Pin in
      let identity = try roles.identity(of: name)
      // Bound models have their own pins.
      let inputs = identity.inputs.filter { !$0.key.hasPrefix("model ") && $0.value != "absent" }
      return LockFile.Pin(name: name, use: entry.use, sha256: identity.sha256, inputs: inputs)
    }
    let lock = LockFile(plugins: pins)
    try Durable.replace(path, with: Array((lock.json.pretty + "\n").utf8))
    func old(_ name: String, _ use: String) -> String? {
      before?.plugins.first { $0.name == name && $0.use == use }?.sha256
    }
    guard !asJSON else {
      let rows = pins.map { pin -> JSON in
        [
          "name": .string(pin.name), "use": .string(pin.use), "sha256": .string(pin.sha256),
          "inputs": .object(
            JSON.Members(pin.inputs.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) })),
          "before": old(pin.name, pin.use).map { .string($0) } ?? .null,
        ]
      }
      return try Console.out(["lock": .string(path), "plugins": .array(rows)])
    }
    for pin in pins {
      let old = old(pin.name, pin.use)
      let note = old == nil ? "pinned" : old == pin.sha256 ? "unchanged" : "was \(old?.prefix(12) ?? "")"
      Console.message("\(pin.name) (\(pin.use)): \(pin.sha256.prefix(12)), \(note)")
      for (option, sha256) in pin.inputs.sorted(by: { $0.key < $1.key }) {
        Console.message("  \(option): \(sha256.prefix(12))")
      }
    }
    try Console.out(path: path)
  }
}
