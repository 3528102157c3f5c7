internal import PolyaCore
internal import PolyaPipeline
internal import PolyaRecords

enum WhyVerb: Verb {
  static let name = "why"
  static let summary = "Trace a record back to its task, prompt, seed, model, and plugins."
  static let operands = "RUN RECORD"

  static func run(_ arguments: inout Arguments, _ environment: CommandEnvironment) throws {
    let asJSON = try arguments.read(CommonOptions.json)
    let folder = RunFolder(try arguments.positional("the folder of a run"))
    let id = try arguments.positional("a record's id, such as 0a1b2c3d4e5f:17")
    try arguments.finish()
    let stages = try folder.finishedStages { Console.message("warning: \($0)") }
    guard !stages.isEmpty else {
      throw PolyaError(.configuration, "contains no finished stage", at: folder.path)
    }
    var open = [id]
    var depth = 0
    while let next = open.popLast() {
      guard let (stage, record) = try find(next, stages) else {
        guard depth > 0 else {
          throw PolyaError(
            .configuration, "there is no record '\(id)'", at: folder.path,
            hint: "polya data head shows the ids in a shard")
        }
        continue
      }
      try show(record, stage, depth: depth, asJSON: asJSON)
      open += record["parents"]?.array?.compactMap(\.string) ?? []
      depth += 1
    }
    try showModels(of: id, stages, asJSON: asJSON)
  }

  private static func find(_ id: String, _ stages: [FinishedStage]) throws -> (FinishedStage, JSON)? {
    guard let stage = stages.first(where: { id.hasPrefix($0.key.prefix(12) + ":") }) else { return nil }
    for file in try Folder.names(in: stage.folder) where file.hasSuffix(".jsonl.zst") {
      let reader = try RecordReader("\(stage.folder)/\(file)")
      while let record = try reader.next() {
        if record["id"]?.string == id { return (stage, record) }
      }
    }
    return nil
  }

  private static func show(_ record: JSON, _ stage: FinishedStage, depth: Int, asJSON: Bool) throws {
    guard !asJSON else {
      return try Console.out(["stage": .string(stage.name), "description": stage.json, "record": record])
    }
    try Console.out(
      "\(depth == 0 ? "" : "from ")\(record["id"]?.string ?? "") in stage '\(stage.name)' (\(stage.kind))")
    guard case .object(let members) = record else { return }
    try show(members.filter { !["id", "tokens", "parents"].contains($0.key) }, indent: "  ")
    try Console.out(
      "  polya: \(stage.json["polya"]?.string ?? ""), run seed \(stage.json["seed"]?.integer ?? 0)")
    guard case .object(let plugins)? = stage.json["plugins"] else { return }
    for (name, plugin) in plugins {
      let hash = plugin["sha256"]?.string ?? ""
      try Console.out(
        "  plugin \(name): \(plugin["id"]?.string ?? "") \(plugin["version"]?.string ?? "") sha256 \(hash)")
    }
  }

  private static func show(_ members: [(key: String, value: JSON)], indent: String) throws {
    for (key, value) in members where value != .null {
      if case .object(let inner) = value {
        try Console.out("\(indent)\(key):")
        try show(inner.pairs, indent: indent + "  ")
      } else {
        let text = value.string ?? value.compact
        try Console.out("\(indent)\(key): \(text.replacing("\n", with: "\n\(indent)  "))")
      }
    }
  }

  /// Shows the stages that the record's stage was made from.
  private static func showModels(of id: String, _ stages: [FinishedStage], asJSON: Bool) throws {
    guard !asJSON, let stage = stages.first(where: { id.hasPrefix($0.key.prefix(12) + ":") }) else { return }
    var open = [stage]
    var seen: Set<String> = []
    while let next = open.popLast() {
      guard case .object(let inputs)? = next.json["inputs"] else { continue }
      for (name, key) in inputs where seen.insert(key.string ?? "").inserted {
        try Console.out("stage '\(next.name)' read '\(name)' (\(key.string?.prefix(12) ?? ""))")
        open += stages.filter { $0.key == key.string }
      }
    }
  }
}
