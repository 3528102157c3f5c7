internal import PolyaCore
internal import PolyaEvaluation
internal import PolyaHost
internal import PolyaPipeline
internal import PolyaRecords
internal import PolyaReport

/// Keeps `report.html`, `results.json`, `metrics.jsonl` and `tensorboard/` of a run up to date, from what is in its
/// folder: the same report can be made again later.
final class RunReporter {
  private let manifest: Manifest
  private let roles: HostRoles
  private let pipeline: Pipeline
  private let targets: [String]
  private var notes: [String: (state: Report.Stage.State, seconds: Double?)] = [:]
  private var warnings: [String] = []
  private let samples = ReportSamples()
  private var metrics = RunMetrics()

  init(_ session: RunSession, targets: [String]) {
    manifest = session.manifest
    roles = session.roles
    pipeline = session.pipeline
    self.targets = targets
  }

  /// Where the report is.
  var path: String { pipeline.folder.file("report.html") }

  /// Remembers how far a stage has come.
  func note(_ stage: String, _ state: Report.Stage.State, seconds: Double?) {
    notes[stage] = (state, seconds)
  }

  /// Remembers a warning for the top of the report.
  func warn(_ message: String) { if !warnings.contains(message) { warnings.append(message) } }

  /// Writes everything.
  func write(_ status: Report.Status) throws {
    let folder = pipeline.folder
    let plan = try pipeline.plan(targets: targets)
    let finished = try plan.steps.compactMap { try folder.finishedStage($0.name, key: $0.key) }
    var report = Report(
      name: manifest.name, created: Clock.utc(), seed: manifest.seed, status: status,
      manifest: manifest.json.pretty)
    report.warnings = warnings
    report.plugins = try manifest.plugins.map { name, _ in
      let plugin = try roles.describe(name)
      return Report.Plugin(
        name: name, id: plugin.id, version: plugin.version, sha256: plugin.sha256, file: plugin.file)
    }
    report.stages = plan.steps.map { stage($0, finished, status) }
    report.taskSets = try manifest.tasks.map { try taskSet($0.name, $0.tasks) }
    let results = try Results.read(finished)
    report.scores = results.scores
    report.comparisons = results.comparisons
    report.series = try metrics.series(of: try pipeline.metrics())
    let found = try samples.read(finished)
    (report.yields, report.coverages, report.samples) = (found.yields, found.coverages, found.samples)
    report.measures = results.measures
    try Durable.replace(folder.file("results.json"), with: Array((results.json.pretty + "\n").utf8))
    try Durable.replace(path, with: Array(report.html().utf8))
    guard status != .running else { return }
    try pipeline.writeMetrics()
    for (stage, path) in try pipeline.metrics() {
      try RunMetrics.writeTensorBoard(of: path, to: folder.file("tensorboard/\(stage)"))
    }
  }

  private func stage(_ step: Pipeline.Plan.Step, _ finished: [FinishedStage], _ status: Report.Status)
    -> Report.Stage
  {
    let done = finished.first { $0.key == step.key }
    var state = notes[step.name]?.state ?? (done == nil ? .waiting : .reused)
    if state == .running, status == .failed { state = .failed }
    return Report.Stage(
      name: step.name, kind: step.kind, key: step.key, state: state, seconds: notes[step.name]?.seconds,
      summary: done.map(Summary.text) ?? "", inputs: step.needs)
  }

  private func taskSet(_ name: String, _ entry: TaskSetEntry) throws -> Report.TaskSet {
    switch entry {
    case .source(let plugin, let split, _, let count, _):
      let isOut = try roles.taskSource(plugin).splits.first { $0.name == split }?.isOutOfDistribution ?? false
      return Report.TaskSet(
        name: name, distribution: isOut ? .outside : .inside, note: "\(count) of \(plugin)/\(split)")
    case .file(let path, let format, _, _, _):
      return Report.TaskSet(name: name, distribution: .inside, note: "\(path) (\(format))")
    }
  }
}

/// The scores of all evaluate stages, and what the measure stages say.
private struct Results {
  var scores: [Report.Score] = []
  var comparisons: [Report.Comparison] = []
  var measures: [Report.Measure] = []
  var json: JSON = [:]

  static func read(_ stages: [FinishedStage]) throws -> Results {
    var results = Results()
    var scores: [JSON] = []
    var comparisons: [JSON] = []
    for stage in stages where stage.kind == "evaluate" {
      let file = stage.folder + "/results.json"
      let json = try JSONParser.parse(try FileBytes.read(file), at: file)
      scores += json["scores"]?.array ?? []
      comparisons += json["comparisons"]?.array ?? []
    }
    results.scores = try scores.map { try Report.Score($0) }
    results.comparisons = try comparisons.map { try Report.Comparison($0) }
    let measures = stages.filter { $0.kind == "measure" }.flatMap {
      $0.result.summary["measures"]?.array ?? []
    }
    results.measures = try measures.map { try Report.Measure($0) }
    results.json = [
      "scores": .array(scores), "comparisons": .array(comparisons), "measures": .array(measures),
    ]
    return results
  }
}

extension Report.Measure {
  fileprivate init(_ json: JSON) throws {
    guard let arm = json["arm"]?.string, let answers = json["answers"]?.integer,
      let labelled = json["labelled"]?.integer, let heuristics = json["heuristics"]?.real,
      let composed = json["composed"]?.real, let low = json["low"]?.real, let high = json["high"]?.real,
      let words = json["words"]?.real
    else { throw PolyaError(.corrupt, "a stored measure is not complete: \(json.shown)") }
    self.init(
      arm: arm, answers: Int(answers), labelled: Int(labelled), heuristics: heuristics, composed: composed,
      low: low,
      high: high, words: words, vendi: json["vendi"]?.real, vendiByModel: json["vendi_embeddings"]?.real,
      distinct: json["distinct_2"]?.real,
      selfBLEU: json["self_bleu"]?.real)
  }
}

extension Report.Score {
  fileprivate init(_ json: JSON) throws {
    guard let model = json["model"]?.string, let tasks = json["tasks"]?.string,
      let metric = json["metric"]?.string,
      let value = json["value"]?.real, let low = json["low"]?.real, let high = json["high"]?.real,
      let questions = json["questions"]?.integer, let samples = json["samples"]?.integer
    else { throw PolyaError(.corrupt, "a stored score is not complete: \(json.shown)") }
    self.init(
      model: model, tasks: tasks, metric: metric, value: value, low: low, high: high,
      questions: Int(questions),
      samples: Int(samples))
  }
}

extension Report.Comparison {
  fileprivate init(_ json: JSON) throws {
    guard let first = json["first"]?.string, let second = json["second"]?.string,
      let tasks = json["tasks"]?.string,
      let metric = json["metric"]?.string, let difference = json["difference"]?.real,
      let low = json["low"]?.real,
      let high = json["high"]?.real, let probability = json["p"]?.real,
      let questions = json["questions"]?.integer
    else { throw PolyaError(.corrupt, "a stored comparison is not complete: \(json.shown)") }
    self.init(
      first: first, second: second, tasks: tasks, metric: metric, difference: difference, low: low,
      high: high,
      probability: probability, questions: Int(questions))
  }
}
