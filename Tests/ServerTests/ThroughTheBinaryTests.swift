import Foundation
import PolyaTestSupport
import Testing

/// The plugin as a user meets it: the real binary, a manifest, and a server that fails now and then.
struct ThroughTheBinaryTests {
  private let standIn: StandIn

  init() throws {
    standIn = try StandIn(["faults": 0.1, "kinds": ["500", "cut", "malformed", "count", "429"]])
  }

  private func polya(_ arguments: [String], input: String = "") throws -> CommandResult {
    try Command.polya(arguments, input: input, folder: standIn.folder.url)
  }

  private func manifest(_ name: String, _ options: String = "", stages: String? = nil) throws -> String {
    let stages =
      stages ?? """
        candidates: { kind: "bootstrap", model: "served", tasks: "train", strategies: ["ways"], samples: 3,
                      "max-tokens": 40, verify: "answer" },
        scores: { kind: "evaluate", models: ["served"], tasks: ["train"], verify: "answer", samples: 2, "max-tokens": 40 }
        """
    return try standIn.folder.write(
      "\(name).json5",
      """
      { polya: 1, run: { name: "\(name)", seed: 3, "max-unscored": 1 },
        plugins: {
          served: { use: "polya.server", writable: ["cache"], options: { url: ["\(standIn.server.url)"], model: "stand-in",
                    folder: "model", "chat-template": "chatml", \(options) } },
          words: { use: "polya.word-arithmetic" }, ways: { use: "polya.plain" }, answer: { use: "polya.math-answer" } },
        tasks: { train: { from: "words", split: "train", count: 12 } },
        stages: { \(stages) } }
      """)
  }

  private func samplingRequests() throws -> Int { try standIn.counts()["/v1/completions"] ?? 0 }

  /// A model that is created samples a little; what a run asks beside that is what counts.
  @Test func aRunSamplesAndItsRepetitionCostsNothing() throws {
    try FileManager.default.createDirectory(
      atPath: standIn.folder.path("cache"), withIntermediateDirectories: true)
    let first = try polya(["run", try manifest("first", "cache: 'cache'"), "--verbose"])
    #expect(first.status == 0, "\(first.errors)")
    let line = "'stand-in' at vLLM 0.0-stand-in, context 4096: token ids in and out"
    #expect(first.errors.contains(line), "\(first.errors)")
    #expect(first.errors.contains("attempts repeated"), "faults were met: \(first.errors)")
    let again = try polya(["run", try manifest("again", "cache: 'cache'"), "--verbose"])
    #expect(again.status == 0, "\(again.errors)")
    let asked = again.errors.split(separator: "\n").filter { $0.contains("requests (") }
    #expect(
      asked.count == 2 && asked.allSatisfy { $0.contains("0 requests (12 from the cache)") }, "\(asked)")
    let answers = try answers("first")
    #expect(answers.count == 36 && Set(answers).count == 36, "\(answers)")
    #expect(try self.answers("again") == answers)
  }

  private func answers(_ run: String) throws -> [String] {
    let stages = standIn.folder.url.appending(path: "runs/\(run)/stages")
    let names = try FileManager.default.contentsOfDirectory(atPath: stages.path)
    let name = try #require(names.first { $0.hasPrefix("candidates") })
    let head = try polya(["data", "head", stages.appending(path: name).path, "--count", "1000"])
    #expect(head.status == 0, "\(head.errors)")
    return try head.output.split(separator: "\n").filter { $0.contains("\"candidate/") }.map {
      let row = try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any]
      return try #require(row?["answer"] as? String)
    }
  }

  @Test func theDoctorSaysWhatTheServerCan() throws {
    let result = try polya(["doctor", try manifest("doctor")])
    #expect(
      result.status == 0
        && result.output.contains("served: stand-in (vllm) on vLLM 0.0-stand-in, context 4096")
        && result.output.contains("seeds, the same token ids for 10 texts"),
      "\(result.errors)")
    #expect(result.output.contains("out of process"))
  }

  @Test(arguments: [
    ("folder", "nowhere", "tokenizer.json"), ("key-env", "POLYA_NO_KEY", "key-env"),
    ("model", "x", "no model 'x'"),
    ("url", "[\"http://127.0.0.1:1\"]", "cannot be reached"), ("budget", "0.001", "price-in"),
    ("cache", "/proc/x", "writable"),
  ]) func aMistakeIsOneSentence(_ option: String, _ value: String, _ said: String) throws {
    let file = try manifest("wrong")
    let result = try polya(["doctor", file, "--set", "plugins.served.options.\(option)=\(value)"])
    #expect(result.status != 0 && result.errors.contains(said), "\(result.errors)")
    #expect(result.errors.contains("1 problem found"), "\(result.errors)")
    #expect(try samplingRequests() == 0)
  }

  /// The variable reaches the plugin's process, and its value no file of the run.
  @Test func aKeyIsUsedAndStaysSecret() throws {
    let locked = try StandIn(["key": "right-key-7"])
    let file = try manifest("locked", "'key-env': 'POLYA_TEST_KEY'").replacing(
      standIn.folder.url.path + "/", with: "")
    let url = "plugins.served.options.url=[\"\(locked.server.url)\"]"
    func run(_ key: String) throws -> CommandResult {
      try Command.run(
        Repository.products.appending(path: "polya").path, ["run", file, "--set", url, "--verbose"],
        folder: standIn.folder.url, environment: ["POLYA_TEST_KEY": key])
    }
    let refused = try run("wrong-key-9")
    #expect(refused.status != 0 && refused.errors.contains("refuses the key"), "\(refused.errors)")
    let accepted = try run("right-key-7")
    #expect(accepted.status == 0, "\(accepted.errors)")
    for output in [refused, accepted].map({ $0.output + $0.errors }) {
      #expect(!output.contains("key-7") && !output.contains("key-9"))
    }
    let found = try Command.run(
      "/usr/bin/env", ["grep", "-rlE", "right-key-7|wrong-key-9", "runs"], folder: standIn.folder.url)
    #expect(found.status == 1 && found.output.isEmpty, "\(found.output)")
  }

  @Test func aBudgetThatIsTooSmallEndsTheRunBeforeItSpends() throws {
    let options = "'price-in': 1, 'price-out': 1, budget: 0.000001"
    let result = try polya(["run", try manifest("poor", options)])
    #expect(
      result.status != 0 && result.errors.contains("budget is 0.000001, of which 0 is spent"),
      "\(result.errors)")
  }

  /// Text alone cannot be learned from by its tokens.
  @Test func aServedModelIsNotTrained() throws {
    let stage =
      "rl: { kind: 'reinforce', model: 'served', tasks: 'train', steps: 1, rewards: [{ use: 'answer' }] }"
    let result = try polya(["run", try manifest("rl", stages: stage)])
    #expect(result.status != 0 && result.errors.contains("served"), "\(result.errors)")
  }

  @Test func promptsThatDoNotFitAreRefused() throws {
    let small = try StandIn(["context": 8])
    let words = ["model", "generate", "--use", "polya.server", "--option", "url=[\"\(small.server.url)\"]"]
    let options = ["--option", "model=stand-in", "--option", "folder=\(small.folder.path("model"))"]
    let result = try polya(words + options, input: #"{"text":"far more than eight bytes"}"# + "\n")
    #expect(result.status != 0 && result.errors.contains("context"), "\(result.errors)")
  }

  /// What the README shows works as it stands, with the addresses and names of what is there.
  @Test func theExampleOfTheReadmeIsSound() throws {
    let readme = try String(
      contentsOf: Repository.root.appending(path: "Plugins/Server/README.md"), encoding: .utf8)
    let block = try #require(
      readme.split(separator: "```json5\n").dropFirst().first?.split(separator: "\n```").first)
    #expect(readme.contains("http://127.0.0.1:8000") && readme.contains("Qwen/Qwen2.5-7B-Instruct"))
    let text = block.replacing("http://127.0.0.1:8000", with: standIn.server.url)
      .replacing("Qwen/Qwen2.5-7B-Instruct", with: "stand-in").replacing(
        "models/qwen2.5-7b-instruct", with: "model")
    try FileManager.default.createDirectory(
      atPath: standIn.folder.path("cache"), withIntermediateDirectories: true)
    let inner = text.split(separator: "\n").dropFirst(0).joined(separator: "\n").drop { $0 == "{" }
    let file = try standIn.folder.write("readme.json5", "{ polya: 1, run: { name: 'readme' }, \(inner)")
    let result = try polya(["doctor", file])
    #expect(result.status == 0, "\(result.errors)")
  }
}
