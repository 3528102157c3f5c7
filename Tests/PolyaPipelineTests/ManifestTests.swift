import PolyaCore
import PolyaPipeline
import PolyaRecords
import PolyaTestSupport
import Testing

/// Writes its setting into a file; fails when told to.
private struct EchoStage: Stage {
  let text: String
  let from: [String]
  let fails: Bool
  let uses: String?
  let tasks: String?
  /// Writes the file of the tasks before it reads them.
  let meddles: Bool
  let template: Set<StageNeeds.TemplatePart>

  static let kind = "echo"
  static let summary = "Writes its setting into a file."
  static let settings: [any DeclaredSetting] = []

  init(_ reader: ObjectReader) throws {
    text = try reader.required("text", reader.string("text"))
    from = try reader.strings("from") ?? []
    fails = try reader.bool("fails") ?? false
    uses = try reader.string("uses")
    tasks = try reader.string("tasks")
    meddles = try reader.bool("meddles") ?? false
    template = Set(
      try (reader.strings("template") ?? []).compactMap { StageNeeds.TemplatePart(rawValue: $0) })
  }

  var needs: StageNeeds {
    StageNeeds(
      rewards: uses.map { [$0] } ?? [], tasks: tasks.map { [$0] } ?? [], stages: from, template: template)
  }

  func run(_ context: StageContext) throws -> StageResult {
    let inputs = try from.map {
      String(decoding: try FileBytes.read(try context.stage($0).folder + "/out"), as: UTF8.self)
    }
    try FileBytes.create(context.folder + "/out", with: Array((inputs.joined() + text).utf8))
    if let tasks {
      let file = context.folder + "/../../../tasks.jsonl"
      if meddles { try FileBytes.append(file, Array(#"{"question":"2+2?","answer":"4\n#### 4"}"#.utf8)) }
      try FileBytes.create(
        context.folder + "/tasks", with: Array("\(try context.taskSet(tasks).tasks.count)".utf8))
    }
    if fails { throw PolyaError(.run, "told to fail") }
    context.observer.metric(.loss, 1, step: 0)
    return StageResult(summary: ["random": JSON(Int64(bitPattern: context.random.key))])
  }
}

private final class NoRoles: RoleProvider {
  func kind(of name: String) -> String { name == "words" ? "tasks" : "reward" }
  func needsNetwork(_ name: String) -> Bool { false }
  /// The digest of every plugin, stage by stage; the last one stays.
  private var digests: [String]

  init(digests: [String] = ["00"]) { self.digests = digests }

  func identity(of name: String) throws -> PluginIdentity {
    PluginIdentity(id: name, version: "1", sha256: digests[0])
  }
  func description(of name: String) throws -> RunRecord.Plugin {
    .init(name: name, id: name, version: "1", sha256: digests[0], file: "")
  }
  func stageBegins() { if digests.count > 1 { digests.removeFirst() } }
  func strategy(_ name: String) throws -> any Strategy { throw PolyaError(.plugin, "none") }
  func reward(_ name: String) throws -> any Reward { throw PolyaError(.plugin, "none") }
  func taskSource(_ name: String) throws -> any TaskSource { throw PolyaError(.plugin, "none") }
  func model(_ name: String) throws -> any LanguageModel { throw PolyaError(.plugin, "none") }
}

private final class Recorder: PipelineObserver, StageRecorder {
  var started: [String] = []
  var reused: [String] = []
  func setAside(_ stage: String, reason: String, place: String) {}
  func stageStarted(_ name: String, kind: String, folder: String) -> any StageRecorder {
    started.append(name)
    return self
  }
  func stageFinished(_ stage: FinishedStage, seconds: Double) {}
  func stageReused(_ stage: FinishedStage) { reused.append(stage.name) }
  func metric(_ name: MetricName, _ value: Double, step: Int) {}
  func progress(_ done: Int, of total: Int, _ note: String) {}
  func table(_ rows: () -> [[String]]) {}
  func warn(_ message: String) {}
  func checkStop() {}
  func flush() {}
}

struct ManifestTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func manifest(_ text: String, set: [String] = []) throws -> Manifest {
    try Manifest.read(
      file: try folder.write("m.json5", text), kinds: [EchoStage.self], overrides: set)
  }

  private func run(_ manifest: Manifest, _ recorder: Recorder, targets: [String] = []) throws {
    let pipeline = try Pipeline(
      manifest, folder: RunFolder(folder.path("runs")), roles: NoRoles(), version: "test")
    try pipeline.run(targets: targets, observer: recorder)
  }

  private let chain = """
    { polya: 1, run: { name: "r", seed: 1 }, stages: {
      c: { kind: "echo", text: "c", from: ["a", "b"] }, a: { kind: "echo", text: "a" },
      b: { kind: "echo", text: "b", from: "a" } } }
    """

  @Test(arguments: [
    (#"{ polya: 1, run: { name: "r", sed: 1 } }"#, "run: unknown key 'sed'; did you mean 'seed'?"),
    (#"{ polya: 2, run: { name: "r" } }"#, "polya: this host reads only manifests of version 1"),
    (#"{ polya: 1 }"#, ": the key 'run' is missing"),
    (#"{ polya: 1, run: { name: "../x" } }"#, "run.name: '../x' is not a valid name"),
    (
      #"{ polya: 1, run: { name: "r" }, stages: { s: { kind: "ecko", text: "" } } }"#,
      "stages.s: there is no kind of stage 'ecko'; did you mean 'echo'?"
    ),
    (
      #"{ polya: 1, run: { name: "r" }, stages: { s: { kind: "echo", text: 3 } } }"#,
      "stages.s.text: must be a string, not 3"
    ),
    (
      #"{ polya: 1, run: { name: "r" }, stages: { s: { kind: "echo", text: "", txet: 1 } } }"#,
      "stages.s: unknown key 'txet'; did you mean 'text'?"
    ),
    (
      #"{ polya: 1, run: { name: "r" }, stages: { s: { kind: "echo", text: "", from: "t" } } }"#,
      "stages.s: there is no stage 't'"
    ),
    (
      #"{ polya: 1, run: { name: "r" }, tasks: { t: { from: "w", split: "train", count: 1 } } }"#,
      "tasks.t.from: there is no plugin 'w'"
    ),
  ])
  func mistakesGetOneClearSentence(text: String, message: String) throws {
    let error = try #require(throws: PolyaError.self) { try manifest(text) }
    #expect(error.code == .configuration)
    #expect(error.description.hasPrefix(message) || error.description.contains(message), "\(error)")
  }

  @Test func aCircleIsNamed() throws {
    let text = """
      { polya: 1, run: { name: "r" }, stages: { a: { kind: "echo", text: "", from: "b" },
        b: { kind: "echo", text: "", from: "a" } } }
      """
    let manifest = try manifest(text)
    let error = #expect(throws: PolyaError.self) { try run(manifest, Recorder()) }
    #expect(error?.message.contains("a -> b -> a") == true)
  }

  @Test func stagesRunInOrderAndAreReused() throws {
    let first = Recorder()
    try run(try manifest(chain), first)
    #expect(first.started == ["a", "b", "c"])
    let second = Recorder()
    try run(try manifest(chain), second)
    #expect(second.started.isEmpty)
    #expect(second.reused == ["a", "b", "c"])
  }

  @Test func aChangeRerunsOnlyWhatDependsOnIt() throws {
    try run(try manifest(chain), Recorder())
    let changed = Recorder()
    try run(try manifest(chain, set: ["stages.b.text=x"]), changed)
    #expect(changed.reused == ["a"])
    #expect(changed.started == ["b", "c"])
    let target = Recorder()
    try run(try manifest(chain, set: ["run.seed=9"]), target, targets: ["b"])
    #expect(target.started == ["a", "b"])
  }

  @Test func thePlanSaysWhatResultsTakeOnDisk() throws {
    func disk(_ set: [String] = []) throws -> [DiskUse?] {
      let pipeline = try Pipeline(
        try manifest(chain, set: set), folder: RunFolder(folder.path("runs")), roles: NoRoles(),
        version: "test")
      return try pipeline.estimatedPlan(observer: Recorder()).steps.map(\.disk)
    }
    #expect(try disk() == [nil, nil, nil])
    try run(try manifest(chain), Recorder())
    let sizes = try RunFolder(folder.path("runs")).finishedStages().map { stage in
      try Folder.files(in: stage.folder).filter { $0 != "stage.json" }
        .reduce(0) { $0 + (FileBytes.size(of: "\(stage.folder)/\($1)") ?? 0) }
    }
    #expect(sizes.allSatisfy { $0 > 0 })
    #expect(try disk() == sizes.map { .result($0) })
    #expect(
      try disk(["stages.b.text=xyz"]) == [.result(sizes[0]), .asBefore(sizes[1]), .asBefore(sizes[2])])
  }

  @Test(arguments: [
    (DiskUse.result(0), "0 B"), (.result(999), "999 B"), (.asBefore(1000), "~ 1.00 kB"),
    (.weights(538_060_000), "~ 538 MB"), (.result(12_345_678), "12.3 MB"), (.result(999_600_000), "1.00 GB"),
    (.result(3_000_000_000_000_000), "3000 TB"),
  ])
  func sizesReadInPowersOfTen(disk: DiskUse, text: String) { #expect(disk.description == text) }

  @Test func aPluginRebuiltDuringARunCountsFromTheNextStageOn() throws {
    let manifest = try manifest(
      """
      { polya: 1, run: { name: "r" }, plugins: { p: { use: "./p.so" } }, stages: {
        a: { kind: "echo", text: "a", uses: "p" }, b: { kind: "echo", text: "b", uses: "p", from: "a" } } }
      """)
    func pipeline(_ digests: [String]) throws -> Pipeline {
      try Pipeline(
        manifest, folder: RunFolder(folder.path("runs")), roles: NoRoles(digests: digests), version: "test")
    }
    // Planned with 1, a runs with 1, b with 2.
    let rebuilt = try pipeline(["1", "1", "2"])
    try rebuilt.run(observer: Recorder())
    #expect(try rebuilt.plan().steps.map(\.isFinished) == [true, true])
    let before = try pipeline(["1"]).plan().steps
    #expect(before.map(\.isFinished) == [true, false])
    // The next run starts from the new one, so everything that used the old one is done again.
    let after = Recorder()
    try pipeline(["2"]).run(observer: after)
    #expect(after.started == ["a", "b"])
  }

  /// Another target samples nothing again, and another prompt trains nothing again.
  @Test func aKeyHoldsTheTemplatePartsThatTheStageUses() throws {
    let text = """
      { polya: 1, run: { name: "r" }, stages: { none: { kind: "echo", text: "a" },
        prompt: { kind: "echo", text: "a", template: "prompt" }, target: { kind: "echo", text: "a", template: "target" } } }
      """
    func keys(_ set: [String]) throws -> [String] {
      let pipeline = try Pipeline(
        try manifest(text, set: set), folder: RunFolder(folder.path("runs")), roles: NoRoles(),
        version: "test")
      return try pipeline.plan().steps.map(\.key)
    }
    let before = try keys([])
    let (prompt, target) = (try keys(["run.prompt=Q: {question}"]), try keys(["run.target={solution}!"]))
    #expect(zip(before, prompt).map(==) == [true, false, true])
    #expect(zip(before, target).map(==) == [true, true, false])
  }

  @Test func everyProblemIsFoundInOneGo() throws {
    let problems = Problems()
    let text = """
      { polya: 1, run: { name: "r", sed: 1 }, plugins: { p: { options: {} } }, stages: {
        a: { kind: "echo", text: 3 }, b: { kind: "echo", text: "", from: "c", uses: "p" } } }
      """
    _ = try Manifest.read(
      file: try folder.write("m.json5", text), kinds: [EchoStage.self], problems: problems)
    #expect(
      problems.found.map(\.description) == [
        "run: unknown key 'sed'; did you mean 'seed'?", "plugins.p: the key 'use' is missing",
        "stages.a.text: must be a string, not 3", "stages.b: there is no stage 'c'; did you mean 'a'?",
      ])
  }

  @Test(arguments: [true, false]) func tasksThatChangeAfterTheKeyIsMadeStopTheStage(meddles: Bool) throws {
    try folder.write("tasks.jsonl", #"{"question":"1+1?","answer":"2\n#### 2"}"# + "\n")
    let manifest = try manifest(
      """
      { polya: 1, run: { name: "r" }, tasks: { t: { path: "tasks.jsonl", format: "gsm8k" } }, stages: {
        a: { kind: "echo", text: "a", tasks: "t", meddles: \(meddles) } } }
      """)
    guard meddles else { return try run(manifest, Recorder()) }
    let error = #expect(throws: PolyaError.self) { try run(manifest, Recorder()) }
    #expect(error?.message == "was changed during the run")
  }

  @Test func aFailedStageLeavesNothingFinished() throws {
    let broken = try manifest(chain, set: ["stages.b.fails=true"])
    #expect(throws: PolyaError.self) { try run(broken, Recorder()) }
    let pipeline = try Pipeline(
      broken, folder: RunFolder(folder.path("runs")), roles: NoRoles(), version: "test")
    #expect(try pipeline.plan().steps.map(\.isFinished) == [true, false, false])
    let names = try Folder.names(in: folder.path("runs/stages"))
    #expect(names.filter { !$0.hasPrefix(".part-") }.count == 1)
  }

  @Test func overridesReachIntoListsAndRefuseNonsense() throws {
    #expect(try manifest(chain, set: ["stages.c.from.0=b"]).stages[0].stage.stage.needs.stages == ["b", "b"])
    #expect(throws: PolyaError.self) { try manifest(chain, set: ["stages.c.from.7=b"]) }
    #expect(throws: PolyaError.self) { try manifest(chain, set: ["nonsense"]) }
    #expect(throws: PolyaError.self) { try manifest(chain, set: ["run.nmae=x"]) }
  }
}
