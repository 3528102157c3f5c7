internal import PolyaCore
package import PolyaPipeline
internal import PolyaRecords

/// Keeps `report.html`, `results.json`, `metrics.jsonl` and `tensorboard/` of a run up to date, from what is in its
/// folder alone: no plugin is asked and nothing is planned, so that a report costs the same whatever made the run, and
/// can be made again later.
package final class RunReporter {
  private let folder: RunFolder
  private let now: () -> String
  private var notes: [String: (state: Report.Stage.State, seconds: Double?)] = [:]
  private var warnings: [String] = []
  private let candidates = CandidateFigures()
  /// By the stage's key.
  private var parts: [String: [any RecordSection]] = [:]
  private var metrics = RunMetrics()

  /// - Parameter now: the date and time, ready to print.
  package init(_ folder: RunFolder, now: @escaping () -> String) {
    self.folder = folder
    self.now = now
  }

  /// Where the report is.
  package var path: String { folder.file("report.html") }

  /// Remembers how far a stage has come.
  ///
  /// - Parameter seconds: wall time that it took; nil: unknown.
  package func note(_ stage: String, _ state: Report.Stage.State, seconds: Double?) {
    notes[stage] = (state, seconds)
  }

  /// Remembers a warning for the top of the report.
  package func warn(_ message: String) { if !warnings.contains(message) { warnings.append(message) } }

  /// Writes everything.
  ///
  /// - Throws: when the run's folder cannot be read or written, or a finished stage is damaged.
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

  /// Writes the report of a run that is over; the journal says how long its stages took.
  ///
  /// - Throws: as ``write(_:)``.
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
