package import PolyaCore
package import PolyaRecords

/// The folder `runs/NAME`, which holds everything that a run produces.
package struct RunFolder: Sendable {
  /// The path of the folder.
  package let path: String
  /// Caches digests, so that each file is read only once.
  private let verified = VerifiedFiles()

  /// Creates a reference to a run's folder, which need not exist yet.
  package init(_ path: String) { self.path = path }

  /// Returns the path of a file in the folder.
  package func file(_ name: String) -> String { "\(path)/\(name)" }

  /// Returns the events of the journal, oldest first. Lines that a crash cut short are skipped.
  package func journal() throws -> [JSON] {
    try FileBytes.read(file("journal.jsonl")).split(separator: UInt8(ascii: "\n")).compactMap { line in
      do { return try JSONParser.parse(Array(line)) } catch { return nil }
    }
  }

  /// Returns the seconds that each finished stage took when it last ran, by its key, from the journal.
  package func durations() throws -> [String: Double] {
    var durations: [String: Double] = [:]
    for event in try journal() where event["event"] == "stage finished" {
      if let key = event["key"]?.string { durations[key] = event["seconds"]?.real ?? 0 }
    }
    return durations
  }

  /// Returns when the run was first started, in seconds since 1970; nil if the journal does not tell.
  package func started() throws -> Double? { try journal().first?["time"]?.real }

  /// Returns the path of a finished stage.
  func stageFolder(_ name: String, _ key: String) -> String { "\(path)/stages/\(name)-\(key.prefix(12))" }

  /// Returns the folder in which a stage works until it is done. Its name is hidden, so that readers do not
  /// take it for a finished stage.
  func asideFolder(_ name: String, _ key: String) -> String {
    "\(path)/stages/.part-\(name)-\(key.prefix(12))"
  }

  /// Returns the path of the folder that holds the shards of a stage that several processes write.
  func shardsFolder(_ name: String, _ key: String) -> String { "\(path)/shards/\(name)-\(key.prefix(12))" }

  /// What exists at the path of a stage's result.
  enum Found {
    case nothing
    /// A complete result, possibly with files that the stage did not write.
    case finished(FinishedStage, strays: [String])
    /// A damaged result, with the reason.
    case damaged(PolyaError)
  }

  /// Compares every file of a finished stage with its seal; throws if one is missing or was changed.
  package func verify(_ stage: FinishedStage) throws {
    if case .damaged(let error) = try found(stage.name, key: stage.key) { throw error }
  }

  /// Checks a stage's folder and compares every file in it with its seal.
  func found(_ name: String, key: String) throws -> Found {
    let folder = stageFolder(name, key)
    guard Durable.isThere(folder) else { return .nothing }
    do {
      let stage = try Self.read(folder)
      guard stage.name == name, stage.key == key else {
        throw PolyaError(.corrupt, "describes another stage: '\(stage.name)', \(stage.key)", at: folder)
      }
      let strays = try FolderSeal.verify(stage.json, of: folder, name: Self.description, known: verified)
      return .finished(stage, strays: strays)
    } catch let error as PolyaError where error.code == .corrupt || error.code == .file {
      return .damaged(error)
    }
  }

  /// Returns a finished stage, or nil if it has not finished.
  ///
  /// - Throws: `corrupt` if its folder exists but was changed.
  package func finishedStage(_ name: String, key: String) throws -> FinishedStage? {
    switch try found(name, key: key) {
    case .nothing: return nil
    case .finished(let stage, _): return stage
    case .damaged(var error):
      error.hint = "polya run repeats the stage and keeps the damaged folder under another name"
      throw error
    }
  }

  /// Returns all finished stages in the run folder, from any manifest. Their files are not verified.
  ///
  /// - Parameter problem: Called for each folder that is not a finished stage.
  package func finishedStages(problem: (PolyaError) -> Void = { _ in }) throws -> [FinishedStage] {
    guard Folder.exists(file("stages")) else { return [] }
    return try Folder.names(in: file("stages")).filter { !$0.hasPrefix(".") }.compactMap { name in
      do { return try Self.read("\(file("stages"))/\(name)") } catch let error as PolyaError {
        problem(error)
        return nil
      }
    }
  }

  /// The name of the file that describes a finished stage.
  static let description = "stage.json"

  private static func read(_ folder: String) throws -> FinishedStage {
    let json = try FolderSeal.read("\(folder)/\(description)")
    guard let name = json["name"]?.string, let kind = json["kind"]?.string, let key = json["key"]?.string,
      case .object(let summary)? = json["summary"]
    else {
      throw PolyaError(.corrupt, "lacks a name, kind, key or summary", at: "\(folder)/\(description)")
    }
    return FinishedStage(
      name: name, kind: kind, key: key, folder: folder,
      result: StageResult(summary: summary, modelPlugin: json["model_plugin"]?.string), json: json)
  }

  /// Returns the stages and plugins of the run, as they were when it last reached a stage.
  ///
  /// - Throws: `configuration` if no run was started here, `corrupt` for a damaged record.
  package func record() throws -> RunRecord {
    let path = file(RunRecord.fileName)
    guard FileBytes.size(of: path) != nil else {
      throw PolyaError(
        .configuration,
        "contains no \(RunRecord.fileName): no run was started here, or an older polya started it",
        at: self.path, hint: "run polya run; it reuses finished stages")
    }
    do { return try RunRecord(try JSONParser.parse(try FileBytes.read(path), at: path)) } catch var error
      as PolyaError
    {
      error.place = path
      throw error
    }
  }

  func write(_ record: RunRecord) throws {
    try Durable.replace(file(RunRecord.fileName), with: Array((record.json.pretty + "\n").utf8))
  }

  /// Returns the metrics files of finished and running stages, in stage order.
  package func metrics(of record: RunRecord) throws -> [(stage: String, path: String)] {
    try record.stages.compactMap { stage in
      for folder in [stageFolder(stage.name, stage.key), asideFolder(stage.name, stage.key)]
      where Folder.exists(folder) {
        if try Folder.names(in: folder).contains("metrics.jsonl") {
          return (stage.name, folder + "/metrics.jsonl")
        }
      }
      return nil
    }
  }

  /// Rewrites `metrics.jsonl` from the metrics files of the stages.
  package func writeMetrics() throws {
    let aside = file("metrics.jsonl.part")
    try FileBytes.create(aside, with: [])
    for (_, path) in try metrics(of: try record()) {
      var offset = 0
      while true {
        let bytes = try FileBytes.read(path, from: offset, count: 1 << 20)
        guard !bytes.isEmpty else { break }
        try FileBytes.append(aside, bytes)
        offset += bytes.count
      }
    }
    try Durable.rename(aside, to: file("metrics.jsonl"))
  }
}
