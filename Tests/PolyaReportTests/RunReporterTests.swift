import Foundation
import PolyaCore
import PolyaPipeline
import PolyaRecords
import PolyaReport
import PolyaTestSupport
import Testing

/// Reads its tasks, and finds out one score for each set.
private struct ScoringStage: Stage {
  let tasks: [String]

  static let kind = "scoring"
  static let summary = "Scores its tasks."
  static let settings: [any DeclaredSetting] = [tasks]
  private static let tasks = Setting.strings("tasks", "Task sets.")

  init(_ reader: ObjectReader) throws { tasks = try reader.read(Self.tasks) }

  var needs: StageNeeds { StageNeeds(rewards: ["judge"], tasks: tasks) }

  func run(_ context: StageContext) throws -> StageResult {
    let sets = try tasks.map { try context.taskSet($0).description }
    let scores = sets.map {
      ScoreRecord(
        model: "m", tasks: $0.name, metric: "pass@1", value: 0.5, low: 0.25, high: 0.75, questions: 2,
        samples: 1)
    }
    try ResultsRecord(taskSets: sets, scores: scores).write(folder: context.folder)
    context.observer.metric(.loss, 0.125, step: 0)
    return StageResult(summary: ["scores": JSON(scores.count)])
  }
}

/// Counts every question about a plugin.
private final class CountingRoles: RoleProvider {
  func kind(of name: String) -> String { name == "words" ? "tasks" : "reward" }
  func needsNetwork(_ name: String) -> Bool { false }
  private final class Source: TaskSource {
    let splits = [TaskSplit(name: "far", help: "", count: nil, isOutOfDistribution: true)]
    let heuristics: [Heuristic] = []
    func tasks(split: String, range: Range<Int>, seed: UInt64) -> [Task] {
      range.map { Task(key: "\($0)", question: "q\($0)", reference: "1", referenceKind: "math") }
    }
    func demonstrate(_ requests: [DemonstrationRequest]) -> [Result<String?, PolyaError>] { [] }
  }

  private(set) var counts: [String: Int] = [:]
  private func count(_ what: String) { counts[what, default: 0] += 1 }

  func identity(of name: String) -> PluginIdentity {
    count("identity")
    return PluginIdentity(id: name, version: "1", sha256: "00")
  }
  func description(of name: String) -> RunRecord.Plugin {
    count("description")
    return .init(name: name, id: "org.example.\(name)", version: "1", sha256: "00", file: "/\(name).so")
  }
  func stageBegins() {}
  func taskSource(_ name: String) -> any TaskSource {
    count("task source")
    return Source()
  }
  func strategy(_ name: String) throws -> any Strategy { throw PolyaError(.plugin, "none") }
  func reward(_ name: String) throws -> any Reward { throw PolyaError(.plugin, "none") }
  func model(_ name: String) throws -> any LanguageModel { throw PolyaError(.plugin, "none") }
}

/// Writes the report at every occasion, so many times.
private final class Reporting: PipelineObserver, StageRecorder {
  private let reporter: RunReporter
  private let times: Int
  private let folder: RunFolder
  private var metrics: MetricsFile?

  init(_ folder: RunFolder, times: Int) {
    self.folder = folder
    self.times = times
    reporter = RunReporter(folder, now: { "now" })
  }

  private func write() throws { for _ in 0..<times { try reporter.write(.running) } }

  func stageStarted(_ name: String, kind: String, folder path: String) throws -> any StageRecorder {
    metrics = try MetricsFile(folder: path, stage: name, run: folder.file("metrics.jsonl"))
    try write()
    return self
  }
  func stageFinished(_ stage: FinishedStage, seconds: Double) throws { try write() }
  func stageReused(_ stage: FinishedStage) throws { try write() }
  func setAside(_ stage: String, reason: String, place: String) {}
  func metric(_ name: MetricName, _ value: Double, step: Int) { metrics?.append(name, value, step: step) }
  func progress(_ done: Int, of total: Int, _ note: String) {}
  func table(_ rows: () -> [[String]]) {}
  func warn(_ message: String) {}
  func checkStop() {}
  func flush() throws { try metrics?.flush() }
}

/// A report is made from records alone.
struct RunReporterTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// Runs a manifest of two stages; what the plugins were asked meanwhile.
  private func run(_ runs: String, reports: Int) throws -> [String: Int] {
    try folder.write("tasks.jsonl", #"{"question":"2+2?","answer":"4\n#### 4"}"# + "\n")
    let file = try folder.write(
      "m.json5",
      """
      { polya: 1, run: { name: "r", seed: 7 }, plugins: { judge: { use: "a" }, words: { use: "b" }, idle: { use: "c" } },
        tasks: { far: { from: "words", split: "far", count: 3 }, near: { path: "tasks.jsonl", format: "gsm8k" } },
        stages: { first: { kind: "scoring", tasks: ["far"] }, second: { kind: "scoring", tasks: ["near", "far"] } } }
      """)
    let roles = CountingRoles()
    let manifest = try Manifest.read(file: file, kinds: [ScoringStage.self])
    let run = RunFolder(folder.path(runs))
    try Pipeline(manifest, folder: run, roles: roles, version: "test").run(
      observer: Reporting(run, times: reports))
    return roles.counts
  }

  @Test func writingReportsAsksNoPlugin() throws {
    let without = try run("none", reports: 0)
    #expect(without["task source"] == 2, "each stage loads its own sets, one of which is a file")
    #expect(try run("many", reports: 5) == without)
  }

  @Test func aReportNeedsTheFolderAlone() throws {
    _ = try run("runs", reports: 1)
    try FileManager.default.removeItem(atPath: folder.path("tasks.jsonl"))
    try FileManager.default.removeItem(atPath: folder.path("m.json5"))
    let reporter = RunReporter(RunFolder(folder.path("runs")), now: { "yesterday" })
    reporter.note("first", .finished, seconds: 3)
    try reporter.write(.finished)
    let page = try String(contentsOfFile: reporter.path, encoding: .utf8)
    for part in [
      "far <span class=\"where\">out of distribution</span>",
      "near <span class=\"where\">in distribution</span>",
      "3 of words/far", "tasks.jsonl (gsm8k)", "org.example.idle", "yesterday", "loss/mean",
    ] { #expect(page.contains(part), "\(part)") }
    let results = try JSONParser.parse(try FileBytes.read(folder.path("runs/results.json")))
    #expect(results["scores"]?.array?.compactMap { $0["tasks"]?.string } == ["far", "near", "far"])
    #expect(results["record"] == nil && results["task_sets"] == nil)
    #expect(results["comparisons"] == .array([]) && results["measures"] == nil)
  }

  @Test func aFolderWithoutARunIsRefused() throws {
    let error = #expect(throws: PolyaError.self) {
      try RunReporter(RunFolder(folder.url.path), now: { "" }).write(.finished)
    }
    #expect(error?.code == .configuration && error?.hint?.contains("polya run") == true)
  }
}
