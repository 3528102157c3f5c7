import Foundation
import PolyaTestSupport
import Testing

@testable import TransformerTokenizer

/// The loop through the real binary, with a model that is trained at a server.
@Suite("Runs at a Tinker server")
struct TinkerRunTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    let tokenizer = Tokenizer.bytes()
    try FileManager.default.createDirectory(
      atPath: folder.path("model"), withIntermediateDirectories: true)
    try folder.write("model/tokenizer.json", String(decoding: tokenizer.json, as: UTF8.self))
    try folder.write(
      "model/config.json",
      """
      { "model_type": "bigrams", "vocab_size": 258, "max_position_embeddings": 1024, "eos_token_id": 256 }
      """)
    try Command.compilePlugin(
      Repository.root.appending(path: "Tests/Fixtures/length_reward.c"), to: folder.path("length.so"))
  }

  private func manifest(_ url: String, options: String = "") -> String {
    """
    { polya: 1, run: { name: "far", seed: 5, "max-unscored": 1, "checkpoint-minutes": 0 },
      plugins: {
        policy: { use: "polya.tinker", options: { url: "\(url)", model: "bigrams", folder: "model", "lora-rank": 4 \(options) } },
        words: { use: "polya.word-arithmetic", options: { numbers: "small" } }, ways: { use: "polya.plain" },
        answer: { use: "polya.math-answer" }, length: { use: "./length.so" } },
      tasks: { stories: { from: "words", split: "corpus", count: 8 }, train: { from: "words", split: "train", count: 4 },
               test: { from: "words", split: "test", count: 3 } },
      stages: {
        corpus: { kind: "demonstrate", tasks: "stories", strategy: "ways", count: 8 },
        base: { kind: "train", model: "policy", data: "corpus", "batch-size": 4, epochs: 3, "learning-rate": 0.3 },
        rl: { kind: "reinforce", model: "base", tasks: "train", steps: 6, rewards: [{ use: "length" }],
              "prompts-per-step": 2, "group-size": 8, "max-tokens": 24, "learning-rate": 0.3 },
        scores: { kind: "evaluate", models: ["policy", "rl"], tasks: ["test"], verify: "answer", samples: 2, "max-tokens": 8 } } }
    """
  }

  private func run(_ url: String, _ runs: String, options: String = "") throws -> CommandResult {
    let file = try folder.write("far.json5", manifest(url, options: options))
    return try Command.polya(["run", file, "--runs", runs, "--verbose"], folder: folder.url)
  }

  private func metrics(_ runs: String, _ name: String) throws -> [Double] {
    try String(contentsOf: folder.url.appending(path: "\(runs)/far/metrics.jsonl"), encoding: .utf8)
      .split(separator: "\n").compactMap { line in
        let json = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
        return json?["name"] as? String == name ? json?["value"] as? Double : nil
      }
  }

  @Test("train, reinforce, evaluate; the loss falls, and the reward rises")
  func loop() throws {
    let server = try StandInServer(
      "tinker_server.py", ["--vocabulary", "258", "--batch", "sequences", "--by-length"])
    let result = try run(server.url, "runs")
    #expect(result.status == 0, "\(result.errors)")
    #expect(
      result.errors.contains("divides gradients by the number of sequences and the length of each sequence"),
      "\(result.errors)")
    let losses = try metrics("runs", "loss/mean")
    try #require(losses.count >= 6)
    #expect(losses[5] < losses[0] - 0.3, "\(losses)")
    let rewards = try metrics("runs", "reward/mean")
    try #require(rewards.count == 6)
    #expect(rewards[5] > rewards[0], "\(rewards)")
    withExtendedLifetime(server) {}
  }

  @Test("adapters come as the server packs them, or the run says why not")
  func exports() throws {
    let server = try StandInServer("tinker_server.py", ["--vocabulary", "258", "--archives"])
    // The server is busy at first, and sends the key's owner to another one, which refuses keys.
    try folder.write("key", "tml-secret")
    let file = try folder.write(
      "far.json5", manifest(server.url, options: ", export: true, \"key-file\": \"key\""))
    let run = ["run", file, "--stage", "base", "--runs", "packed"]
    let result = try Command.polya(run, folder: folder.url)
    #expect(result.status == 0, "\(result.errors)")
    let files = try FileManager.default.subpathsOfDirectory(atPath: folder.path("packed/far/stages"))
    let archive = try #require(files.first { $0.hasSuffix("checkpoint/adapter.tar.gz") })
    let unpacked = try Command.run(
      "/usr/bin/env", ["gzip", "-dc", folder.path("packed/far/stages/" + archive)])
    #expect(unpacked.status == 0 && unpacked.output.hasPrefix("{"), "\(unpacked)")
    let other = try StandInServer("tinker_server.py", ["--vocabulary", "258"])
    try folder.write("far.json5", manifest(other.url, options: ", export: true"))
    let refused = try Command.polya(run, folder: folder.url)
    #expect(
      refused.status != 0
        && refused.errors.contains("gives no archive of its adapters (status 404); omit export"))
    withExtendedLifetime((server, other)) {}
  }

  @Test("killed on both sides, a run goes on where it was, with the same results")
  func resumes() throws {
    func results(_ runs: String) throws -> Data {
      try Data(contentsOf: folder.url.appending(path: "\(runs)/far/results.json"))
    }
    let store = folder.path("store.json")
    let first = try StandInServer("tinker_server.py", ["--vocabulary", "258", "--store", store])
    let port = try #require(first.url.split(separator: ":").last.map(String.init))
    #expect(try run(first.url, "whole").status == 0)
    let file = try folder.write("far.json5", manifest(first.url))
    let host = try Command.start(
      Repository.products.appending(path: "polya").path, ["run", file, "--runs", "killed"], folder: folder.url
    )
    // In the middle of the reinforcement.
    let part = folder.url.appending(path: "killed/far/stages")
    var isReinforcing = false
    for _ in 0..<60_000 where host.isRunning {
      let names = (FileManager.default.enumerator(atPath: part.path)?.allObjects as? [String]) ?? []
      isReinforcing = names.contains { $0.contains("part-rl") && $0.hasSuffix("tinker.json") }
      if isReinforcing { break }
      usleep(5_000)
    }
    #expect(isReinforcing)
    host.signal(SIGKILL)
    _ = try host.finish()
    first.stop()
    let refused = try run(first.url, "killed")
    #expect(refused.errors.contains("cannot be reached"), "\(refused.errors)")
    let second = try StandInServer(
      "tinker_server.py", ["--vocabulary", "258", "--store", store, "--port", port])
    let resumed = try run(second.url, "killed")
    #expect(resumed.status == 0, "\(resumed.errors)")
    #expect(try results("killed") == results("whole"))
    withExtendedLifetime(second) {}
  }

  /// The protocol takes stop strings or end tokens, and the stand-in goes on behind an end that it was not told of.
  @Test("a sample ends at the first end token or stop string, whatever the server does behind it")
  func ends() throws {
    let server = try StandInServer("tinker_server.py", ["--vocabulary", "258"])
    let options = ["url=\(server.url)", "model=bigrams", "folder=\(folder.path("model"))"].flatMap {
      ["--option", $0]
    }
    func samples(_ arguments: [String]) throws -> [[String: Any]] {
      let result = try Command.polya(
        ["model", "generate", "--use", "polya.tinker", "--samples", "60", "--max-tokens", "120"] + arguments
          + options,
        input: #"{"text":"Once"}"# + "\n", folder: folder.url)
      #expect(result.status == 0, "\(result.errors)")
      return try result.output.split(separator: "\n").compactMap {
        try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any]
      }
    }
    for arguments in [[], ["--stop", "a"]] {
      let rows = try samples(arguments)
      #expect(rows.count == 60)
      var stopped = 0
      for row in rows {
        let ids = try #require(row["ids"] as? [Int])
        let text = try #require(row["text"] as? String)
        let isStopped = row["finish"] as? String == "stop"
        stopped += isStopped ? 1 : 0
        #expect(!ids.dropLast().contains(256), "nothing comes behind an end token")
        #expect((row["logprobs"] as? [Double])?.count == ids.count)
        #expect(isStopped || ids.count == 120)
        if !arguments.isEmpty {
          let a = try #require(Tokenizer.bytes().encode("a").first)
          #expect(!text.contains("a") && !ids.dropLast().contains(Int(a)), "nor behind a stop string")
        }
      }
      #expect(stopped > 0)
    }
    withExtendedLifetime(server) {}
  }

  @Test(
    "what cannot work is refused before anything is spent",
    arguments: [
      ("", "model: \"bigrams\"", "model: \"other\"", "the server has no model 'other'; it has bigrams"),
      ("", "\"max-tokens\": 24,", "\"max-tokens\": 24, \"min-p\": 0.1,", "has no min-p"),
      (
        "", "\"max-tokens\": 24,", "\"max-tokens\": 24, \"temperature\": 0.7,",
        "'policy' failed in 'forward': the Tinker protocol gives log-probs at temperature 1 only"
      ),
      (", \"key-env\": \"POLYA_NO_SUCH_KEY\"", "", "", "key-env must be the name of an environment variable"),
    ])
  func refused(_ options: String, _ old: String, _ new: String, _ sentence: String) throws {
    let server = try StandInServer("tinker_server.py", ["--vocabulary", "258"])
    let text = manifest(server.url, options: options)
    let file = try folder.write("far.json5", old.isEmpty ? text : text.replacing(old, with: new))
    let result = try Command.polya(["run", file, "--runs", "runs"], folder: folder.url)
    #expect(result.status != 0 && result.errors.contains(sentence), "\(result.errors)")
    withExtendedLifetime(server) {}
  }
}
