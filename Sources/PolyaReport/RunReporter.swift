internal import PolyaCore
package import PolyaPipeline
internal import PolyaRecords

/// Keeps `report.html`, `results.json`, `metrics.jsonl`, and `tensorboard/` of a run up to date. It uses only
/// the run's folder and no plugins, so reports have the same cost for every run and can be rewritten later.
package final class RunReporter {
  private let folder: RunFolder
  private let now: () -> String
  private var notes: [String: (state: Report.Stage.State, seconds: Double?)] = [:]
  private var warnings: [String] = []
  private let candidates = CandidateFigures()
  /// The parts of finished stages, by the stage's key.
  private var parts: [String: [any RecordSection]] = [:]
  private var metrics = RunMetrics()

  /// Creates a reporter.
  ///
  /// - Parameter now: Returns the date and time as printable text.
  package init(_ folder: RunFolder, now: @escaping () -> String) {
    self.folder = folder
    self.now = now
  }

  /// The path of the report.
  package var path: String { folder.file("report.html") }

  /// Sets the state of a stage for the next report.
  ///
  /// - Parameter seconds: The wall time of the stage; nil if unknown.
  package func note(_ stage: String, _ state: Report.Stage.State, seconds: Double?) {
    notes[stage] = (state, seconds)
  }

  /// Adds a warning for the top of the report.
  package func warn(_ message: String) { if !warnings.contains(message) { warnings.append(message) } }

  /// Writes all files.
  ///
  /// - Throws: If the run's folder cannot be read or written, or if a finished stage is damaged.
  package func write(_ status: Report.Status) throws {
    let run = try folder.record()
    let finished = try run.stages.compactMap { try folder.finishedStage($0.name, key: $0.key) }
    let results = try results(of: finished)
    let report = try report(run, finished, results, status)
    try Durable.replace(
      folder.file(ResultsRecord.fileName), with: Array((results.exported.pretty + "\n").utf8))
    try Durable.replace(path, with: Array(report.html().utf8))
    guard status != .running else { return }
    try folder.writeMetrics()
    for (stage, path) in try folder.metrics(of: run) {
      try RunMetrics.writeTensorBoard(of: path, to: folder.file("tensorboard/\(stage)"))
    }
  }

  /// Rewrites the report of a run that has ended, with the durations of its stages from the journal.
  ///
  /// - Throws: As ``write(_:)`` does.
  package func writeAgain() throws {
    let stages = try folder.record().stages
    let durations = try folder.durations()
    for stage in stages where durations[stage.key] != nil {
      note(stage.name, .finished, seconds: durations[stage.key])
    }
    let isFinished = try stages.allSatisfy { try folder.finishedStage($0.name, key: $0.key) != nil }
    try write(isFinished ? .finished : .failed)
  }

  private func results(of finished: [FinishedStage]) throws -> ResultsRecord {
    var results = ResultsRecord()
    for stage in finished {
      if let found = try ResultsRecord.read(folder: stage.folder) { results.add(found) }
    }
    return results
  }

  private func report(
    _ run: RunRecord, _ finished: [FinishedStage], _ results: ResultsRecord, _ status: Report.Status
  ) throws -> Report {
    let manifest = try FileBytes.read(folder.file("manifest.resolved.json"))
    var report = Report(
      name: run.name, created: now(), seed: run.seed, status: status,
      manifest: String(String(decoding: manifest, as: UTF8.self).dropLast()))
    report.warnings = warnings
    report.plugins = run.plugins
    report.stages = run.stages.map { stage($0, finished, status) }
    report.taskSets = results.taskSets
    report.scores = results.scores
    report.comparisons = results.comparisons
    report.coverage = results.coverage
    report.contamination = results.contamination
    report.parts = try finished.flatMap { try self.parts(of: $0) }
    report.series = try metrics.series(of: try folder.metrics(of: run))
    let found = try candidates.read(finished)
    (report.yields, report.coverages, report.samples) = (found.yields, found.coverages, found.samples)
    return report
  }

  private func parts(of stage: FinishedStage) throws -> [any RecordSection] {
    if let known = parts[stage.key] { return known }
    let found = try RecordSections.parts(of: stage)
    parts[stage.key] = found
    return found
  }

  private func stage(_ stage: RunRecord.Stage, _ finished: [FinishedStage], _ status: Report.Status)
    -> Report.Stage
  {
    let done = finished.first { $0.key == stage.key }
    var state = notes[stage.name]?.state ?? (done == nil ? .waiting : .reused)
    if state == .running, status == .failed { state = .failed }
    return Report.Stage(
      name: stage.name, kind: stage.kind, key: stage.key, state: state, seconds: notes[stage.name]?.seconds,
      summary: done?.figures ?? "", inputs: stage.needs)
  }
}
