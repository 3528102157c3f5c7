public import PolyaCore

/// `runs/NAME`: everything a run leaves behind.
public struct RunFolder: Sendable {
  /// The folder.
  public let path: String

  /// The folder of a run, which need not exist yet.
  public init(_ path: String) { self.path = path }

  /// A file of the run.
  public func file(_ name: String) -> String { "\(path)/\(name)" }

  /// What the journal tells, oldest first. A line that a crash cut short is no event.
  public func journal() throws -> [JSON] {
    try FileBytes.read(file("journal.jsonl")).split(separator: UInt8(ascii: "\n")).compactMap { line in
      do { return try JSONParser.parse(Array(line)) } catch { return nil }
    }
  }

  func stageFolder(_ name: String, _ key: String) -> String { "\(path)/stages/\(name)-\(key.prefix(12))" }

  /// Where a stage works until it is done; a name of its own, so that no reader takes it for a finished one.
  func asideFolder(_ name: String, _ key: String) -> String {
    "\(path)/stages/.part-\(name)-\(key.prefix(12))"
  }

  /// A finished stage; nil when it has not finished.
  ///
  /// - Throws: `corrupt` when its folder is there but cannot be read.
  public func finishedStage(_ name: String, key: String) throws -> FinishedStage? {
    let folder = stageFolder(name, key)
    guard Folder.exists(folder) else { return nil }
    return try Self.read(folder)
  }

  /// All finished stages in the run folder, whatever manifest made them.
  public func finishedStages() throws -> [FinishedStage] {
    guard Folder.exists(file("stages")) else { return [] }
    return try Folder.names(in: file("stages")).filter { !$0.hasPrefix(".") }
      .map { try Self.read("\(file("stages"))/\($0)") }
  }

  private static func read(_ folder: String) throws -> FinishedStage {
    let json = try JSONParser.parse(try FileBytes.read(folder + "/stage.json"), at: folder + "/stage.json")
    guard let name = json["name"]?.string, let kind = json["kind"]?.string, let key = json["key"]?.string,
      case .object(let summary)? = json["summary"]
    else {
      throw PolyaError(
        .corrupt, "lacks a name, kind, key or summary", at: folder + "/stage.json",
        cure: "delete the folder and run again")
    }
    return FinishedStage(
      name: name, kind: kind, key: key, folder: folder,
      result: StageResult(summary: summary, modelPlugin: json["model_plugin"]?.string), json: json)
  }

  /// Where finished stages and the running one have recorded their numbers, in the order of the stages.
  func metrics(of stages: [(name: String, key: String)]) throws -> [(stage: String, path: String)] {
    try stages.compactMap { name, key in
      for folder in [stageFolder(name, key), asideFolder(name, key)] where Folder.exists(folder) {
        if try Folder.names(in: folder).contains("metrics.jsonl") { return (name, folder + "/metrics.jsonl") }
      }
      return nil
    }
  }
}
