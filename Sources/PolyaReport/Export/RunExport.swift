internal import PolyaCore
package import PolyaPipeline
internal import PolyaRecords

/// What a run recorded as lines of JSON, from which programs fill experiment trackers.
///
/// Each line is an object with an `event`: one `run`, then `metric`, `score`, `comparison`, and `file`. `SDK/docs/exporters.md`
/// describes them. Only the run's folder is read, so that a run can be exported while it runs, or years later.
package struct RunExport {
  private let folder: RunFolder
  private let created: String

  /// Creates an export.
  ///
  /// - Parameter created: When the run was started, as "2026-01-31 09:00 UTC".
  package init(_ folder: RunFolder, created: String) {
    self.folder = folder
    self.created = created
  }

  /// Hands out all lines in pieces, each of whole lines with line ends.
  package func lines(_ body: ([UInt8]) throws -> Void) throws {
    let run = try folder.record()
    let finished = try run.stages.compactMap { try folder.finishedStage($0.name, key: $0.key) }
    try body(Self.line("run", try about(run, isFinished: finished.count == run.stages.count)))
    for (_, path) in try folder.metrics(of: run) { try metrics(path, body) }
    for stage in finished {
      guard let results = try ResultsRecord.read(folder: stage.folder) else { continue }
      for score in results.scores { try body(Self.line("score", score.json)) }
      for comparison in results.comparisons { try body(Self.line("comparison", comparison.json)) }
    }
    for name in ["report.html", ResultsRecord.fileName] where FileBytes.size(of: folder.file(name)) != nil {
      try body(Self.line("file", ["name": .string(name), "path": .string(folder.file(name))]))
    }
  }

  private func about(_ run: RunRecord, isFinished: Bool) throws -> JSON {
    let path = folder.file("manifest.resolved.json")
    return [
      "name": .string(run.name), "seed": .string(String(run.seed)),
      "status": .string(isFinished ? "finished" : "unfinished"), "created": .string(created),
      "folder": .string(folder.path), "manifest": try JSONParser.parse(try FileBytes.read(path), at: path),
    ]
  }

  private func metrics(_ path: String, _ body: ([UInt8]) throws -> Void) throws {
    var pending: [UInt8] = []
    try FileBytes.eachLine(of: path, from: 0) { line in
      pending += Self.line("metric", try MetricRecord(line: line, of: path).json)
      guard pending.count > 1 << 18 else { return }
      try body(pending)
      pending.removeAll()
    }
    if !pending.isEmpty { try body(pending) }
  }

  private static func line(_ event: String, _ value: JSON) -> [UInt8] {
    var members: JSON.Members = ["event": .string(event)]
    if case .object(let own) = value { for (key, value) in own { members[key] = value } }
    return Array((JSON.object(members).compact + "\n").utf8)
  }
}
