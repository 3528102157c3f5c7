package import PolyaCore

/// The folder for rows that crashed a plugin, with one file per case.
package struct CrashFolder: Sendable {
  /// The path, which is created when the first case is saved.
  package let path: String
  /// Called for each saved case.
  package let report: @Sendable (_ plugin: String, _ cause: String, _ file: String) -> Void

  /// Creates a folder of cases.
  package init(
    _ path: String, report: @escaping @Sendable (_ plugin: String, _ cause: String, _ file: String) -> Void
  ) {
    self.path = path
    self.report = report
  }

  func save(
    _ item: JSON, of instance: PluginInstance, _ function: PluginFunction, seed: UInt64, cause: String
  ) throws {
    let reference = instance.reference
    let json: JSON = [
      "polya_crash": 1, "cause": .string(cause), "function": .string(function.name),
      "kind": .string(instance.description.kind), "seed": .string(String(seed)),
      "plugin": [
        "name": .string(reference.name), "id": .string(instance.description.id),
        "file": .string(instance.description.file), "sha256": .string(instance.description.sha256),
        "options": .object(reference.options), "folder": .string(reference.folder),
        "seed": .string(String(reference.seed)),
      ],
      "item": item,
    ]
    let text = json.pretty + "\n"
    let file = "\(path)/\(SHA256.hex(of: text.utf8).prefix(12)).json"
    try Folder.create(path)
    try Durable.replace(file, with: Array(text.utf8))
    report(reference.name, cause, file)
  }
}

/// A saved row that can be tried again.
package struct CrashCase {
  /// What happened when it was saved.
  package let cause: String
  /// The name of the function, such as "score", "next", "segment", or "demonstrate".
  package let function: String
  /// The plugin's role, such as "polya.reward/1".
  private let kind: String
  /// The digest of the plugin's file at the time.
  package let sha256: String
  /// The plugin with its configuration.
  package let reference: PluginReference
  /// The row, or a list of rows if they formed one group.
  package let item: JSON
  private let seed: UInt64

  /// Reads a case.
  package init(file: String) throws {
    let root = try ObjectReader(try JSONParser.parse(try FileBytes.read(file), at: file), at: file)
    guard root.value("polya_crash")?.integer == 1 else {
      throw PolyaError(
        .corrupt, "is not a saved crash", at: file, hint: "use a file that polya run reported")
    }
    cause = try root.required("cause", root.string("cause"))
    function = try root.required("function", root.string("function"))
    kind = try root.required("kind", root.string("kind"))
    seed = try Self.number(root, "seed")
    item = try root.required("item", root.value("item"))
    let plugin = try root.required("plugin", root.object("plugin"))
    sha256 = try plugin.required("sha256", plugin.string("sha256"))
    guard case .object(let options) = plugin.value("options") ?? [:] else {
      throw PolyaError(.corrupt, "must be an object", at: plugin.place("options"))
    }
    let id = try plugin.required("id", plugin.string("id"))
    let path = try plugin.required("file", plugin.string("file"))
    reference = PluginReference(
      name: try plugin.required("name", plugin.string("name")), use: "\(path)#\(id)", options: options,
      folder: try plugin.required("folder", plugin.string("folder")), seed: try Self.number(plugin, "seed"))
  }

  private static func number(_ reader: ObjectReader, _ key: String) throws -> UInt64 {
    guard let number = UInt64(try reader.required(key, reader.string(key))) else {
      throw PolyaError(.corrupt, "must be a number", at: reader.place(key))
    }
    return number
  }

  /// Runs the row again.
  ///
  /// - Returns: The result in one line.
  ///
  /// - Throws: If the row fails again, or if the plugin cannot be created or breaks the contract.
  package func replay(on host: PluginHost, isolation: Isolation?) throws -> String {
    var reference = reference
    reference.isolation = isolation
    guard let (function, plugin) = try replaying(reference, on: host) else {
      throw PolyaError(.corrupt, "the function '\(function)' of a \(kind) cannot be replayed")
    }
    let outcomes = try plugin.replay(function, item.array ?? [item], seed: seed)
    return try outcomes.map { outcome in
      switch outcome {
      case .success(let line): return line
      case .failure(let error):
        throw PolyaError(
          .plugin, "'\(function.name)' failed again on this row: \(error.message)", at: reference.use)
      }
    }.joined(separator: "\n")
  }

  private func replaying(_ reference: PluginReference, on host: PluginHost) throws -> (
    PluginFunction, any Replaying
  )? {
    let named = PluginFunction.allCases.first { [name = function] in $0.name == name && $0.shape.kind == kind
    }
    switch named {
    case .score: return (.score, try HostedReward(try host.instance(reference, kind: kind)))
    case .next, .segment:
      return try named.map { ($0, try HostedStrategy(try host.instance(reference, kind: kind))) }
    case .demonstrate: return (.demonstrate, try HostedTaskSource(try host.instance(reference, kind: kind)))
    default: return nil
    }
  }
}

/// A hosted plugin whose rows can be run again from their JSON; see ``RowJSON``.
protocol Replaying {
  /// Runs rows and returns the result of each in one line.
  func replay(_ function: PluginFunction, _ rows: [JSON], seed: UInt64) throws -> [Result<String, PolyaError>]
}
