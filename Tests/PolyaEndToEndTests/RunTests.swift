import Foundation
import PolyaTestSupport
import Testing

/// Whole runs through the real binary, on a model small enough for seconds.
struct RunTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try Command.compilePlugin(
      Repository.root.appending(path: "Tests/Fixtures/length_reward.c"), to: folder.path("length.so"))
  }

  /// Every kind of stage. An untrained model is right about nothing, so wrong answers are selected, and a reward
  /// for length tells its rollouts apart.
  private static let manifest = """
    { polya: 1, run: { name: "mini", seed: 5, "max-unscored": 1 },
      plugins: {
        fresh: { use: "polya.transformer", options: { shape: "custom", hidden: 32, layers: 2, heads: 2,
                 "key-value-heads": 1, "feed-forward": 48, context: 320 } },
        words: { use: "polya.word-arithmetic" },
        ways: { use: "polya.heuristics", options: { shots: 0, instruct: false, only: ["working-backwards", "plain"] } },
        answer: { use: "polya.math-answer" }, length: { use: "./length.so" } },
      tasks: { stories: { from: "words", split: "corpus", count: 48 }, train: { from: "words", split: "train", count: 6 },
               test: { from: "words", split: "test", count: 5 } },
      stages: {
        corpus: { kind: "demonstrate", tasks: "stories", strategy: "ways", count: 96,
                  habit: { heuristic: "plain", share: 0.4 } },
        base: { kind: "train", model: "fresh", data: "corpus", "batch-size": 8, "learning-rate": 3e-3 },
        candidates: { kind: "bootstrap", model: "base", tasks: "train", strategies: ["ways"], samples: 2,
                      "max-tokens": 24, verify: "answer", "tasks-per-shard": 2 },
        two: { kind: "select", from: "candidates", variants: 2, outcome: "wrong", truncated: "keep" },
        mid: { kind: "train", model: "base", data: "two", "batch-size": 4, "learning-rate": 1e-3 },
        polya: { kind: "reinforce", model: "mid", tasks: "train", steps: 2,
                 rewards: [{ use: "answer" }, { use: "length", weight: 0.5 }], "prompts-per-step": 3,
                 "group-size": 4, "max-tokens": 12, "learning-rate": 1e-3, "kl-coefficient": 0.01 },
        scores: { kind: "evaluate", models: ["base", "polya"], tasks: ["test"], verify: "answer", samples: 4,
                  "max-tokens": 16, compare: [{ first: "polya", second: "base" }] } } }
    """

  private func run(_ arguments: [String], manifest: String = manifest) throws -> CommandResult {
    let file = try folder.write("mini.json5", manifest)
    return try Command.polya(["run", file] + arguments, folder: folder.url)
  }

  /// All files of finished stages by path inside the run, as bytes.
  private func results(_ runs: String) throws -> [String: Data] {
    let root = folder.url.appending(path: runs).appending(path: "mini").resolvingSymlinksInPath()
    var files: [String: Data] = ["results.json": try Data(contentsOf: root.appending(path: "results.json"))]
    files["metrics.jsonl"] = try Data(contentsOf: root.appending(path: "metrics.jsonl"))
    let walker = FileManager.default.enumerator(
      at: root.appending(path: "stages"), includingPropertiesForKeys: nil)
    while let file = walker?.nextObject() as? URL {
      var isFolder: ObjCBool = false
      _ = FileManager.default.fileExists(atPath: file.path, isDirectory: &isFolder)
      // What was damaged is the user's to look at.
      if !isFolder.boolValue, !file.path.contains("/.damaged-") {
        files[String(file.path.dropFirst(root.path.count))] = try Data(contentsOf: file)
      }
    }
    return files
  }

  private func expectEqual(_ a: [String: Data], _ b: [String: Data]) {
    #expect(a.keys.sorted() == b.keys.sorted())
    for key in a.keys.sorted() { #expect(a[key] == b[key], "\(key) differs") }
  }

  @Test func aRunGoesFromQuestionsToAReport() throws {
    let result = try run(["--runs", "runs"])
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.output.isEmpty)
    let run = folder.url.appending(path: "runs/mini")
    for name in [
      "manifest.resolved.json", "journal.jsonl", "metrics.jsonl", "results.json", "report.html",
      "tensorboard/base/events.out.tfevents.0.polya",
    ] {
      #expect(FileManager.default.fileExists(atPath: run.appending(path: name).path), "\(name)")
    }
    let json = try JSONSerialization.jsonObject(with: Data(contentsOf: run.appending(path: "results.json")))
    let all = try #require((json as? [String: Any])?["scores"] as? [[String: Any]])
    let scores = all.filter { $0["kind"] == nil }
    #expect(scores.count == 2 * 3, "two models at k = 1, 2, 4")
    #expect(scores.allSatisfy { ($0["questions"] as? Int) == 5 })
    let weights = try results("runs").keys.filter { $0.contains("/checkpoint/") }
    #expect(weights.filter { $0.hasSuffix("/model.safetensors") }.count == 3)
    #expect(!weights.contains { $0.contains("optimizer") }, "no training resumes from a finished stage")
    let again = try self.run(["--runs", "runs"])
    #expect(again.errors.components(separatedBy: "up to date").count == 8, "seven stages are used again")
    let machine = try Command.polya(["run", run.path, "--json"])
    #expect(
      machine.errors.components(separatedBy: "up to date").count == 8, "a run's folder names the run")
    #expect(machine.output.contains(#""metric":"pass@4""#))
    let report = try Command.polya(["report", run.path])
    #expect(report.output == run.appending(path: "report.html").path + "\n")
    let page = try self.page(of: run)
    #expect(page.contains("finished"))
    // Whatever became of the plugins: a report is made from records alone.
    try FileManager.default.removeItem(atPath: folder.path("length.so"))
    #expect(try Command.polya(["report", run.path]).status == 0)
    #expect(try self.page(of: run) == page)
  }

  /// The report but for the time at which it was written.
  private func page(of run: URL) throws -> String {
    try String(contentsOf: run.appending(path: "report.html"), encoding: .utf8)
      .replacing(/\d{4}-\d\d-\d\d \d\d:\d\d UTC/) { _ in "" }
  }

  @Test func theSameSeedGivesTheSameBytesWithOneAndTwoThreads() throws {
    #expect(try run(["--runs", "one", "--threads", "1"]).status == 0)
    #expect(try run(["--runs", "two", "--threads", "2"]).status == 0)
    expectEqual(try results("one"), try results("two"))
    #expect(try run(["--runs", "other", "--set", "run.seed=6"]).status == 0)
    #expect(try results("other")["results.json"] != nil)
    #expect(try results("other").keys.sorted() != results("one").keys.sorted(), "another seed is another run")
  }

  @Test func killedAtAnyMomentTheRunEndsInTheSameBytes() throws {
    let measured = ["--set", #"stages.polya.validation={ tasks: "test", every: 1, samples: 2 }"#]
    #expect(try run(["--runs", "whole"] + measured).status == 0)
    let file = try folder.write("mini.json5", Self.manifest)
    for milliseconds in stride(from: 60, through: 1500, by: 48) {
      let running = try Command.start(
        Repository.products.appending(path: "polya").path,
        ["run", file, "--runs", "killed", "--set", "run.checkpoint-minutes=0"] + measured, folder: folder.url)
      usleep(UInt32(milliseconds) * 1000)
      running.signal(SIGKILL)
      _ = try running.finish()
    }
    let last = try run(["--runs", "killed"] + measured)
    #expect(last.status == 0, "\(last.errors)")
    expectEqual(try results("whole"), try results("killed"))
  }

  @Test(arguments: ["base", "polya"])
  func aTrainingGoesOnWhereItWasKilled(stage: String) throws {
    let file = try folder.write("mini.json5", Self.manifest)
    let longer = ["--set", "stages.base.epochs=4", "--set", "stages.polya.steps=12"]
    #expect(try run(["--runs", "whole"] + longer).status == 0)
    let running = try Command.start(
      Repository.products.appending(path: "polya").path,
      ["run", file, "--runs", "killed", "--set", "run.checkpoint-minutes=0"] + longer, folder: folder.url)
    let stages = folder.url.appending(path: "killed/mini/stages")
    /// One, or two when it was killed between the new one and the removal of the old one.
    func kept() -> [URL] {
      let walker = FileManager.default.enumerator(at: stages, includingPropertiesForKeys: nil)
      var found: [URL] = []
      while let url = walker?.nextObject() as? URL {
        guard url.lastPathComponent == "state.json", url.path.contains("/.part-\(stage)-") else { continue }
        if url.path.contains("/.progress-") { found.append(url) }
      }
      return found
    }
    while running.isRunning, kept().isEmpty { usleep(2000) }
    running.signal(SIGKILL)
    _ = try running.finish()
    try #require(!kept().isEmpty, "killed too late")
    let interrupted = folder.url.appending(path: "killed/mini")
    let altered = folder.url.appending(path: "altered/mini")
    try FileManager.default.createDirectory(
      at: altered.deletingLastPathComponent(), withIntermediateDirectories: true)
    try FileManager.default.copyItem(at: interrupted, to: altered)
    if stage == "polya" { try expectRefusal(ofAnOlderState: kept(), in: interrupted, longer) }
    // A number that only the kept state can have brought shows that it was used.
    for state in kept() {
      let text = try String(contentsOf: state, encoding: .utf8)
      let changed = try resealed(text.replacing(/"tokens": \d+/, with: "\"tokens\": 1000000"))
      #expect(changed != text)
      try changed.write(
        toFile: state.path.replacingOccurrences(of: interrupted.path, with: altered.path), atomically: true,
        encoding: .utf8)
    }
    if let state = kept().max(by: { ($0.path.count, $0.path) < ($1.path.count, $1.path) }) {
      let whole = try Data(contentsOf: state)
      try whole.prefix(whole.count / 2).write(to: state)
      let healed = try run(["--runs", "killed"] + longer)
      #expect(healed.status == 0 && healed.errors.contains("is damaged"), "\(healed.errors)")
    }
    #expect(try run(["--runs", "killed"] + longer).status == 0)
    expectEqual(try results("whole"), try results("killed"))
    #expect(try run(["--runs", "altered", "--stage", stage] + longer).status == 0)
    let finished = try results("altered").first {
      $0.key.contains("/\(stage)") && $0.key.hasSuffix("/stage.json")
    }
    let json = String(decoding: try #require(finished).value, as: UTF8.self)
    #expect(try #require(json.firstMatch(of: /"tokens": (\d+)/)).1.count >= 7)
  }

  /// A state that lacks what this version keeps is neither used nor taken for damaged.
  private func expectRefusal(ofAnOlderState states: [URL], in interrupted: URL, _ longer: [String]) throws {
    let older = folder.url.appending(path: "older/mini")
    try FileManager.default.createDirectory(
      at: older.deletingLastPathComponent(), withIntermediateDirectories: true)
    try FileManager.default.copyItem(at: interrupted, to: older)
    for state in states {
      let text = try String(contentsOf: state, encoding: .utf8)
      try resealed(text.replacing("\"asked\"", with: "\"wanted\"")).write(
        toFile: state.path.replacingOccurrences(of: interrupted.path, with: older.path), atomically: true,
        encoding: .utf8)
    }
    let result = try run(["--runs", "older", "--stage", "polya"] + longer)
    #expect(
      result.status == 1 && result.errors.contains("that another version of polya began"), "\(result.errors)")
    #expect(result.errors.contains("delete this folder"))
  }

  @Test func interruptedTheRunSaysSoAndGoesOn() throws {
    let file = try folder.write("mini.json5", Self.manifest)
    let running = try Command.start(
      Repository.products.appending(path: "polya").path,
      ["run", file, "--runs", "runs", "--set", "stages.base.epochs=100000"], folder: folder.url)
    // On a busy machine it may take long until it is at work.
    while running.isRunning, try !running.errorsSoFar().contains("[2/7] base") { usleep(20_000) }
    running.signal(SIGINT)
    let result = try running.finish()
    #expect(result.status == 130, "\(result.errors)")
    #expect(result.errors.contains("stopped on request"))
  }

  @Test func aRewardIsExchangedByEditingTheManifest() throws {
    try Command.compilePlugin(
      Repository.root.appending(path: "examples/reward-in-c/exact_match.c"), to: folder.path("exact.so"))
    #expect(try run(["--runs", "runs"]).status == 0)
    let edited = Self.manifest.replacingOccurrences(
      of: #"answer: { use: "polya.math-answer" }"#, with: #"answer: { use: "./exact.so" }"#)
    let result = try run(["--runs", "runs"], manifest: edited)
    #expect(result.status == 0, "\(result.errors)")
    #expect(
      result.errors.contains("corpus: up to date"), "what does not depend on the reward is not done again")
    #expect(result.errors.contains("base: up to date"))
    #expect(result.errors.contains("candidates: tasks"))
    // What was sampled is judged anew, not sampled anew.
    let stages = try results("runs").filter {
      $0.key.contains("/candidates-") && $0.key.hasSuffix("/stage.json")
    }
    let keys = try stages.values.compactMap {
      try (JSONSerialization.jsonObject(with: $0) as? [String: Any])?["samples_key"] as? String
    }
    #expect(keys.count == 2 && Set(keys).count == 1)
  }

  @Test func twoVerifiersSideBySideLeaveATable() throws {
    try Command.compilePlugin(
      Repository.root.appending(path: "examples/reward-in-c/exact_match.c"), to: folder.path("exact.so"))
    let both = Self.manifest.replacingOccurrences(
      of: #"answer: { use: "polya.math-answer" },"#,
      with: #"answer: { use: "polya.math-answer" }, exact: { use: "./exact.so" },"#
    ).replacingOccurrences(
      of: "two: { kind",
      with: #"beside: { kind: "shadow", from: "candidates", first: "answer", second: "exact" }, two: { kind"#)
    let result = try run(["--runs", "runs", "--stage", "beside"], manifest: both)
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.errors.contains("beside: compared 24, disagreements"), "\(result.errors)")
  }

  /// In bootstrapping, reinforcement and evaluation alike: a row without it would be missing, and none may be.
  @Test func rewardsAreToldWhatTheModelWasTold() throws {
    let fixture = Repository.root.appending(path: "Tests/Fixtures/length_reward.c")
    let source = "#define NEEDS_TRANSCRIPT\n" + (try String(contentsOf: fixture, encoding: .utf8))
    try Command.compilePlugin(URL(filePath: try folder.write("told.c", source)), to: folder.path("length.so"))
    let told = Self.manifest.replacingOccurrences(
      of: #""max-unscored": 1"#, with: #""max-unscored": 0"#
    )
    .replacingOccurrences(of: #"verify: "answer""#, with: #"verify: "length""#)
    .replacingOccurrences(
      of: #"[{ use: "answer" }, { use: "length", weight: 0.5 }]"#, with: #"[{ use: "length" }]"#)
    let result = try run(["--runs", "runs"], manifest: told)
    #expect(result.status == 0, "\(result.errors)")
  }

  @Test func whatAnOptionPointsToIsPartOfTheStage() throws {
    try FileManager.default.copyItem(
      at: Repository.root.appending(path: "examples/quickstart/base"), to: folder.url.appending(path: "base"))
    let edited = Self.manifest.replacingOccurrences(
      of: #"model: "base", tasks"#, with: #"model: "stored", tasks"#
    )
    .replacingOccurrences(
      of: "answer: { use",
      with: #"stored: { use: "polya.transformer", options: { folder: "base" } }, answer: { use"#)
    let stage = ["--runs", "runs", "--stage", "candidates"]
    #expect(try run(stage, manifest: edited).status == 0)
    #expect(try run(stage, manifest: edited).errors.contains("candidates: up to date"))
    let config = folder.url.appending(path: "base/config.json")
    try (String(contentsOf: config, encoding: .utf8) + "\n").write(
      to: config, atomically: true, encoding: .utf8)
    #expect(!(try run(stage, manifest: edited).errors.contains("candidates: up to date")))
  }

  @Test func aStrategyInCFromOutsideTakesPart() throws {
    let source = folder.url.appending(path: "elsewhere.c")
    try FileManager.default.copyItem(
      at: Repository.root.appending(path: "examples/strategy-in-c/think_twice.c"), to: source)
    try Command.compilePlugin(source, to: folder.path("twice.so"))
    let edited = Self.manifest
      .replacingOccurrences(of: #"strategies: ["ways"]"#, with: #"strategies: ["twice"]"#)
      .replacingOccurrences(
        of: "answer: { use", with: #"twice: { use: "./twice.so" }, answer: { use"#)
    let result = try run(["--runs", "runs", "--stage", "candidates"], manifest: edited)
    #expect(result.status == 0, "\(result.errors)")
    let stages = folder.url.appending(path: "runs/mini/stages")
    let name = try #require(
      try FileManager.default.contentsOfDirectory(atPath: stages.path).first { $0.hasPrefix("candidates-") })
    let head = try Command.polya(["data", "head", stages.appending(path: name).path, "--count", "100"])
    #expect(head.output.contains(#""strategy":"org.example.think-twice""#))
    #expect(head.output.contains(#""heuristic":"check""#))
    #expect(head.output.contains("Can you derive the result differently?"), "the second turn was asked")
  }

  @Test func everyRecordSaysWhereItCameFrom() throws {
    #expect(try run(["--runs", "runs"]).status == 0)
    let stages = folder.url.appending(path: "runs/mini/stages")
    let names = try FileManager.default.contentsOfDirectory(atPath: stages.path)
    let two = try #require(names.first { $0.hasPrefix("two-") })
    let head = try Command.polya(["data", "head", stages.appending(path: two).path, "--count", "1"])
    let record = try #require(
      try JSONSerialization.jsonObject(with: Data(head.output.utf8)) as? [String: Any])
    let id = try #require(record["id"] as? String)
    let why = try Command.polya(["why", folder.url.appending(path: "runs/mini").path, id])
    #expect(why.status == 0)
    for word in [
      "in stage 'two'", "from ", "in stage 'candidates'", "seed:", "question:", "sha256", "read 'base'",
    ] {
      #expect(why.output.contains(word), "\(word) in \(why.output)")
    }
    #expect(
      try Command.polya(["why", folder.url.appending(path: "runs/mini").path, "nothing:1"]).status == 2)
  }

  /// The same document with a seal that fits: what an attacker would have to do, and no accident does.
  private func resealed(_ text: String) throws -> String {
    let script = """
      import hashlib, json, sys
      document = json.load(sys.stdin)
      del document["seal"]
      compact = json.dumps(document, separators=(",", ":"), ensure_ascii=False)
      document["seal"] = hashlib.sha256(compact.encode()).hexdigest()
      print(document["seal"])
      """
    let seal = try Command.run("/usr/bin/env", ["python3", "-c", script], input: text).output
      .trimmingCharacters(in: .newlines)
    return text.replacing(/"seal": "[0-9a-f]+"/, with: "\"seal\": \"\(seal)\"")
  }

  @Test func checkpointsAreDamagedVisibly() throws {
    #expect(try run(["--runs", "runs", "--stage", "base"]).status == 0)
    let stages = folder.url.appending(path: "runs/mini/stages")
    let base = try #require(
      try FileManager.default.contentsOfDirectory(atPath: stages.path).first { $0.hasPrefix("base-") })
    let weights = stages.appending(path: base).appending(path: "checkpoint/model.safetensors")
    let whole = try Data(contentsOf: weights)
    var bytes = whole
    bytes[bytes.count / 2] ^= 0x40
    for count in [bytes.count, bytes.count / 2] {
      try bytes.prefix(count).write(to: weights)
      let healed = try run(["--runs", "runs", "--stage", "base"])
      #expect(healed.status == 0)
      #expect(healed.errors.contains("checkpoint/model.safetensors: "), "\(healed.errors)")
      #expect(try Data(contentsOf: weights) == whole, "the stage is done again")
    }
  }

  @Test func aTruncatedShardIsNamedAndNothingElseIsLost() throws {
    #expect(try run(["--runs", "runs", "--stage", "two"]).status == 0)
    let stages = folder.url.appending(path: "runs/mini/stages")
    let two = try #require(
      try FileManager.default.contentsOfDirectory(atPath: stages.path).first { $0.hasPrefix("two-") })
    let shard = stages.appending(path: two).appending(path: "training-00000.jsonl.zst")
    try Data(contentsOf: shard).dropLast(20).write(to: shard)
    let result = try run(["--runs", "runs"])
    #expect(result.status == 0)
    #expect(result.errors.contains("training-00000.jsonl.zst: has "), "\(result.errors)")
    #expect(result.errors.contains("candidates: up to date"), "\(result.errors)")
  }

  /// A limit on file sizes stands in for a full disk: the first file that is too large cannot be written.
  @Test(arguments: [4, 16, 64])
  func aDiskThatIsFullIsOneSentenceAndTheRunGoesOnLater(kibibytes: Int) throws {
    let file = try folder.write("mini.json5", Self.manifest)
    let polya = Repository.products.appending(path: "polya").path
    let full = try Command.run(
      "/usr/bin/env", ["bash", "-c", "ulimit -f \(kibibytes); exec \(polya) run \(file) --runs runs"],
      folder: folder.url)
    #expect(full.status == 1 || full.status == 3, "\(full.errors)")
    let last = try #require(full.errors.split(separator: "\n").last)
    #expect(last.hasPrefix("polya: ") && last.contains("File too large"), "\(full.errors)")
    #expect(try run(["--runs", "runs"]).status == 0)
    #expect(try run(["--runs", "whole"]).status == 0)
    expectEqual(try results("whole"), try results("runs"))
  }

  /// The estimate after a trial, held against what then happened.
  @Test func aTrialTellsWhatTheRunWillTake() throws {
    let file = try folder.write("mini.json5", Self.manifest)
    func work(_ arguments: [String]) throws -> [String: [String: Any]] {
      let plan = try Command.polya(
        ["plan", file, "--runs", "runs", "--json"] + arguments, folder: folder.url)
      #expect(plan.status == 0, "\(plan.errors)")
      let rows = try plan.output.split(separator: "\n").map {
        try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
      }
      return Dictionary(
        uniqueKeysWithValues: rows.compactMap { row in
          (row["work"] as? [String: Any]).map { (row["stage"] as? String ?? "", $0) }
        })
    }
    let stages = ["--stage", "candidates", "--stage", "scores"]
    let blind = try work(stages)
    #expect(blind["candidates"]?["is_bound"] as? Bool == true && blind["candidates"]?["seconds"] is NSNull)
    let fast = try work(stages + ["--rate", "fresh=1000"])
    let most = try #require(blind["candidates"]?["sampled_tokens"] as? Double)
    #expect(fast["candidates"]?["seconds"] as? Double == most / 1000)
    let trial = ["--set", "tasks.train.count=3", "--set", "tasks.test.count=2"]
    #expect(try Command.polya(["run", file, "--runs", "runs"] + trial, folder: folder.url).status == 0)
    let estimate = try work([])
    #expect(try Command.polya(["run", file, "--runs", "runs"], folder: folder.url).status == 0)
    let journal = try String(
      contentsOf: folder.url.appending(path: "runs/mini/journal.jsonl"), encoding: .utf8)
    var taken: [String: Double] = [:]
    for line in journal.split(separator: "\n") where line.contains("\"stage finished\"") {
      let event = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
      let usage = (event["usage"] as? [String: [String: Any]])?["fresh"]
      taken[event["stage"] as? String ?? ""] = usage?["sampled_tokens"] as? Double
    }
    for stage in ["candidates", "scores"] {
      let expected = try #require(estimate[stage]?["sampled_tokens"] as? Double)
      #expect(estimate[stage]?["is_bound"] as? Bool == false && estimate[stage]?["seconds"] is Double)
      let actual = try #require(taken[stage])
      #expect(abs(expected - actual) < 0.2 * actual, "\(stage): \(expected), \(actual)")
    }
    #expect(try work([]).isEmpty)
  }

  @Test func planAndDoctorTouchNothing() throws {
    let file = try folder.write("mini.json5", Self.manifest)
    let plan = try Command.polya(["plan", file, "--runs", "runs"], folder: folder.url)
    #expect(plan.status == 0)
    #expect(plan.output.components(separatedBy: "will run").count == 8)
    let estimates = plan.output.split(separator: "\n").filter { $0.split(separator: " ").contains("~") }
    #expect(estimates.count == 3, "three stages train a model: \(plan.output)")
    for wrong in ["nobody=1", "fresh=0", "fresh=1/x", "fresh", "fresh=1/2/3", "fresh=inf"] {
      #expect(try Command.polya(["plan", file, "--rate", wrong], folder: folder.url).status == 2)
    }
    let doctor = try Command.polya(["doctor", file], folder: folder.url)
    #expect(doctor.status == 0, "\(doctor.errors)")
    #expect(!FileManager.default.fileExists(atPath: folder.url.appending(path: "runs").path))
    let broken = try folder.write(
      "broken.json5",
      Self.manifest.replacingOccurrences(of: "polya.math-answer", with: "polya.math-answr")
        .replacingOccurrences(of: "shots: 0", with: "shot: 0"))
    let problems = try Command.polya(["doctor", broken], folder: folder.url)
    #expect(problems.status == 3)
    #expect(problems.errors.contains("has no option 'shot'; did you mean 'shots'?"), "\(problems.errors)")
    #expect(problems.errors.contains("did you mean 'polya.math-answer'?"))
    #expect(problems.errors.contains("2 problems found"))
  }
}
