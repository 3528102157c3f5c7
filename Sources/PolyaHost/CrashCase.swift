public import PolyaCore

/// Where rows that brought a plugin down are kept, one file for each.
public struct CrashFolder: Sendable {
  /// The folder; made when the first case is saved.
  public let path: String
  /// Told of each case that is saved.
  public let report: @Sendable (_ plugin: String, _ cause: String, _ file: String) -> Void

  /// A folder of cases.
  public init(
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

/// A saved row, to be tried again.
public struct CrashCase {
  /// What happened when it was saved.
  public let cause: String
  /// "score", "next" or "demonstrate".
  public let function: String
  /// The plugin file's digest then.
  public let sha256: String
  /// The plugin, as it was configured.
  public let reference: PluginReference
  /// The row; a list of rows where they were one group.
  public let item: JSON
  private let seed: UInt64

  /// Reads a case.
  public init(file: String) throws {
    let root = try ObjectReader(try JSONParser.parse(try FileBytes.read(file), at: file), at: file)
    guard root.value("polya_crash")?.integer == 1 else {
      throw PolyaError(
        .corrupt, "is no saved crash", at: file, cure: "polya run names them when it saves one")
    }
    cause = try root.required("cause", root.string("cause"))
    function = try root.required("function", root.string("function"))
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
  /// - Returns: what came of it, in a line.
  /// - Throws: when the row fails again, the plugin cannot be made, or it breaks the contract.
  public func replay(on host: PluginHost, isolation: Isolation?) throws -> String {
    var reference = reference
    reference.isolation = isolation
    if function == "score" {
      let answers = try (item.array ?? [item]).map { try Answer(try ObjectReader($0, at: "item")) }
      let verdicts = try host.reward(reference).score(answers, seed: seed)
      if let why = verdicts.map(\.reason).first(where: { !$0.isEmpty }) { throw again(why) }
      return verdicts.map { "\($0)" }.joined(separator: "\n")
    }
    let reader = try ObjectReader(item, at: "item")
    switch function {
    case "next":
      switch try host.strategy(reference).next([try StrategyTurn(reader)], seed: seed)[0] {
      case .success(let move): return "\(move)"
      case .failure(let error): throw again(error.message)
      }
    case "segment", "judge":
      guard let labels = try host.strategy(reference).labels(of: [try ShownAnswer(reader)], seed: seed)
      else { return "(the strategy labels no answers)" }
      do { return try labels[0].get().joined(separator: ", ") } catch { throw again(error.message) }
    case "demonstrate":
      let solution = try host.taskSource(reference).demonstrate([try DemonstrationRequest(reader)])[0]
        .get()
      return solution ?? "(the heuristic does not fit the task)"
    default: throw PolyaError(.corrupt, "the function '\(function)' cannot be replayed")
    }
  }

  private func again(_ why: String) -> PolyaError {
    PolyaError(.plugin, "'\(function)' fails again on this row: \(why)", at: reference.use)
  }
}

extension Answer {
  var json: JSON {
    var members: JSON.Members = [
      "id": .string(String(id)), "group": .string(String(groupID)), "question": .string(task.question),
      "reference": .string(reference?.text ?? task.reference),
      "reference_kind": .string(reference?.kind ?? task.referenceKind), "meta": .string(task.metaJSON),
    ]
    if let text = String(validating: completion, as: UTF8.self) {
      members["completion"] = .string(text)
    } else {
      members["completion_bytes"] = .array(completion.map { JSON($0) })
    }
    if !tokens.isEmpty { members["tokens"] = .array(tokens.map { JSON($0) }) }
    if !transcript.isEmpty { members["transcript"] = transcript.json }
    if !logprobs.isEmpty { members["logprobs"] = .array(logprobs.map { JSON(Double($0)) }) }
    return .object(members)
  }

  fileprivate init(_ reader: ObjectReader) throws {
    let raw = try reader.integers("completion_bytes")?.map { UInt8(truncatingIfNeeded: $0) }
    let task = Task(
      key: "replay", question: try reader.string("question") ?? "",
      reference: try reader.string("reference") ?? "",
      referenceKind: try reader.string("reference_kind") ?? "", metaJSON: try reader.string("meta") ?? "")
    self.init(
      id: UInt64(try reader.string("id") ?? "") ?? 0, groupID: UInt64(try reader.string("group") ?? "") ?? 0,
      task: task, completion: try raw ?? Array((reader.string("completion") ?? "").utf8),
      tokens: (try reader.integers("tokens") ?? []).map { Int32(truncatingIfNeeded: $0) },
      logprobs: (reader.value("logprobs")?.array ?? []).map { Float($0.real ?? .nan) },
      transcript: try .init(reader))
  }
}

extension [Message] {
  fileprivate var json: JSON {
    .array(map { ["role": .string($0.role), "content": .string($0.content)] })
  }

  /// The member "transcript"; empty when it is absent.
  fileprivate init(_ reader: ObjectReader) throws {
    self = try (reader.objects("transcript") ?? []).map {
      Message(role: try $0.string("role") ?? "", content: try $0.string("content") ?? "")
    }
  }
}

extension StrategyTurn {
  var json: JSON {
    [
      "id": .string(String(id)), "question": .string(task.question), "heuristic": .string(heuristic),
      "meta": .string(task.metaJSON), "turn": JSON(turn), "state": .array(state.map { JSON($0) }),
      "exemplars": .array(
        exemplars.map {
          [
            "question": .string($0.question), "heuristic": .string($0.heuristic),
            "solution": .string($0.solution),
          ]
        }),
      "transcript": transcript.json,
    ]
  }

  fileprivate init(_ reader: ObjectReader) throws {
    func text(_ reader: ObjectReader, _ key: String) throws -> String { try reader.string(key) ?? "" }
    self.init(
      id: UInt64(try text(reader, "id")) ?? 0,
      task: Task(
        key: "replay", question: try text(reader, "question"), reference: "", referenceKind: "",
        metaJSON: try text(reader, "meta")),
      heuristic: try text(reader, "heuristic"),
      exemplars: try (reader.objects("exemplars") ?? []).map {
        Exemplar(
          question: try text($0, "question"), heuristic: try text($0, "heuristic"),
          solution: try text($0, "solution"))
      },
      transcript: try .init(reader),
      state: (try reader.integers("state") ?? []).map { UInt8(truncatingIfNeeded: $0) },
      turn: try reader.integer("turn") ?? 0)
  }
}

extension ShownAnswer {
  var json: JSON {
    [
      "id": .string(String(id)), "question": .string(question), "heuristic": .string(heuristic),
      "answer": .string(text),
    ]
  }

  fileprivate init(_ reader: ObjectReader) throws {
    self.init(
      id: UInt64(try reader.string("id") ?? "") ?? 0, question: try reader.string("question") ?? "",
      heuristic: try reader.string("heuristic") ?? "", text: try reader.string("answer") ?? "")
  }
}

extension DemonstrationRequest {
  var json: JSON {
    [
      "id": .string(String(id)), "heuristic": .string(heuristic), "split": .string(place.split),
      "index": JSON(place.index), "seed": .string(String(place.seed)),
    ]
  }

  fileprivate init(_ reader: ObjectReader) throws {
    self.init(
      place: Task.Place(
        split: try reader.string("split") ?? "", index: try reader.integer("index") ?? 0,
        seed: UInt64(try reader.string("seed") ?? "") ?? 0),
      heuristic: try reader.string("heuristic") ?? "", id: UInt64(try reader.string("id") ?? "") ?? 0)
  }
}
