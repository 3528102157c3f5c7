package import PolyaCore
package import PolyaRecords

/// `runs/NAME`: everything a run leaves behind.
package struct RunFolder: Sendable {
  /// The folder.
  package let path: String
  /// A file is read for its digest once, however often its stage is asked for.
  private let verified = VerifiedFiles()

  /// The folder of a run, which need not exist yet.
  package init(_ path: String) { self.path = path }

  /// A file of the run.
  package func file(_ name: String) -> String { "\(path)/\(name)" }

  /// What the journal tells, oldest first. A line that a crash cut short is no event.
  package func journal() throws -> [JSON] {
    try FileBytes.read(file("journal.jsonl")).split(separator: UInt8(ascii: "\n")).compactMap { line in
      do { return try JSONParser.parse(Array(line)) } catch { return nil }
    }
  }

  /// Seconds that each finished stage took when it last ran, by its key, as the journal tells.
  package func durations() throws -> [String: Double] {
    var durations: [String: Double] = [:]
    for event in try journal() where event["event"] == "stage finished" {
      if let key = event["key"]?.string { durations[key] = event["seconds"]?.real ?? 0 }
    }
    return durations
  }

  /// Where a finished stage is.
  func stageFolder(_ name: String, _ key: String) -> String { "\(path)/stages/\(name)-\(key.prefix(12))" }

  /// Where a stage works until it is done; a name of its own, so that no reader takes it for a finished one.
  func asideFolder(_ name: String, _ key: String) -> String {
    "\(path)/stages/.part-\(name)-\(key.prefix(12))"
  }

  /// What is found in place of a stage.
  enum Found {
    case nothing
    /// Whole, and perhaps with files that it did not write.
    case finished(FinishedStage, strays: [String])
    /// Something else, and what is wrong with it.
    case damaged(PolyaError)
  }

  /// Looks at a stage's folder and compares every file in it with what was written.
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

  /// A finished stage; nil when it has not finished.
  ///
  /// - Throws: `corrupt` when its folder is there but is not what was written.
  package func finishedStage(_ name: String, key: String) throws -> FinishedStage? {
    switch try found(name, key: key) {
    case .nothing: return nil
    case .finished(let stage, _): return stage
    case .damaged(var error):
      error.hint = "polya run does the stage again, and keeps the damaged one under another name"
      throw error
    }
  }

  /// All finished stages in the run folder, whatever manifest made them. Their files are not looked at.
  ///
  /// - Parameter problem: told of each folder that is none.
  package func finishedStages(problem: (PolyaError) -> Void = { _ in }) throws -> [FinishedStage] {
    guard Folder.exists(file("stages")) else { return [] }
    return try Folder.names(in: file("stages")).filter { !$0.hasPrefix(".") }.compactMap { name in
      do { return try Self.read("\(file("stages"))/\(name)") } catch let error as PolyaError {
        problem(error)
        return nil
      }
    }
  }

  /// The file that describes a finished stage.
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

  /// The stages and plugins of the run, as they were when it last reached a stage.
  ///
  /// - Throws: `configuration` when no run was started here, `corrupt` for a damaged record.
  package func record() throws -> RunRecord {
    let path = file(RunRecord.fileName)
    guard FileBytes.size(of: path) != nil else {
      throw PolyaError(
        .configuration, "holds no \(RunRecord.fileName): no run was started here, or by an older polya",
        at: self.path, hint: "polya run; finished stages are used again")
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

  /// Where finished stages and the running one have recorded their numbers, in the order of the stages.
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

  /// Rewrites `metrics.jsonl` from what the stages have recorded so far.
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
