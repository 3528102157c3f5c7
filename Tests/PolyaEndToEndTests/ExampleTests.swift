import Foundation
import PolyaTestSupport
import Testing

/// What the examples promise.
struct ExampleTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @Test func verdictsOnGradedSolutionsEqualTheirLabels() throws {
    guard let data = Repository.data else {
      print("skipped: the data folder is not there (POLYA_DATA)")
      return
    }
    let result = try Command.run(
      Repository.root.appending(path: "examples/gsm8k/grade.sh").path,
      [Repository.products.appending(path: "polya").path, data.path])
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.output.contains("5276 of 5276"))
  }

  @Test func thePipelineTakesRealQuestions() throws {
    guard let data = Repository.data else {
      print("skipped: the data folder is not there (POLYA_DATA)")
      return
    }
    let result = try Command.polya([
      "run", Repository.root.appending(path: "examples/gsm8k/gsm8k.json5").path, "--runs", folder.url.path,
      "--stage",
      "candidates", "--set", "tasks.train.count=6", "--set",
      "tasks.train.path=\(data.appending(path: "gsm8k/train.jsonl").resolvingSymlinksInPath().path)",
    ])
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.errors.contains("candidates 96"), "six questions, eight heuristics, two samples")
  }

  @Test func theStrategyInSwiftBuildsAndAnswers() throws {
    let built = try Command.run(
      "/usr/bin/env",
      [
        "swift", "build", "--package-path",
        Repository.root.appending(path: "examples/strategy-in-swift").path,
        "--scratch-path", folder.path("build"),
      ])
    #expect(built.status == 0, "\(built.errors)\(built.output)")
    let result = try Command.polya([
      "strategy", "try", "--use", folder.path("build/debug/libLookBack.so"), "--question", "2+2?", "--reply",
      "4",
      "--reply", "four", "--option", "prompt=Sure?",
    ])
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.output.contains("Sure?"))
    #expect(result.output.hasSuffix("turn 2: answers\nfour\n"))
  }

  /// The method in small: the base never solves such a question by itself, but does when it is told how; trained on
  /// its own right answers to other questions it solves them without being told. Three seeds, always the same.
  @Test(arguments: [1, 2, 3])
  func midTrainingOnOwnAnswersMakesAnApproachReachable(seed: Int) throws {
    let base = Repository.root.appending(path: "examples/quickstart/base").path
    let manifest = """
      { polya: 1, run: { name: "learning", seed: \(seed) },
        plugins: { policy: { use: "polya.transformer", options: { folder: "\(base)" } },
          words: { use: "polya.word-arithmetic", options: { kinds: ["pair"] } }, answer: { use: "polya.math-answer" },
          ways: { use: "polya.heuristics", options: { shots: 0, instruct: false,
                  only: ["auxiliary-elements", "bright-idea"] } } },
        tasks: { train: { from: "words", split: "train", count: 48, seed: \(seed) },
                 test: { from: "words", split: "test", count: 32, seed: \(seed) } },
        stages: {
          candidates: { kind: "bootstrap", model: "policy", tasks: "train", strategies: ["ways"], samples: 2,
                        "max-tokens": 64, verify: "answer" },
          two: { kind: "select", from: "candidates", variants: 2 },
          mid: { kind: "train", model: "policy", data: "two", epochs: 4, "batch-size": 16, "learning-rate": 1e-3 },
          scores: { kind: "evaluate", models: ["policy", "mid"], tasks: ["test"], verify: "answer", samples: 8,
                    "max-tokens": 64, k: [1] } } }
      """
    let file = try folder.write("learning.json5", manifest)
    let result = try Command.polya(["run", file, "--runs", folder.url.path])
    #expect(result.status == 0, "\(result.errors)")
    let json = try JSONSerialization.jsonObject(
      with: Data(contentsOf: URL(filePath: folder.path("learning/results.json"))))
    let scores = try #require((json as? [String: Any])?["scores"] as? [[String: Any]])
    let value = Dictionary(
      uniqueKeysWithValues: scores.map { ($0["model"] as? String ?? "", $0["value"] as? Double ?? -1) })
    #expect(try #require(value["policy"]) < 0.1, "the base has no way of its own")
    #expect(try #require(value["mid"]) > 0.4, "the mid-trained model has found one")
  }
}
