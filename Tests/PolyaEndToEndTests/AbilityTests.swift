import Foundation
import PolyaTestSupport
import Testing

/// The README's table of what each model plugin can do, cell by cell from the real binary and stand-in servers.
struct AbilityTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    // A folder with a tokenizer and its configuration, as a trained model has them.
    let manifest = """
      { polya: 1, run: { name: "bytes" },
        plugins: { fresh: { use: "polya.transformer", options: { shape: "tiny" } }, words: { use: "polya.word-arithmetic" },
                   ways: { use: "polya.plain" } },
        tasks: { stories: { from: "words", split: "corpus", count: 2 } },
        stages: { corpus: { kind: "demonstrate", tasks: "stories", strategy: "ways", count: 2 },
                  base: { kind: "train", model: "fresh", data: "corpus" } } }
      """
    let run = try Command.polya(["run", try folder.write("bytes.json5", manifest)], folder: folder.url)
    #expect(run.status == 0, "\(run.errors)")
    let stages = folder.url.appending(path: "runs/bytes/stages")
    let base = try #require(
      try FileManager.default.contentsOfDirectory(atPath: stages.path).first { $0.hasPrefix("base-") })
    try FileManager.default.moveItem(
      at: stages.appending(path: "\(base)/checkpoint"), to: folder.url.appending(path: "model"))
  }

  /// The table by row title, without the header.
  private func table() throws -> [String: [String]] {
    let readme = try String(contentsOf: Repository.root.appending(path: "README.md"), encoding: .utf8)
    let marked = try #require(
      readme.components(separatedBy: "<!-- checked by: AbilityTests -->\n").dropFirst().first)
    let lines = marked.split(separator: "\n", omittingEmptySubsequences: false).prefix { $0.hasPrefix("|") }
    let rows = lines.map { line in
      line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
    }
    return Dictionary(uniqueKeysWithValues: rows.dropFirst(2).map { ($0[0], Array($0.dropFirst())) })
  }

  /// What a plugin can do, by row title.
  private func abilities(_ plugin: String, _ options: [String]) throws -> [String: String] {
    let use = ["--use", plugin] + options.flatMap { ["--option", $0] }
    func polya(_ words: String, _ arguments: [String] = [], _ input: String = "") throws -> CommandResult {
      try Command.polya(
        words.split(separator: " ").map(String.init) + use + arguments, input: input, folder: folder.url)
    }
    func yes(_ can: Bool) -> String { can ? "yes" : "no" }
    let samples = try polya("model generate", ["--max-tokens", "4"], "{\"text\":\"ab\"}\n")
    #expect(samples.status == 0, "\(samples.errors)")
    let hasLogprobs = try #require(samples.output.firstRange(of: "\"logprobs\":[")).upperBound
    let scores = try polya("model score", [], "{\"ids\":[1,2,3]}\n")
    let info = try polya("model info")
    let trains = info.output.contains("\"trains\": true")
    let described = try Command.polya(["plugin", "describe", plugin])
    let json = try #require(
      try JSONSerialization.jsonObject(with: Data(described.output.utf8)) as? [String: Any])
    let traits = json["traits"] as? [String] ?? []
    let rank = (json["options"] as? [[String: Any]])?.first { $0["key"] as? String == "lora-rank" }
    let isFar = traits.contains("network")
    return [
      "samples": yes(samples.status == 0),
      "gives log-probs of its samples": yes(samples.output[hasLogprobs...].first != "]"),
      "scores given tokens": yes(scores.status == 0),
      "trains all weights": yes(trains && rank?["default"] == nil),
      "trains adapters (`lora-rank`)": yes(trains && rank != nil),
      "runs on": isFar
        ? "the server's accelerators"
        : info.output.contains("\"device\": \"cpu\"") ? "the CPU of this machine" : "?",
      "repeats its samples": traits.contains("nondeterministic")
        ? "as far as the server does" : "bit for bit",
      "goes on after `kill -9`": isFar
        ? trains ? "from the server's checkpoint" : "from its shards and `cache`" : "with the same bits",
    ]
  }

  /// Whether it may be the sampler of a model that the engine trains.
  private func samplesForOthers(_ plugin: String, _ options: [String]) throws -> String {
    let given = options.map { $0.replacing("=", with: ": ", maxReplacements: 1) }.map { option in
      let parts = option.components(separatedBy: ": ")
      let isPlain = parts[1].hasPrefix("[") || Int(parts[1]) != nil
      return "\"\(parts[0])\": " + (isPlain ? parts[1] : "\"\(parts[1...].joined(separator: ": "))\"")
    }
    let file = try folder.write(
      "sampler.json5",
      """
      { polya: 1, run: { name: "sampler", "max-unscored": 1 },
        plugins: { policy: { use: "polya.transformer", options: { folder: "model" } },
                   other: { use: "\(plugin)", options: { \(given.joined(separator: ", ")) } },
                   words: { use: "polya.word-arithmetic" }, answer: { use: "polya.math-answer" } },
        tasks: { train: { from: "words", split: "train", count: 2 } },
        stages: { rl: { kind: "reinforce", model: "policy", tasks: "train", steps: 1, rewards: [{ use: "answer" }],
                  sampler: { model: "other" }, "prompts-per-step": 1, "group-size": 2, "max-tokens": 4 } } }
      """)
    let result = try Command.polya(["run", file, "--runs", "sampler"], folder: folder.url)
    try FileManager.default.removeItem(at: folder.url.appending(path: "sampler"))
    // A stand-in takes the weights, and goes on with its formula: that is what the host must notice.
    let refusals = ["cannot load weights", "so it is no checkpoint of polya.tinker"]
    let isRefused = refusals.contains { result.errors.contains($0) }
    let takesWeights =
      result.status == 0 || result.errors.contains("does not sample with the trained weights")
    return takesWeights ? "yes" : isRefused ? "no" : result.errors
  }

  @Test func theTableSaysWhatTheyCan() throws {
    let table = try table()
    func plan(_ flavor: String) throws -> StandInServer {
      let plan: [String: Any] = [
        "flavor": flavor, "tokenizer": folder.path("model/tokenizer.json"), "loads": true,
      ]
      let json = try JSONSerialization.data(withJSONObject: plan)
      return try StandInServer("openai_server.py", [String(decoding: json, as: UTF8.self)])
    }
    let (tinker, vLLM, openAI) = (
      try StandInServer("tinker_server.py", ["--vocabulary", "258"]), try plan("vllm"), try plan("openai")
    )
    let columns: [(String, [String])] = [
      ("polya.transformer", ["folder=model"]),
      ("polya.tinker", ["url=\(tinker.url)", "model=bigrams", "folder=model"]),
      ("polya.server", ["url=[\"\(vLLM.url)\"]", "model=stand-in", "folder=model"]),
      ("polya.server", ["url=[\"\(openAI.url)\"]", "model=stand-in", "folder=model"]),
    ]
    for (index, (plugin, options)) in columns.enumerated() {
      var found = try abilities(plugin, options)
      found["samples for a model that trains elsewhere (`sampler`)"] = try samplesForOthers(plugin, options)
      #expect(Set(found.keys) == Set(table.keys))
      for (title, cell) in found {
        #expect(table[title]?[index] == cell, "\(plugin) \(options): \(title)")
      }
    }
    withExtendedLifetime((tinker, vLLM, openAI)) {}
  }
}
