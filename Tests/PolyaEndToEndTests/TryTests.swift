import Foundation
import PolyaTestSupport
import Testing

/// `polya try` shows what a stage would send, with the answers that the stage then gets.
struct TryTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private static let manifest = """
    { polya: 1, run: { name: "tried", seed: 5, "max-unscored": 1 },
      plugins: {
        fresh: { use: "polya.transformer", options: { shape: "custom", hidden: 32, layers: 2, heads: 2,
                 "key-value-heads": 1, "feed-forward": 48, context: 512, "chat-template": "chatml" } },
        words: { use: "polya.word-arithmetic" },
        ways: { use: "polya.heuristics", options: { shots: 0, instruct: false, only: ["working-backwards", "plain"] } },
        answer: { use: "polya.math-answer" } },
      tasks: { stories: { from: "words", split: "corpus", count: 8 }, train: { from: "words", split: "train", count: 4 } },
      stages: {
        corpus: { kind: "demonstrate", tasks: "stories", strategy: "ways", count: 8 },
        candidates: { kind: "bootstrap", model: "fresh", tasks: "train", strategies: ["ways"], samples: 3,
                      "max-tokens": 24, verify: "answer" },
        base: { kind: "train", model: "fresh", data: "corpus" },
        rl: { kind: "reinforce", model: "fresh", tasks: "train", steps: 1, rewards: [{ use: "answer" }], "max-tokens": 8 },
        scores: { kind: "evaluate", models: ["base"], tasks: ["train"], verify: "answer", samples: 2, "max-tokens": 8 },
        two: { kind: "select", from: "candidates", variants: 2, outcome: "wrong", truncated: "keep" } } }
    """

  private func polya(_ arguments: [String]) throws -> CommandResult {
    try Command.polya(arguments + ["--runs", "runs"], folder: folder.url)
  }

  private func rows(_ lines: String) throws -> [[String: Any]] {
    try lines.split(separator: "\n").map {
      try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
    }
  }

  @Test func theAnswersAreThoseOfTheStage() throws {
    let file = try folder.write("tried.json5", Self.manifest)
    let tried = try polya(["try", file, "candidates", "--task", "2", "--samples", "2", "--json"])
    #expect(tried.status == 0, "\(tried.errors)")
    #expect(!FileManager.default.fileExists(atPath: folder.path("runs")), "nothing is written")
    #expect(try polya(["run", file, "--stage", "candidates"]).status == 0)
    let stages = folder.url.appending(path: "runs/tried/stages")
    let stage = try #require(
      try FileManager.default.contentsOfDirectory(atPath: stages.path).first { $0.hasPrefix("candidates") })
    let head = try Command.polya(["data", "head", stages.appending(path: stage).path, "--count", "100"])
    let all = try rows(head.output)
    let previews = try rows(tried.output)
    #expect(previews.count == 2)
    for (preview, heuristic) in zip(previews, ["working-backwards", "plain"]) {
      #expect((preview["title"] as? String)?.hasPrefix(heuristic) == true)
      let own = all.filter {
        $0["heuristic"] as? String == heuristic
          && ($0["task"] as? [String: Any])?["question"] as? String == preview["question"] as? String
      }
      #expect(own.count == 3)
      // The brackets are all that differs from what the record says the model was sent.
      let prompt = try #require(preview["prompt"] as? String)
      #expect(
        prompt.hasPrefix("⟦<|im_start|>user\n⟧") && prompt.hasSuffix("⟦<|im_end|>\n<|im_start|>assistant\n⟧"))
      #expect(prompt.filter { !"⟦⟧".contains($0) } == own[0]["prompt"] as? String)
      let replies = try #require(preview["replies"] as? [[String: Any]])
      #expect(
        replies.compactMap { $0["ids"] as? [Int] } == own.prefix(2).compactMap { $0["tokens"] as? [Int] })
      let outcomes = replies.compactMap {
        ($0["verdicts"] as? [String: [String: Any]])?["answer"]?["outcome"] as? String
      }
      #expect(outcomes == own.prefix(2).compactMap { $0["outcome"] as? String })
    }
  }

  @Test func trainingShowsPromptAndTarget() throws {
    let file = try folder.write("tried.json5", Self.manifest)
    #expect(try polya(["run", file, "--stage", "corpus"]).status == 0)
    let tried = try polya(["try", file, "base", "--task", "3"])
    #expect(tried.status == 0, "\(tried.errors)")
    let (prompt, target) = try #require(
      tried.output.range(of: "target, ").map {
        (tried.output[..<$0.lowerBound], tried.output[$0.lowerBound...])
      })
    #expect(prompt.contains("⟦<|im_end|>\n<|im_start|>assistant\n⟧"))
    #expect(target.contains("#### ") && target.contains("<|im_end|>"))
  }

  /// A question whose text the template has, too.
  @Test(arguments: ["a", "user", "assistant", "im_end"]) func bracketsStandAroundTheTemplate(question: String)
    throws
  {
    _ = try folder.write("short.jsonl", #"{"q":"\#(question)","a":"1","reference_kind":"math"}"#)
    let manifest = Self.manifest.replacing(
      "tasks: {",
      with:
        #"tasks: { short: { path: "short.jsonl", format: "jsonl", fields: { question: "q", reference: "a" } },"#
    ).replacing(#"name: "tried","#, with: #"name: "tried", prompt: "{question}","#)
    let file = try folder.write("short.json5", manifest)
    let tried = try polya(["try", file, "rl", "--samples", "0", "--json", "--set", "stages.rl.tasks=short"])
    #expect(tried.status == 0, "\(tried.errors)")
    #expect(
      try rows(tried.output).first?["prompt"] as? String
        == "⟦<|im_start|>user\n⟧\(question)⟦<|im_end|>\n<|im_start|>assistant\n⟧")
  }

  @Test func promptsAloneCostNothing() throws {
    let file = try folder.write("tried.json5", Self.manifest)
    for stage in ["candidates", "rl"] {
      let tried = try polya(["try", file, stage, "--samples", "0"])
      #expect(tried.status == 0, "\(tried.errors)")
      #expect(tried.output.contains("prompt, ") && !tried.output.contains("answer 0"))
    }
    let rl = try polya(["try", file, "rl", "--samples", "2"])
    #expect(rl.output.contains("answer 1, ") && rl.output.contains("answer: "), "\(rl.errors)")
    let scores = try polya(["try", file, "scores", "--model", "fresh"])
    #expect(scores.status == 0 && scores.output.hasPrefix("--- fresh: "), "\(scores.errors)")
  }

  @Test(
    arguments: [
      (["base"], "needs the stage 'corpus', which has not run yet", "polya run MANIFEST --stage corpus"),
      (["scores"], "needs the stage 'base', which has not run yet", "name another model"),
      (["two"], "stage 'two' (select) sends a model nothing", "bootstrap, train, reinforce, and evaluate"),
      (["candidats"], "there is no stage 'candidats'", "did you mean 'candidates'?"),
      (["candidates", "--task", "4"], "there is no task 4: the stage has 4, from 0", "--task"),
      (
        ["candidates", "--heuristic", "plane"], "there is no heuristic 'plane' in this stage",
        "did you mean 'plain'?"
      ),
      (["candidates", "--model", "frsh"], "there is no plugin or stage 'frsh'", "did you mean 'fresh'?"),
      ([], "the name of a stage is missing", "see polya help try"),
    ] as [([String], String, String)])
  func whatCannotBeTriedIsNamed(words: [String], message: String, hint: String) throws {
    let file = try folder.write("tried.json5", Self.manifest)
    let result = try polya(["try", file] + words)
    #expect(result.status != 0 && result.output.isEmpty)
    #expect(result.errors.contains(message) && result.errors.contains(hint), "\(result.errors)")
  }
}
